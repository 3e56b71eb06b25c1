"""The log of one operation, full screen; it follows while the operation runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from daoflow_tui.commands.lists import LOG_PLACE
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.times import Times, clock_time
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.log_pages import LogLine
from daoflow_tui.widgets.log_view import VirtualLog
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, State, Toned

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import LogLine as StoredLine
    from daoflow_core.model.operation import Operation

ROLES = {
    "info": Role.MUTED,
    "run": Role.RUNNING,
    "stdout": Role.PLAIN,
    "stderr": Role.LOOK,
    "exit": Role.MUTED,
    "error": Role.BAD,
}
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
        self.operation: Operation | None = None
        self.log_view = VirtualLog(self._page, 0)
        self._asked: set[int] = set()
        self._found = ""

    def body(self) -> ComposeResult:
        """One pane."""
        with Pane("Log", id="log"):
            yield self.log_view

    @property
    def crumbs(self) -> tuple[str, ...]:
        """The server, then the operation."""
        if self.operation is None:
            return (*super().crumbs, "log")
        view = OperationView.of(self.operation)
        return (*super().crumbs, view.server_name, view.words)

    def begin(self) -> None:
        """Read it."""
        super().begin()
        self.log_view.focus()

    def refresh_place(self) -> None:
        """How long it is now, and whether it goes on."""
        super().refresh_place()
        ended = self.operation is not None and self.operation.completed_at is not None
        if self.program.session.console is not None and not ended:
            begin_work(self, self._read, "log")

    async def _read(self) -> None:
        async def question(console: Console) -> tuple[Operation, int]:
            operation = await console.history.operation(self.operation_id)
            last = await console.history.tail(self.operation_id, limit=1)
            return operation, last[0].sequence if last else 0

        answer = await self.answer(question)
        if answer is not None:
            self._take(*answer)

    def _take(self, operation: Operation, count: int) -> None:
        first = self.operation is None
        self.operation = operation
        live = operation.completed_at is None
        if count != self.log_view.count or live != self.log_view.live:
            self._asked.discard(self.log_view.count - self.log_view.count % 200)
            self.log_view.set_count(count, live=live)
        view = OperationView.of(operation)
        self.query_one("#log", Pane).name_it(f"{view.server_name}  {view.words}", view.id, view.state)
        self.query_one("#log", Pane).foot(f"{count} lines, by {operation.requested_by}")
        if first:
            self._name_crumbs()
            if not live:
                self.log_view.reveal(0)
        self.tick()

    def _name_crumbs(self) -> None:
        from daoflow_tui.widgets.header import Breadcrumb

        self.query_one(Breadcrumb).go(*self.crumbs)

    # Pages

    def _page(self, offset: int, limit: int) -> Sequence[LogLine] | None:
        """Asked for by the widget; the lines come when the core has them."""
        if offset not in self._asked and self.program.session.console is not None:
            self._asked.add(offset)
            self.run_worker(self._fetch(offset, limit), group=f"page-{offset}")
        return None

    async def _fetch(self, offset: int, limit: int) -> None:
        lines = await self.answer(
            lambda console: console.history.lines(self.operation_id, after=offset, limit=limit)
        )
        self._asked.discard(offset)
        if lines is not None:
            self.log_view.fill(offset, [self._line(line) for line in lines])

    def _line(self, line: StoredLine) -> LogLine:
        times = Times.LOCAL if self.desk.times is Times.AGE else self.desk.times
        when = clock_time(line.at, times)[11:] + line.at[19:23]
        return LogLine(when, line.stream.value, line.message, ROLES[line.stream.value])

    # What commands ask for

    def open_search(self) -> None:
        """The line to type words into; enter searches."""
        self.search_bar.open(self.log_view.needle, "words; enter searches, n and N go on")

    def on_search_bar_kept(self, event: object) -> None:
        """Search when enter was pressed: a log is not narrowed while one types."""
        self._found = ""
        self.log_view.search(self.search_bar.input.value)

    def searched(self, words: str) -> None:
        """Only the end of a search is told here."""
        if not words:
            self._found = ""
            self.log_view.search("")

    @on(VirtualLog.Searched)
    def _search_ended(self, event: VirtualLog.Searched) -> None:
        needle = self.log_view.needle
        self._found = (
            f"{needle!r} stands in line {event.found + 1}"
            if event.found is not None
            else f"no more {needle!r}"
        )
        self.tick()

    def status_left(self) -> list[Piece]:
        """How the operation ended, in its own words."""
        if self._found:
            return [Toned(self._found, Role.KEY)]
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
        if not self.search_bar.is_open and self.log_view.needle:
            self.searched("")
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
            self.app.push_screen(
                TextSheet(
                    "Operation as JSON", json.dumps(asdict(self.operation), indent=2, ensure_ascii=False)
                )
            )
