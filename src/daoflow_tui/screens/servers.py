"""The fleet: worst first, why in words, and what was asked of it last."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from daoflow_tui.commands.bulk import MANY, Plan
from daoflow_tui.commands.rows import ROW_COMMANDS
from daoflow_tui.commands.servers import SERVER_COMMANDS
from daoflow_tui.screens.base import next_check
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.panes.latest import Latest
from daoflow_tui.screens.panes.why import Why, heading
from daoflow_tui.screens.server_actions import ServerActions
from daoflow_tui.screens.server_list import COLUMNS, ORDERS, Order, accepting, columns_of, in_order, row_of
from daoflow_tui.screens.times import Times
from daoflow_tui.widgets.blank import Blank, Empty, Loading, NextKey
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable

OPENING = Loading("opening the store")
NONE_YET = Empty(
    "No servers.",
    "This list holds the servers you register; nothing is asked of any other.",
    (NextKey("a", "add one by hand"), NextKey("q", "quit")),
)
RESORT_SECONDS = 20
"""How often the whole order is made anew without news: a value grows old without anything being written."""


class ServersScreen(ServerActions):
    """The list above; below it, when there is room, why the row stands as it does and the latest operations."""

    OFFERS = (*SERVER_COMMANDS, Plan, *MANY, *ROW_COMMANDS)
    DEFAULT_CSS = """
    ServersScreen #list { height: 1fr; }
    ServersScreen #below { height: 14; }
    ServersScreen #below Pane { width: 1fr; }
    ServersScreen.-narrow #below, ServersScreen.-short #below { display: none; }
    """
    letter = "S"

    def __init__(self) -> None:
        super().__init__()
        self.order = Order()
        self.filter = ""
        self._ticks = 0
        self._row_awaits_drawing = False
        self._made: dict[str, tuple[ServerView, Times, Row]] = {}
        self.table = VirtualTable(COLUMNS, empty="No server fits the filter; esc clears it.", id="servers")
        self.why = Why()
        self.latest = Latest()
        self.blank = Blank(OPENING)

    def body(self) -> ComposeResult:
        """The three panes."""
        with Pane("Servers", id="list"):
            yield self.blank
            yield self.table
        with Horizontal(id="below"):
            with Pane("Why", id="why"), VerticalScroll(can_focus=False):
                yield self.why
            with Pane("Latest operations", id="latest"):
                yield self.latest

    def begin(self) -> None:
        """Begin in the list."""
        super().begin()
        self.table.focus()
        self.watch(self.table, "scroll_y", self._freshen, init=False)

    # Drawing

    def refresh_place(self) -> None:
        """The list, the pane of the row, and the operations."""
        super().refresh_place()
        self._draw_list()
        self.latest.tell(self.desk.operations, self.desk)

    def _draw_list(self) -> None:
        desk = self.desk
        self.blank.show(None if len(desk.fleet) else NONE_YET if desk.loaded else OPENING)
        self.table.display = bool(len(desk.fleet))
        views = in_order(list(desk.fleet.views.values()), self.order, desk)
        self.table.set_columns(columns_of(views))
        self.table.set_rows(self._known_rows(views))
        self._apply_filter()
        self.table.set_sort(self.order.key, descending=self.order.reverse)
        self._freshen()  # kept rows say how old they were when they were made: that is never painted
        self._name_list()
        self._draw_why()

    def _known_rows(self, views: Sequence[ServerView]) -> list[Row]:
        """Rows of unchanged servers as they were made: ages are made anew for the lines on screen alone."""
        desk, now, before = self.desk, self.desk.now(), self._made
        self._made = {view.id: before[view.id] for view in views if self._is_made(view)}
        rows = []
        for view in views:
            made = self._made.get(view.id)
            row = made[2] if made else row_of(view, desk, now)
            rows.append(row)
            if made is None and view.id not in desk.checking:
                self._made[view.id] = (view, desk.times, row)
        return rows

    def _is_made(self, view: ServerView) -> bool:
        made = self._made.get(view.id)
        if made is None or view.id in self.desk.checking:
            return False
        return made[0] is view and made[1] is self.desk.times

    def _apply_filter(self) -> None:
        accepts, views = accepting(self.filter, self.desk), self.desk.fleet.views
        self.table.set_filter(None if accepts is None else lambda row: accepts(views[row.id]))

    def _name_list(self) -> None:
        pane, shown, marked = self.query_one("#list", Pane), len(self.table.rows), len(self.table.marked)
        pane.name_it("Servers", f"{shown} shown of {len(self.desk.fleet)}" if self.filter else f"{shown}")
        pane.foot(f"{marked} marked" if marked else "")

    def _draw_why(self) -> None:
        pane, view = self.query_one("#why", Pane), self.server
        if view is None:
            pane.name_it("Why", "choose a server above")
        else:
            name, state = heading(view, self.desk)
            pane.name_it(name, f"in {view.environment}" if view.environment else "", state)
        self.why.tell(view, self.desk)

    def tick(self) -> None:
        """Ages of what is on screen; now and then the whole order."""
        super().tick()
        if not self.is_current:
            return
        self._ticks += 1
        self.latest.tell(self.desk.operations, self.desk)
        if self._ticks % RESORT_SECONDS == 0:
            self._draw_list()
        else:
            self._freshen()

    def _freshen(self) -> None:
        """Make the lines on screen anew, before they are painted."""
        table = self.table
        on_screen = table.rows.window(table.scroll_offset.y, table.page_lines)
        table.update_rows(self._fresh(on_screen))

    def _fresh(self, rows: Sequence[Row]) -> list[Row]:
        views = (self.desk.fleet.get(row.id) for row in rows)
        now = self.desk.now()
        made = [row_of(view, self.desk, now) for view in views if view is not None]
        return [row for row in made if row != self.table.rows.get(row.id)]

    def status_left(self) -> list[Piece]:
        """The filter, the order, and the last operation."""
        shown = self.filter or "(none)"
        words: list[Piece] = [
            Toned("/ filter: ", Role.MUTED),
            Toned(shown, Role.KEY if self.filter else Role.MUTED),
        ]
        if self.app.size.width >= 100:
            words.append(Toned(f"   sort: {ORDERS[self.order.key]}", Role.MUTED))
        return [*words, "   ", *super().status_left()]

    def status_right(self) -> list[Piece]:
        """The certificates that want renewal, and when the server under the cursor is asked again."""
        view, desk = self.server, self.desk
        ending = desk.ending_words()
        if ending is not None and self.app.size.width < 140:
            return [ending]
        if view is None or view.awaits_trust:
            return [] if ending is None else [ending]
        blocked = view.status == "blocked"
        words = next_check(view.age(desk.now()), desk.interval, blocked)
        due: list[Piece] = [Toned(words, Role.MUTED)] if self.app.size.width >= 100 or not blocked else []
        return due if ending is None else [ending, Toned("   ", Role.MUTED), *due]

    # What commands ask for

    @property
    def server(self) -> ServerView | None:
        """The one under the cursor."""
        return self.desk.fleet.get(self.table.cursor_id)

    @property
    def chosen(self) -> Sequence[ServerView]:
        """The marked ones, shown or not, else the one under the cursor."""
        marked = [view for one in self.table.marked if (view := self.desk.fleet.get(one))]
        return marked or super().chosen

    def found_new(self, server_id: str) -> None:
        """Show the new row even if a filter would hide it."""
        if self.filter:
            self.end_search()
        self._draw_list()
        self.table.move_to(server_id)

    def choose_sort(self) -> None:
        """Offer the orders."""
        from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet

        here = "turned around" if self.order.reverse else "in use"
        choices = [Choice(key, words, here if key == self.order.key else "") for key, words in ORDERS.items()]
        self.app.push_screen(ChoiceSheet("Sort by", choices, at=self.order.key), self._sort_by)

    def _sort_by(self, key: str | None) -> None:
        if key is not None:
            self.order = self.order.chosen(key)
            self.refresh_place()

    def open_search(self) -> None:
        """The line to type a filter into."""
        self.search_bar.open(self.filter, "words, !not, env:prod, state:blocked, kind:swarm, issue:docker")

    def searched(self, words: str) -> None:
        """Narrow the list while one types."""
        self.filter = words.strip()
        self._apply_filter()
        self._name_list()
        self._draw_why()
        self.tick()

    def give_back_keyboard(self) -> None:
        """Back into the list."""
        self.table.focus()

    def go_back(self) -> None:
        """Close the search line, else clear the filter, else the marks."""
        if not self.search_bar.is_open and self.filter:
            self.searched("")
        elif not self.search_bar.is_open and self.table.marked:
            self.table.clear_marks()
        else:
            super().go_back()

    @on(VirtualTable.RowHighlighted, "#servers")
    def _row_changed(self) -> None:
        if not self._row_awaits_drawing:  # the cursor is painted first; presses in between share one drawing
            self._row_awaits_drawing = True
            self.call_after_refresh(self._draw_row)

    def _draw_row(self) -> None:
        self._row_awaits_drawing = False
        self._draw_why()
        super().tick()
        self._freshen()

    @on(VirtualTable.RowMarked, "#servers")
    def _marks_changed(self) -> None:
        self._name_list()
        self.tick()

    @on(VirtualTable.RowOpened, "#servers")
    async def _open_server(self, event: VirtualTable.RowOpened) -> None:
        await self.program.show_server(event.row_id)

    @on(VirtualTable.RowOpened, "Latest")
    async def _open_log_of(self, event: VirtualTable.RowOpened) -> None:
        await self.program.show_log(event.row_id)
