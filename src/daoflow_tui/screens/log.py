"""The log of one operation, full screen; it follows while the operation runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from daoflow_tui.commands.lists import LOG_PLACE
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes.operation_log import OperationLog
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.header import Breadcrumb
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.log_view import VirtualLog
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, State, Toned

if TYPE_CHECKING:
    from daoflow_core.model.operation import Operation

COPIED_LINES = 5000
"""Lines copied at most: a clipboard sequence of megabytes stalls a terminal."""


class LogScreen(Place):
    """What was run, what came back, and how it ended, line by line as recorded."""

    OFFERS = LOG_PLACE
    DEFAULT_CSS = "LogScreen #log { height: 1fr; }"
    letter = "S"

    def __init__(self, operation_id: str) -> None:
        super().__init__()
        self.operation_id = operation_id
        self.log_of = OperationLog()

    @property
    def log_view(self) -> VirtualLog:
        """The lines."""
        return self.log_of.view

    @property
    def operation(self) -> Operation | None:
        """The operation, once it was read."""
        return self.log_of.operation

    def body(self) -> ComposeResult:
        """One pane."""
        with Pane("Log", id="log"):
            yield self.log_of

    @property
    def crumbs(self) -> tuple[str, ...]:
        """The server, then the operation."""
        if self.operation is None:
            return (*super().crumbs, "log")
        view = OperationView.of(self.operation)
        place = ("Tunnels",) if view.kind.startswith("tunnel_") else super().crumbs
        return (*place, view.server_name, view.words)

    def begin(self) -> None:
        """Read it."""
        super().begin()
        self.log_view.focus()

    def refresh_place(self) -> None:
        """How long it is now, and whether it goes on."""
        super().refresh_place()
        self.log_of.open_log(self.operation_id)

    @on(OperationLog.Changed)
    def _draw(self) -> None:
        if self.operation is None:
            return
        view = OperationView.of(self.operation)
        self.query_one("#log", Pane).name_it(f"{view.server_name}  {view.words}", view.id, view.state)
        self.query_one("#log", Pane).foot(f"{self.log_view.count:,} lines, by {self.operation.requested_by}")
        self.query_one(Breadcrumb).go(*self.crumbs)
        self.tick()

    # What commands ask for

    def search_kept(self, words: str) -> None:
        """Search when enter was pressed: a log is not narrowed while one types."""
        self.log_of.search(words)

    def searched(self, words: str) -> None:
        """Only the end of a search is told here."""
        if not words:
            self.log_of.search("")

    def status_left(self) -> list[Piece]:
        """How the operation ended, in its own words."""
        if self.log_of.found:
            return [Toned(self.log_of.found, Role.KEY)]
        if self.operation is None:
            return [State("reading the log", Role.RUNNING)]
        error = self.operation.error
        if error:
            return [State(error, Role.BAD)]
        return [self.operation.summary]

    def status_right(self) -> list[Piece]:
        """Whether it goes on."""
        if not self.log_view.live:
            return [Toned("ended: no more lines will come", Role.MUTED)]
        return [Toned("following" if self.log_view.following else "paused, f follows", Role.MUTED)]

    def give_back_keyboard(self) -> None:
        """Into the log."""
        self.log_view.focus()

    def go_back(self) -> None:
        """End the search first."""
        if not self.search_bar.is_open and self.log_of.end_search():
            self.tick()
        else:
            super().go_back()

    def copy_row(self) -> None:
        """The id, or the text."""
        begin_work(self, self._copy, "copy")

    async def _copy(self) -> None:
        lines = await self.answer(lambda console: console.history.tail(self.operation_id, limit=COPIED_LINES))
        if lines is None:
            return
        text = "\n".join(f"{line.at} {line.stream.value:<6} {line.message}" for line in lines)
        choices = [
            Choice("id", "operation id", self.operation_id),
            Choice("log", f"log, {len(lines)} lines", text),
        ]
        offer_copy(self, "Copy", choices)

    def show_json(self) -> None:
        """As the command line tells it."""
        if self.operation is not None:
            show_operation(self, self.operation)


def show_operation(place: Place, operation: Operation) -> None:
    """One operation as JSON, in a sheet."""
    text = json.dumps(asdict(operation), indent=2, ensure_ascii=False)
    place.app.push_screen(TextSheet("Operation as JSON", text))
