"""All commands by the place they live in together: what clashes are looked for in, and what tests walk through."""

from __future__ import annotations

from daoflow_tui.commands.base import AnyCommand


def live_together() -> dict[str, tuple[AnyCommand, ...]]:
    """Each place with every command within reach there, the nearest first."""
    from daoflow_tui.commands.essentials import ESSENTIALS
    from daoflow_tui.commands.everywhere import EVERYWHERE
    from daoflow_tui.commands.first_run import FIRST_RUN, AddTicked
    from daoflow_tui.commands.lists import AUDIT_COMMANDS, KEYS_COMMANDS, LOG_PLACE
    from daoflow_tui.commands.rows import ROW_COMMANDS, Filter
    from daoflow_tui.commands.servers import ONE_SERVER, SERVER_COMMANDS, Add
    from daoflow_tui.commands.sheets import SHEET_COMMANDS, CopyText, LookAgain, Press, Submit, Yes
    from daoflow_tui.screens.sheets.options import OPTION_COMMANDS
    from daoflow_tui.widgets.log_commands import LOG_COMMANDS
    from daoflow_tui.widgets.table_commands import TABLE_COMMANDS, Open

    common = (*EVERYWHERE, *ESSENTIALS)
    without_open = tuple(command for command in TABLE_COMMANDS if command is not Open)
    without_filter = tuple(command for command in ROW_COMMANDS if command is not Filter)
    return {
        "Servers": (*TABLE_COMMANDS, *SERVER_COMMANDS, *ROW_COMMANDS, *common),
        "One server": (*TABLE_COMMANDS, *ONE_SERVER, *without_filter, *common),
        "First run": (AddTicked, *without_open, Add, *FIRST_RUN, *common),
        "Keys": (*TABLE_COMMANDS, *KEYS_COMMANDS, *common),
        "Audit": (*TABLE_COMMANDS, *AUDIT_COMMANDS, *common),
        "Log": (*LOG_COMMANDS, *LOG_PLACE, *common),
        "Sheets": (Press, *SHEET_COMMANDS, Yes),
        "Host key sheet": (Press, *SHEET_COMMANDS, Yes, LookAgain),
        "Form": (Submit, *OPTION_COMMANDS, *SHEET_COMMANDS),
        "Text sheet": (Press, *SHEET_COMMANDS, CopyText),
    }
