"""The sixth tab: every operation on a server, a page at a time, beside the log of the one under the cursor."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget

from daoflow_core.errors import DaoflowError
from daoflow_core.model.operation import Operation, OperationKind
from daoflow_tui.commands.history import HISTORY_COMMANDS
from daoflow_tui.screens.log import show_operation
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes.history_words import (
    COLUMNS,
    HINT,
    PAGE,
    Wanted,
    empty_words,
    log_title,
    page,
    row_of,
    wanted,
)
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.operation_log import OperationLog
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable

CHANGING = (OperationKind.CLEANUP_RUN,)
"""What changes a server is not cancelled half-way."""
AHEAD = 20
"""Rows below the cursor at which the next page is read."""


class HistoryPane(HubPane):
    """List left, log right; on a narrow screen the list, and enter opens the log."""

    OFFERS = HISTORY_COMMANDS
    DEFAULT_CSS = """
    HistoryPane Horizontal { height: 1fr; }
    HistoryPane #list { width: 11fr; }
    HistoryPane #log { width: 10fr; }
    HistoryPane.-thin #log { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations: dict[str, Operation] = {}
        self.want = Wanted()
        self.words = ""
        self.whole = False
        self.table = VirtualTable(COLUMNS, empty="reading the history", marking=False, id="operations")
        self.log_of = OperationLog(id="log-of")

    def compose(self) -> ComposeResult:
        """Both."""
        with Horizontal():
            with Pane("Operations", id="list"):
                yield self.table
            with Pane("Log", id="log"):
                yield self.log_of

    @property
    def seat(self) -> Widget:
        """The list."""
        return self.table

    # Reading

    async def read(self) -> None:
        """The newest page again, put over what is known; older pages stay as they are."""
        want = self.want
        found = await self.answer(partial(page, server_id=self.server_id, want=want, before=None))
        if found is not None and want is self.want:
            self.take(found)

    def take(self, found: list[Operation]) -> None:
        """Put a page into the list."""
        whole = self.whole or len(found) < PAGE
        known = self.operations | {one.id: one for one in found}
        self.operations = dict(sorted(known.items(), reverse=True))
        self.whole = whole
        self._draw()

    async def _read_on(self) -> None:
        want, last = self.want, min(self.operations, default=None)
        found = await self.answer(partial(page, server_id=self.server_id, want=want, before=last))
        if found is not None and want is self.want:
            self.take(found)

    def _draw(self) -> None:
        now, times = self.desk.now(), self.desk.times
        self.table.set_empty(empty_words(self.want))
        self.table.set_rows(row_of(one, now, times) for one in self.operations.values())
        count = len(self.operations)
        more = "" if self.whole else ", more below"
        self.query_one("#list", Pane).name_it("Operations", f"{count:,}{more}")
        self._follow_cursor()

    def tick(self) -> None:
        """Ages of the rows on screen, and what still runs."""
        now, times, table = self.desk.now(), self.desk.times, self.table
        shown = table.rows.window(table.scroll_offset.y, table.page_lines)
        fresh = [row_of(one, now, times) for row in shown if (one := self.operations.get(row.id))]
        table.update_rows(row for row in fresh if row != table.rows.get(row.id))

    # The log beside

    @on(VirtualTable.RowHighlighted, "#operations")
    def _moved(self, event: VirtualTable.RowHighlighted) -> None:
        event.stop()
        self.call_after_refresh(self._follow_cursor)
        line = self.table.rows.cursor
        if not self.whole and line >= len(self.table.rows) - AHEAD:
            begin_work(self, self._read_on, "page")

    def _follow_cursor(self) -> None:
        if not self.is_thin:
            self.log_of.open_log(self.table.cursor_id)
            if self.table.cursor_id is None:
                self.query_one("#log", Pane).name_it("Log", "no operation is under the cursor")

    @on(OperationLog.Changed)
    def _log_changed(self, event: OperationLog.Changed) -> None:
        event.stop()
        operation, pane = self.log_of.operation, self.query_one("#log", Pane)
        if operation is not None:
            name, note = log_title(operation)
            pane.name_it(name, note, OperationView.of(operation).state)
            view = self.log_of.view
            ended = (
                "the log is closed"
                if not view.live
                else "following"
                if view.following
                else "paused, f follows"
            )
            pane.foot(f"{view.count:,} lines, {ended}")
            if self.operations.get(operation.id) not in (None, operation):
                self.operations[operation.id] = operation
        self.hub.tick()

    def refresh_pane(self) -> None:
        """The list, and how long the log is by now."""
        super().refresh_pane()
        self.log_of.read()

    @on(VirtualTable.RowOpened, "#operations")
    async def _opened(self, event: VirtualTable.RowOpened) -> None:
        """Into the log beside; full screen where there is none beside."""
        event.stop()
        if not self.is_thin:
            self.log_of.view.focus()
        else:
            await self.program.show_log(event.row_id)

    # What commands ask for

    def status_left(self) -> list[Piece] | None:
        """The filter, or how a search in the log went."""
        if self.log_of.found:
            return [Toned(self.log_of.found, Role.KEY)]
        tone = Role.MUTED if self.want.is_any and not self.want.unknown else Role.KEY
        return [Toned("filter: ", Role.MUTED), Toned(self.want.told, tone)]

    def status_right(self) -> list[Piece] | None:
        """How to get into the log and out of it."""
        inside = self.log_of.view.has_focus
        way = "enter opens the log" if self.is_thin else "enter goes into the log"
        return [Toned("esc goes back to the list" if inside else way, Role.MUTED)]

    def open_search(self) -> None:
        """The line to type a filter into."""
        self.hub.search_bar.open(self.words, HINT)

    def take_keyboard_back(self) -> None:
        """Into the log when its words were searched for, else into the list."""
        if self._searching_log:
            self.log_of.view.focus()
        else:
            self.begin()

    def searched(self, words: str) -> None:
        """Only the end of a search changes something while one types."""
        if words:
            return
        if self._searching_log:
            self.log_of.search("")
        else:
            self._filter("")

    def search_kept(self, words: str) -> None:
        """In the log when one came from there, else of the list."""
        if self._searching_log:
            self.log_of.search(words)
        else:
            self._filter(words)

    @property
    def _searching_log(self) -> bool:
        return self.hub.search_bar.input.placeholder != HINT

    def _filter(self, words: str) -> None:
        self.words, self.want = words.strip(), wanted(words)
        self.operations, self.whole = {}, False
        self.refresh_pane()

    def end_something(self) -> bool:
        """A search, then the log, then the filter."""
        if self.log_of.end_search():
            return True
        if self.log_of.view.has_focus:
            self.table.focus()
            return True
        had = bool(self.words)
        if had:
            self._filter("")
        return had

    @property
    def operation(self) -> Operation | None:
        """The one under the cursor."""
        return self.operations.get(self.table.cursor_id or "")

    def copy_row(self) -> bool:
        """Its id, its summary, its server's name."""
        if (one := self.operation) is None:
            return False
        choices = [
            Choice("id", "operation id", one.id),
            Choice("summary", "how it went", one.error or one.summary),
        ]
        offer_copy(self.hub, "Copy", choices)
        return True

    def show_json(self) -> bool:
        """As the command line tells it."""
        if (one := self.operation) is None:
            return False
        show_operation(self.hub, one)
        return True

    def log_of_row(self) -> str | None:
        """The one under the cursor."""
        return self.table.cursor_id

    # Cancelling

    def why_no_cancel(self) -> str | None:
        """Only what runs, and only with a core that can."""
        one = self.operation
        if one is None:
            return "There is no operation under the cursor."
        if one.completed_at is not None:
            return f"This {OperationView.of(one).words} has ended; only what still runs can be cancelled."
        if one.kind in CHANGING:
            return "A cleanup run is let finish: stopping it half-way would leave you knowing less, not less done."
        return None

    def ask_to_cancel(self) -> None:
        """The sheet."""
        self.run_worker(self._ask_to_cancel(), group="ask", exclusive=True)

    async def _ask_to_cancel(self) -> None:
        from daoflow_tui.screens.sheets.cancelling import cancel_sheet

        one, view = self.operation, self.view
        if one is None or view is None or not await self.app.push_screen_wait(cancel_sheet(view, one)):
            return
        try:
            await self.program.session.ask(lambda console: getattr(console.history, "cancel")(one.id))  # noqa: B009
        except DaoflowError as error:
            self.program.tell_error(error)
        self.program.read_soon()
