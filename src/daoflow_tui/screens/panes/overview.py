"""The first tab: where a server is, what it is trusted by, why it stands as it does, and what was asked of it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget

from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.latest import Latest
from daoflow_tui.screens.panes.why import Why, fact_lines, heading
from daoflow_tui.screens.words import Told
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.table import VirtualTable

SHOWN = 100
"""Operations read; tab 6 has all of them."""
GONE = "this server is no longer in the inventory; its history stays in the audit trail"


class OverviewPane(HubPane):
    """What is known above, what was asked below."""

    DEFAULT_CSS = """
    OverviewPane #facts { height: 1fr; min-height: 8; }
    OverviewPane #latest { height: 1fr; }
    OverviewPane.-low #latest { height: 6; }
    OverviewPane #where { padding: 0 1; }
    OverviewPane Why { min-height: 0; height: auto; margin-bottom: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.where = Told(id="where")
        self.why = Why()
        self.latest = Latest(
            "Nothing was recorded for this server yet; c checks it and records how it went.", of_one=True
        )
        self._history: list[OperationView] = []

    def compose(self) -> ComposeResult:
        """Both parts."""
        with Pane(id="facts"), VerticalScroll(id="scroll"):
            yield self.why
            yield self.where
        with Pane("What was asked of it", "6 shows all of it with logs", id="latest"):
            yield self.latest

    @property
    def seat(self) -> Widget:
        """The list of operations."""
        return self.latest

    def refresh_pane(self) -> None:
        """Facts, judgement, history."""
        view, pane = self.view, self.query_one("#facts", Pane)
        if view is None:
            pane.name_it("Removed", GONE)
        else:
            name, state = heading(view, self.desk)
            pane.name_it(name, view.address, state)
            self.where.show(fact_lines(view, self.desk))
        self.why.tell(view, self.desk)
        super().refresh_pane()

    async def read(self) -> None:
        """The latest operations of this server."""
        found = await self.answer(lambda console: console.history.operations(self.server_id, limit=SHOWN))
        if found is not None:
            self._history = [OperationView.of(one) for one in found]
            self.tick()

    def tick(self) -> None:
        """The ages."""
        self.latest.tell(self._history or self.hub.last_of(), self.desk)

    def log_of_row(self) -> str | None:
        """The operation under the cursor."""
        return self.latest.cursor_id

    @on(VirtualTable.RowOpened, "Latest")
    async def _open_log_of(self, event: VirtualTable.RowOpened) -> None:
        event.stop()
        await self.program.show_log(event.row_id)
