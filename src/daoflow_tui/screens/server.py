"""One server: where it is, what it is trusted by, why it stands as it does, and what was asked of it."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from daoflow_tui.commands.rows import ROW_COMMANDS, Filter
from daoflow_tui.commands.servers import ONE_SERVER
from daoflow_tui.screens.base import next_check
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes.latest import Latest
from daoflow_tui.screens.panes.why import Why, fact_lines, heading
from daoflow_tui.screens.server_actions import ServerActions
from daoflow_tui.screens.words import Told
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable

HISTORY = 100
"""Operations read for one server."""


class ServerScreen(ServerActions):
    """The detail of one server; `esc` goes back to the list."""

    OFFERS = (*ONE_SERVER, *(command for command in ROW_COMMANDS if command is not Filter))
    DEFAULT_CSS = """
    ServerScreen #facts { height: 1fr; min-height: 8; }
    ServerScreen #history { height: 1fr; }
    ServerScreen.-short #history { height: 7; }
    ServerScreen #where { padding: 0 1; margin-bottom: 1; }
    """
    letter = "S"

    def __init__(self, server_id: str) -> None:
        super().__init__()
        self.server_id = server_id
        self.where = Told(id="where")
        self.why = Why()
        self.latest = Latest(
            "Nothing was recorded for this server yet; c checks it and records how it went.", of_one=True
        )
        self._history: list[OperationView] = []

    def body(self) -> ComposeResult:
        """What is known above, what was asked below."""
        with Pane(id="facts"), VerticalScroll(id="scroll"):
            yield self.where
            yield self.why
        with Pane("What was asked of it", id="history"):
            yield self.latest

    def begin(self) -> None:
        """Read its history."""
        super().begin()
        self.latest.focus()

    @property
    def crumbs(self) -> tuple[str, ...]:
        """Servers, then its name."""
        view = self.desk.fleet.get(self.server_id)
        return (*super().crumbs, view.name if view else "removed server")

    @property
    def server(self) -> ServerView | None:
        """The server itself; None after it was removed."""
        return self.desk.fleet.get(self.server_id)

    def refresh_place(self) -> None:
        """Facts, judgement, history."""
        super().refresh_place()
        view, pane = self.server, self.query_one("#facts", Pane)
        if view is None:
            pane.name_it(
                "Removed", "this server is no longer in the inventory; its history stays in the audit trail"
            )
        else:
            name, state = heading(view, self.desk)
            pane.name_it(name, view.endpoint.address, state)
            self.where.show(fact_lines(view, self.desk))
        self.why.tell(view, self.desk)
        self.latest.tell(self._history or self.operations_of(self.server_id), self.desk)
        if self.program.session.console is not None:
            begin_work(self, self._read_history, "history")

    async def _read_history(self) -> None:
        found = await self.answer(lambda console: console.history.operations(self.server_id, limit=HISTORY))
        if found is not None:
            self._history = [OperationView.of(one) for one in found]
            self.latest.tell(self._history, self.desk)

    def operations_of(self, server_id: str) -> list[OperationView]:
        """Its whole history, once it is read."""
        return self._history or super().operations_of(server_id)

    def log_of_row(self) -> str | None:
        """The operation under the cursor, else the newest."""
        return self.latest.cursor_id or super().log_of_row()

    def tick(self) -> None:
        """The ages."""
        super().tick()
        if self.is_current:
            self.latest.tell(self.operations_of(self.server_id), self.desk)

    def status_right(self) -> list[Piece]:
        """When it is asked again."""
        view, desk = self.server, self.desk
        if view is None or view.awaits_trust:
            return []
        return [Toned(next_check(view.age(desk.now()), desk.interval, view.status == "blocked"), Role.MUTED)]

    def give_back_keyboard(self) -> None:
        """Into the history."""
        self.latest.focus()

    def removed(self, server_id: str) -> None:
        """Nothing is left to show."""
        if self.app.screen is self:
            self.app.pop_screen()

    @on(VirtualTable.RowOpened, "Latest")
    async def _open_log_of(self, event: VirtualTable.RowOpened) -> None:
        await self.program.show_log(event.row_id)
