"""All commands by the place they live in together: what clashes are looked for in, and what tests walk through."""

from __future__ import annotations

from daoflow_tui.commands.base import AnyCommand


def live_together() -> dict[str, tuple[AnyCommand, ...]]:
    """Each place with every command within reach there, the nearest first."""
    from daoflow_tui.commands.essentials import ESSENTIALS
    from daoflow_tui.commands.everywhere import EVERYWHERE

    common = (*EVERYWHERE, *ESSENTIALS)
    return {**_places(common), **_tabs(common), **_sheets()}


def _places(common: tuple[AnyCommand, ...]) -> dict[str, tuple[AnyCommand, ...]]:
    from daoflow_tui.commands.assets import CERTIFICATE_COMMANDS, KEY_ASSET_COMMANDS
    from daoflow_tui.commands.bulk import BULK_COMMANDS, MANY, Plan
    from daoflow_tui.commands.first_run import FIRST_RUN, AddTicked
    from daoflow_tui.commands.lists import AUDIT_COMMANDS, KEYS_COMMANDS, LOG_PLACE, Search
    from daoflow_tui.commands.rows import ROW_COMMANDS, Copy, Log
    from daoflow_tui.commands.servers import SERVER_COMMANDS, Add
    from daoflow_tui.commands.tunnels import TUNNEL_COMMANDS
    from daoflow_tui.widgets.log_commands import LOG_COMMANDS
    from daoflow_tui.widgets.table_commands import TABLE_COMMANDS, Open

    without_open = tuple(command for command in TABLE_COMMANDS if command is not Open)
    return {
        "Servers": (*TABLE_COMMANDS, *SERVER_COMMANDS, Plan, *MANY, *ROW_COMMANDS, *common),
        "Bulk progress": (*TABLE_COMMANDS, *BULK_COMMANDS, Copy, Log, *common),
        "First run": (AddTicked, *without_open, Add, *FIRST_RUN, *common),
        "Keys": (*TABLE_COMMANDS, *KEY_ASSET_COMMANDS, *KEYS_COMMANDS, *common),
        "Certificates": (*TABLE_COMMANDS, *CERTIFICATE_COMMANDS, *KEYS_COMMANDS, *common),
        "Tunnels": (*TABLE_COMMANDS, *TUNNEL_COMMANDS, *ROW_COMMANDS, *common),
        "Audit": (*TABLE_COMMANDS, *AUDIT_COMMANDS, *common),
        "Log": (*LOG_COMMANDS, Search, *LOG_PLACE, *common),
    }


def _tabs(common: tuple[AnyCommand, ...]) -> dict[str, tuple[AnyCommand, ...]]:
    """A tab's own key hides the hub's on the same key: those are left out here."""
    from daoflow_tui.commands.bulk import Plan
    from daoflow_tui.commands.cleanup import CLEANUP_COMMANDS
    from daoflow_tui.commands.history import HISTORY_COMMANDS
    from daoflow_tui.commands.host_key import HOST_KEY_COMMANDS
    from daoflow_tui.commands.hub import HUB_COMMANDS
    from daoflow_tui.commands.lists import Search
    from daoflow_tui.commands.patches import PATCH_COMMANDS
    from daoflow_tui.commands.plan_tree import PLAN_TREE_COMMANDS
    from daoflow_tui.commands.resources import RESOURCE_COMMANDS
    from daoflow_tui.commands.rows import Copy, Json, Log
    from daoflow_tui.commands.servers import ONE_SERVER, Check, Edit, Remove, ShowHostKey
    from daoflow_tui.commands.stacks import STACK_COMMANDS
    from daoflow_tui.commands.swarm import SWARM_COMMANDS
    from daoflow_tui.commands.terminal import PANE_COMMANDS, OpenTerminal
    from daoflow_tui.widgets.log_commands import LOG_COMMANDS
    from daoflow_tui.widgets.table_commands import TABLE_COMMANDS, Open
    from daoflow_tui.widgets.terminal_commands import TERMINAL_COMMANDS, WAYS_OUT

    tree = (*(command for command in TABLE_COMMANDS if command is not Open), *PLAN_TREE_COMMANDS)
    free = tuple(command for command in TERMINAL_COMMANDS if command not in WAYS_OUT)
    hub: tuple[AnyCommand, ...] = (*HUB_COMMANDS, ShowHostKey, OpenTerminal, Edit, Copy, Json, Log, *common)
    return {
        "Hub, overview": (*TABLE_COMMANDS, *ONE_SERVER, Plan, *HUB_COMMANDS, Copy, Json, Log, *common),
        "Hub, resources": (*RESOURCE_COMMANDS, Remove, *hub),
        "Hub, cleanup": (*tree, *CLEANUP_COMMANDS, Check, Remove, *hub),
        "Hub, cleanup log": (*LOG_COMMANDS, Search, *CLEANUP_COMMANDS, Check, Remove, *hub),
        "Hub, patches": (*TABLE_COMMANDS, *PATCH_COMMANDS, Check, Remove, *hub),
        "Hub, swarm": (*TABLE_COMMANDS, *SWARM_COMMANDS, Remove, *hub),
        "Hub, swarm log": (*LOG_COMMANDS, Search, *SWARM_COMMANDS, Remove, *hub),
        "Hub, history": (*TABLE_COMMANDS, *HISTORY_COMMANDS, Check, Plan, *hub),
        "Hub, history log": (*LOG_COMMANDS, Search, *HISTORY_COMMANDS[1:], Check, Plan, *hub),
        "Hub, terminal": (*free, *PANE_COMMANDS, Check, Plan, *hub),
        "A shell that has the keyboard": WAYS_OUT,
        "Hub, stacks": (*TABLE_COMMANDS, *STACK_COMMANDS, Check, *hub),
        "Hub, stacks log": (*LOG_COMMANDS, Search, *STACK_COMMANDS, Check, *hub),
        "Hub, host key": (*TABLE_COMMANDS, *HOST_KEY_COMMANDS, Plan, Remove, *hub),
    }


def _sheets() -> dict[str, tuple[AnyCommand, ...]]:
    from daoflow_tui.commands.sheets import SHEET_COMMANDS, CopyText, LookAgain, Press, Submit, Yes
    from daoflow_tui.commands.terminal import RecordHere
    from daoflow_tui.screens.sheets.hop_field import HOP_COMMANDS
    from daoflow_tui.screens.sheets.options import OPTION_COMMANDS

    return {
        "Sheets": (Press, *SHEET_COMMANDS, Yes),
        "Host key sheet": (Press, *SHEET_COMMANDS, Yes, LookAgain),
        "Shell sheet": (RecordHere, *SHEET_COMMANDS),
        "Form": (Submit, *OPTION_COMMANDS, *SHEET_COMMANDS),
        "Jump host field": (Submit, *HOP_COMMANDS, *SHEET_COMMANDS),
        "Text sheet": (Press, *SHEET_COMMANDS, CopyText),
    }
