"""A list of any length that draws only the lines on screen and keeps its place by row id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from daoflow_tui.commands.node import CommandNode
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.row_painter import MARK_CELLS, PAINTED_CLASSES, Look, RowPainter, Sort
from daoflow_tui.widgets.rows import Predicate, Row, RowSet
from daoflow_tui.widgets.table_commands import TABLE_COMMANDS

_HEADER = 1
_EMPTY_AT = 2


class VirtualTable(CommandNode, ScrollView, can_focus=True):
    """Rows under fixed columns: cursor, marks, scroll and filter follow row ids; the order is the caller's.

    Cells are a `str` (never markup), `State`, `Toned` or a rich `Text`, one for each of `columns`. `marking`
    False leaves out the mark keys; `empty` is the sentence shown when there is no row.
    """

    OFFERS = TABLE_COMMANDS
    ALLOW_SELECT = False
    COMPONENT_CLASSES = PAINTED_CLASSES
    DEFAULT_CSS = """
    VirtualTable { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    @dataclass
    class Said(Message):
        """What a table says of itself; `control` lets `@on` select by the table's id."""

        table: VirtualTable

        @property
        def control(self) -> VirtualTable:
            """The table it comes from."""
            return self.table

    @dataclass
    class RowHighlighted(Said):
        """The cursor is on another row now; `row_id` is None when no row is left."""

        row_id: str | None

    @dataclass
    class RowOpened(Said):
        """A row was opened with enter or a click."""

        row_id: str

    @dataclass
    class RowMarked(Said):
        """The marks changed; `row_ids` are all marked rows, shown or not."""

        row_ids: frozenset[str]

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "Nothing here yet.",
        marking: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.rows = RowSet()
        self.marking = marking
        self._empty = empty
        self._sort: Sort | None = None
        self._painter = RowPainter(self, columns)

    # What the screen gives

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show these rows in this order; cursor, marks and scroll stay on the same row ids."""
        with self._keeping_place():
            self.rows.replace(rows)

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Place the same columns with other widths, such as those that the rows need."""
        if self._painter.use(columns):
            self.refresh()

    def update_row(self, row: Row) -> None:
        """Draw new cells for a row already in the list; KeyError for an unknown id."""
        self.update_rows((row,))

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Draw new cells for rows already in the list; repaints only those of them that are on screen."""
        with self._keeping_place():
            for row in rows:
                self.rows.update(row)

    def set_filter(self, accepts: Predicate | None) -> None:
        """Show only rows the predicate accepts, None shows all; hidden rows keep their marks."""
        with self._keeping_place():
            self.rows.filter(accepts)

    def set_sort(self, key: str | None, *, descending: bool = False) -> None:
        """Point out in the header which column the given order follows; the order itself is the caller's."""
        self._sort = None if key is None else Sort(key, descending)
        self._refresh_from(0, _HEADER)

    def set_empty(self, sentence: str) -> None:
        """Change the sentence shown when there is no row."""
        self._empty = sentence
        self.refresh()

    @contextmanager
    def _keeping_place(self) -> Iterator[None]:
        """Around a change of rows: scroll stays where the operator looks, only changed lines repaint."""
        top, page, cursor_id = self.scroll_offset.y, self.page_lines, self.rows.cursor_id
        before, place = self.rows.window(top, page), self.rows.anchor(top, page)
        yield
        self.virtual_size = Size(0, len(self.rows) + _HEADER)
        self._scroll_top(self.rows.top_for(place, top, page))
        if self.scroll_offset.y == top:
            self._refresh_changed(before, self.rows.window(top, page))
        if self.rows.cursor_id != cursor_id:
            self.post_message(self.RowHighlighted(self, self.rows.cursor_id))

    def _refresh_changed(self, before: Sequence[Row], after: Sequence[Row]) -> None:
        for y, (old, new) in enumerate(zip_longest(before, after)):
            if old != new:
                self._refresh_from(y + _HEADER, 1)

    # What the operator does

    @property
    def cursor_id(self) -> str | None:
        """The id of the row under the cursor; None when no row is shown."""
        return self.rows.cursor_id

    @property
    def marked(self) -> frozenset[str]:
        """The ids of the marked rows, shown or not."""
        return frozenset(self.rows.marked)

    @property
    def page_lines(self) -> int:
        """How many rows fit on the screen, at least one."""
        return max(self.scrollable_content_region.height - _HEADER, 1)

    def move(self, lines: int) -> None:
        """Move the cursor down by so many rows, up when negative, stopping at the ends."""
        self._go(self.rows.cursor + lines)

    def move_to(self, row_id: str) -> bool:
        """Put the cursor on a row; False when it is not shown."""
        line = self.rows.line_of(row_id)
        if line is not None:
            self._go(line)
        return line is not None

    def open(self) -> None:
        """Say that the row under the cursor was opened."""
        if self.cursor_id is not None:
            self.post_message(self.RowOpened(self, self.cursor_id))

    def toggle_mark(self) -> None:
        """Mark or unmark the row under the cursor and go on to the next."""
        if self.cursor_id is not None:
            self.rows.toggle(self.cursor_id)
            self._refresh_row(self.rows.cursor)
            self._say_marks()
            self.move(1)

    def invert_marks(self) -> None:
        """Turn the marks of all shown rows around."""
        self.rows.invert()
        self._marks_changed()

    def clear_marks(self) -> None:
        """Unmark every row."""
        self.rows.marked.clear()
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.refresh()
        self._say_marks()

    def _say_marks(self) -> None:
        self.post_message(self.RowMarked(self, self.marked))

    def _go(self, line: int) -> None:
        before = self.rows.cursor
        if self.rows.move_to(line):
            self._refresh_row(before)
            self._refresh_row(self.rows.cursor)
            self.show_cursor()
            self.post_message(self.RowHighlighted(self, self.cursor_id))

    def show_cursor(self) -> None:
        """Scroll just as far as needed to have the cursor on screen."""
        line, top, page = self.rows.cursor, self.scroll_offset.y, self.page_lines
        if line >= 0 and not top <= line < top + page:
            self._scroll_top(line if line < top else line - page + 1)

    def _scroll_top(self, line: int) -> None:
        self.scroll_to(y=max(line, 0), animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        """Select the row clicked; on the row under the cursor it opens, in the gutter it marks."""
        event.stop()
        line = self.scroll_offset.y + event.y - _HEADER
        if event.y < _HEADER or not 0 <= line < len(self.rows):
            return
        again = line == self.rows.cursor
        self._go(line)
        if self.marking and event.x in MARK_CELLS:
            self.rows.toggle(self.rows.at(line).id)
            self._marks_changed()
        elif again:
            self.open()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, a row, the empty sentence, or blank."""
        width = self.scrollable_content_region.width
        line = self.scroll_offset.y + y - _HEADER
        if y < _HEADER:
            return self._painter.header(width, self._sort)
        if line < len(self.rows):
            row = self.rows.at(line)
            look = Look(line == self.rows.cursor, row.id in self.rows.marked, self.has_focus)
            return self._painter.row(row, look, width)
        return self._painter.words(self._empty if y == _EMPTY_AT and not len(self.rows) else "", width)

    def notify_style_update(self) -> None:
        """Forget what was drawn in the old colours."""
        self._painter.forget()
        super().notify_style_update()

    def _refresh_row(self, line: int) -> None:
        self._refresh_from(line - self.scroll_offset.y + _HEADER, 1)

    def _refresh_from(self, y: int, height: int) -> None:
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, height))
