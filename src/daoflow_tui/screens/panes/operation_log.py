"""The log of one operation, a page at a time; it follows while the operation runs, in whichever process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from daoflow_tui.commands.lists import Search
from daoflow_tui.commands.node import CommandNode
from daoflow_tui.screens.panes.log_reading import drawn, look_for, state_of
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.log_pages import PAGE_LINES, LogLine
from daoflow_tui.widgets.log_view import VirtualLog

if TYPE_CHECKING:
    from daoflow_core.model.operation import Operation
    from daoflow_tui.screens.base import Place


class OperationLog(CommandNode, Vertical):
    """What was run, what came back, and how it ended; shows nothing until `open_log` names an operation."""

    OFFERS = (Search,)
    DEFAULT_CSS = "OperationLog { height: 1fr; }"

    @dataclass
    class Changed(Message):
        """The operation, or how long its log is, was read again; or a search went on."""

        log: OperationLog

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.operation_id: str | None = None
        self.operation: Operation | None = None
        self.view = VirtualLog(self._page, 0, seek=self._seek)
        self.found = ""
        self.searching = False
        self._asked: set[tuple[str, int]] = set()

    def compose(self) -> ComposeResult:
        """The lines."""
        yield self.view

    @property
    def place(self) -> Place:
        """The screen it stands on."""
        return cast("Place", self.screen)

    def open_log(self, operation_id: str | None) -> None:
        """Show another operation's log; the same again changes nothing."""
        if operation_id != self.operation_id:
            self.operation_id, self.operation, self.found = operation_id, None, ""
            self.searching = False
            self.workers.cancel_group(self, "search")
            self.view.open(self._page, 0)
        self.read()

    def read(self) -> None:
        """Look how long it is now, and whether it goes on; one that ended is not asked again."""
        ended = self.operation is not None and self.operation.completed_at is not None
        if self.operation_id is not None and not ended and self.place.program.session.console is not None:
            begin_work(self, self._read, "log")

    async def _read(self) -> None:
        operation_id = self.operation_id
        if operation_id is None:
            return
        answer = await self.place.answer(lambda console: state_of(console, operation_id))
        if answer is not None and operation_id == self.operation_id:
            self.take(*answer)

    def take(self, operation: Operation, count: int) -> None:
        """Show this state of it."""
        first, live = self.operation is None, operation.completed_at is None
        self.operation_id, self.operation = operation.id, operation
        if first:
            self.view.open(self._page, count, live=live)
        elif count != self.view.count or live != self.view.live:
            self._asked.discard((operation.id, self.view.count - self.view.count % PAGE_LINES))
            self.view.set_count(count, live=live)
        self.post_message(self.Changed(self))

    # Pages

    def _page(self, offset: int, limit: int) -> Sequence[LogLine] | None:
        """Asked for by the widget; the lines come when the core has them."""
        if self.operation_id is None or self.place.program.session.console is None:
            return None
        asked = (self.operation_id, offset)
        if asked not in self._asked:
            self._asked.add(asked)
            self.run_worker(self._fetch(*asked, limit), group=f"page-{offset}")
        return None

    async def _fetch(self, operation_id: str, offset: int, limit: int) -> None:
        try:
            lines = await self.place.answer(
                lambda console: console.history.lines(operation_id, after=offset, limit=limit)
            )
        finally:
            self._asked.discard((operation_id, offset))
        if lines is not None and operation_id == self.operation_id:
            times = self.place.desk.times
            self.view.fill(offset, [drawn(line, times) for line in lines])

    # Searching

    def open_search(self) -> None:
        """The line to type words into; enter searches."""
        self.place.search_bar.open(self.view.needle, "words; enter searches, n and N go on")

    def search(self, words: str) -> None:
        """Look for these words; none end the search."""
        self.found = ""
        self.stop_search()
        self.view.search(words)

    def stop_search(self) -> None:
        """Leave off looking; the words stay."""
        self.searching = False
        self.workers.cancel_group(self, "search")

    def end_search(self) -> bool:
        """Stop looking, else forget the words; False when there was nothing to end."""
        if self.searching:
            self.stop_search()
            self.found = f"stopped looking for {self.view.needle!r}"
            return True
        if self.view.needle:
            self.search("")
            return True
        return False

    def _seek(self, words: str, start: int, backwards: bool) -> None:
        self.searching = True
        begin_work(self, partial(self._look, words, start, backwards), "search")

    async def _look(self, words: str, start: int, backwards: bool) -> None:
        operation_id, at = self.operation_id or "", start
        while 0 <= at < self.view.count:
            looked = await self.place.answer(
                partial(look_for, operation_id=operation_id, words=words, start=at, backwards=backwards)
            )
            if looked is None or looked.found is not None or looked.at == at:
                break
            at = looked.at
            self.found = f"searching {words!r}: line {max(at, 0):,} of {self.view.count:,}, esc stops"
            self.post_message(self.Changed(self))
        else:
            looked = None
        self.searching = False
        self.view.show_found(looked.found if looked else None, abs(at - start))

    @on(VirtualLog.FollowChanged)
    def _follow_changed(self, event: VirtualLog.FollowChanged) -> None:
        event.stop()
        self.post_message(self.Changed(self))

    @on(VirtualLog.Searched)
    def _search_ended(self, event: VirtualLog.Searched) -> None:
        event.stop()
        needle = self.view.needle
        line = "" if event.found is None else f"{event.found + 1:,}"
        self.found = f"{needle!r} stands in line {line}" if line else f"no more {needle!r}"
        self.post_message(self.Changed(self))
