"""Draws the lines of a table and remembers them, so that scrolling paints what was painted before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from daoflow_tui.widgets.cells import draw_cell, fit, plain
from daoflow_tui.widgets.columns import GAP, Column, Placed, place_columns
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import ROLE_CLASSES, Glyphs, Role, glyphs_of, role_class

MARK_CELLS = range(4)  # a click here marks: blank, cursor, mark, blank
PAINTED_CLASSES = ROLE_CLASSES | {
    "table--header",
    "table--cursor",
    "table--cursor-blurred",
    "table--marked",
    "table--empty",
}
_GUTTER = len(MARK_CELLS)
_KEPT_STRIPS = 512


class Look(NamedTuple):
    """How a row stands out: under the cursor, marked, in a list that has the focus."""

    current: bool
    marked: bool
    focused: bool


class Sort(NamedTuple):
    """The column the order follows, and its direction."""

    key: str
    descending: bool


class _Drawn(NamedTuple):
    row: Row
    look: Look
    width: int
    strip: Strip


class RowPainter:
    """Paints header, rows and words for one table in the table's own styles."""

    def __init__(self, table: Widget, columns: Sequence[Column]) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._placed: tuple[int, tuple[Placed, ...]] = (-1, ())
        self._strips: dict[str, _Drawn] = {}
        self._role_styles: dict[Role, Style] = {}
        self._bases: dict[Look, Style] = {}

    def use(self, columns: Sequence[Column]) -> bool:
        """Place these columns from now on; returns whether they differ from those before."""
        if self._columns == tuple(columns):
            return False
        self._columns, self._placed = tuple(columns), (-1, ())
        self.forget()
        return True

    def forget(self) -> None:
        """Drop all that was drawn: colours or glyphs changed."""
        self._strips.clear()
        self._role_styles.clear()
        self._bases.clear()

    def header(self, width: int, sort: Sort | None) -> Strip:
        """The titles of the columns that fit, with a pointer at the one the order follows."""
        style = self._table.get_component_rich_style("table--header")
        segments = [Segment(" " * _GUTTER, style)]
        for placed in self._columns_for(width):
            title = self._title(placed, sort)
            segments.append(Segment(fit(title, placed.width, placed.column.align, "") + " " * GAP, style))
        return Strip(segments).adjust_cell_length(width, style)

    def row(self, row: Row, look: Look, width: int) -> Strip:
        """One row as a line of exactly `width` cells."""
        drawn = self._strips.get(row.id)
        if drawn is None or drawn.row is not row or drawn.look != look or drawn.width != width:
            if len(self._strips) >= _KEPT_STRIPS:
                self._strips.clear()
            drawn = self._strips[row.id] = _Drawn(row, look, width, self._draw(row, look, width))
        return drawn.strip

    def words(self, sentence: str, width: int) -> Strip:
        """A line below the rows: blank, or the sentence of an empty list."""
        style = self._table.get_component_rich_style("table--empty")
        cut = glyphs_of(self._table).cut
        return Strip([Segment(fit(" " * _GUTTER + plain(sentence), width, cut=cut), style)], width)

    def _title(self, placed: Placed, sort: Sort | None) -> str:
        if sort is None or sort.key != placed.column.key:
            return placed.column.title
        glyphs = glyphs_of(self._table)
        pointer = glyphs.descending if sort.descending else glyphs.ascending
        return fit(placed.column.title, min(len(placed.column.title), placed.width - 1), cut="") + pointer

    def _draw(self, row: Row, look: Look, width: int) -> Strip:
        glyphs, base = glyphs_of(self._table), self._bases.get(look) or self._base(look)
        segments = [Segment(_pointer(look, glyphs), base)]
        for placed in self._columns_for(width):
            cell, align = row.cells[placed.index], placed.column.align
            segments += draw_cell(cell, placed.width, align, base, self._role_style, glyphs)
            segments.append(Segment(" " * GAP, base))
        return Strip(_joined(segments)).adjust_cell_length(width, base)

    def _columns_for(self, width: int) -> tuple[Placed, ...]:
        if self._placed[0] != width:
            self._placed = (width, place_columns(self._columns, max(width - _GUTTER - 1, 0)))
        return self._placed[1]

    def _base(self, look: Look) -> Style:
        style = self._table.rich_style
        if look.marked:
            style += self._table.get_component_rich_style("table--marked", partial=True)
        if look.current:
            name = "table--cursor" if look.focused else "table--cursor-blurred"
            style += self._table.get_component_rich_style(name, partial=True)
        self._bases[look] = style
        return style

    def _role_style(self, role: Role) -> Style:
        if role not in self._role_styles:
            self._role_styles[role] = self._table.get_component_rich_style(role_class(role), partial=True)
        return self._role_styles[role]


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Neighbours of one style as one segment: what a screenful costs to paint is counted in segments."""
    for style, run in groupby(segments, key=lambda segment: segment.style):
        yield Segment("".join(segment.text for segment in run), style)


def _pointer(look: Look, glyphs: Glyphs) -> str:
    return f" {glyphs.cursor if look.current else ' '}{glyphs.ticked if look.marked else ' '} "
