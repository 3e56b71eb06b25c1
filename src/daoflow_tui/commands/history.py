"""The keys of the history tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.history import HistoryPane


class FilterHistory(Command["HistoryPane"]):
    """Show only operations of a kind or in a state: kind=cleanup state=failed."""

    id, keys, title, group, footer = "history.filter", ("/",), "filter", "History", 10

    def run(self, pane: HistoryPane) -> None:
        """Open the line to type into."""
        pane.open_search()


class CancelOperation(Command["HistoryPane"]):
    """Cancel the running operation under the cursor; asks first, and says what may go on."""

    id, keys, title, short, group, footer = "history.cancel", ("x",), "cancel it…", "cancel", "History", 40
    danger, scope = Danger.CHANGES, "operation.cancel"

    def why_off(self, pane: HistoryPane) -> str | None:
        """Only what runs can be cancelled."""
        return pane.why_no_cancel()

    def run(self, pane: HistoryPane) -> None:
        """Ask."""
        pane.ask_to_cancel()


HISTORY_COMMANDS: tuple[AnyCommand, ...] = (FilterHistory, CancelOperation)
