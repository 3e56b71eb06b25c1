"""The commands of the places that are read: managed keys, the audit trail, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.commands.rows import ROW_COMMANDS, Copy, Filter, Json

if TYPE_CHECKING:
    from daoflow_tui.screens.audit import AuditScreen
    from daoflow_tui.screens.log import LogScreen
    from daoflow_tui.screens.panes.operation_log import OperationLog


class CheckChain(Command["AuditScreen"]):
    """Check the whole chain of the audit trail, from its first entry to its head."""

    id, keys, title, group, footer, scope = (
        "audit.verify",
        ("c",),
        "check the chain",
        "Audit",
        30,
        "audit.verify",
    )

    def run(self, place: AuditScreen) -> None:
        """Check it."""
        place.check_chain()


class Search(Command["OperationLog"]):
    """Search the log for words; n and N go from one place to the next."""

    id, keys, title, group, footer = "log.search", ("/",), "search", "Logs", 29

    def run(self, log: OperationLog) -> None:
        """Open the line to type into."""
        log.open_search()


class CopyLog(Command["LogScreen"]):
    """Copy the id of the operation, or its log as text."""

    id, keys, title, group, footer = "log.copy", ("y",), "copy", "Logs", 60

    def run(self, place: LogScreen) -> None:
        """Offer both."""
        place.copy_row()


class LogJson(Command["LogScreen"]):
    """Show the operation as JSON."""

    id, keys, title, group = "log.json", ("J",), "as JSON", "Logs"

    def run(self, place: LogScreen) -> None:
        """Open it."""
        place.show_json()


KEYS_COMMANDS: tuple[AnyCommand, ...] = (Filter, Copy, Json)
AUDIT_COMMANDS: tuple[AnyCommand, ...] = (*ROW_COMMANDS, CheckChain)
LOG_PLACE: tuple[AnyCommand, ...] = (CopyLog, LogJson)
