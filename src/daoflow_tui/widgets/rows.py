"""The rows of a list by id: what is shown, under the cursor and marked, kept through every change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from daoflow_tui.widgets.cells import Cell


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list: an id that outlives refreshes, and one cell for every column."""

    id: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A row and how many lines below the top of the screen it stands."""

    row_id: str
    offset: int


Predicate = Callable[[Row], bool]


class RowSet:
    """All rows in their given order, the shown part of them, the cursor and the marks."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.cursor_id: str | None = None
        self.marked: set[str] = set()
        self._all: dict[str, Row] = {}
        self._places: dict[str, int] = {}
        self._predicate: Predicate | None = None

    def __len__(self) -> int:
        return len(self.shown)

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._all

    @property
    def total(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._all)

    @property
    def cursor(self) -> int:
        """The line of the cursor among the shown rows; -1 when nothing is shown."""
        return -1 if self.cursor_id is None else self._places[self.cursor_id]

    def at(self, line: int) -> Row:
        """The row shown on a line, counted from 0."""
        return self._all[self.shown[line]]

    def get(self, row_id: str) -> Row | None:
        """The row with this id, shown or not."""
        return self._all.get(row_id)

    def line_of(self, row_id: str) -> int | None:
        """The line a row is shown on, None while it is hidden or unknown."""
        return self._places.get(row_id)

    def window(self, top: int, lines: int) -> list[Row]:
        """The rows shown from line `top` on, at most `lines` of them."""
        return [self._all[row_id] for row_id in self.shown[top : top + lines]]

    def anchor(self, top: int, lines: int) -> Anchor | None:
        """What the operator looks at: the cursor's row when it is on screen, else the topmost row."""
        line = self.cursor if top <= self.cursor < top + lines else top
        return Anchor(self.shown[line], line - top) if line < len(self.shown) else None

    def top_for(self, place: Anchor | None, top: int, lines: int) -> int:
        """The first line to show so that the anchored row keeps its height; the very top stays the top."""
        line = None if place is None else self._places.get(place.row_id, self.cursor)
        if place is None or line is None or line < 0:
            return 0
        if top == 0 and line < lines:
            return 0
        return max(min(line - place.offset, len(self.shown) - lines), 0)

    def replace(self, rows: Iterable[Row]) -> None:
        """Take a whole new list; marks of gone rows go, the cursor stays or moves to the nearest row."""
        before = self._all
        self._all = {row.id: row for row in rows}
        self.marked &= self._all.keys()
        self._show(before)

    def filter(self, predicate: Predicate | None) -> None:
        """Show only the rows the predicate accepts; None shows all again."""
        self._predicate = predicate
        self._show(self._all)

    def update(self, row: Row) -> bool:
        """Take new cells for a known row; True when the shown lines changed, not only this row's cells."""
        if row.id not in self._all:
            raise KeyError(row.id)
        self._all[row.id] = row
        if self._predicate is None or self._predicate(row) == (row.id in self._places):
            return False
        self._show(self._all)
        return True

    def move_to(self, line: int) -> bool:
        """Put the cursor on a line, within the ends of the list; True when it moved."""
        if not self.shown:
            return False
        target = self.shown[max(0, min(line, len(self.shown) - 1))]
        moved = target != self.cursor_id
        self.cursor_id = target
        return moved

    def toggle(self, row_id: str) -> None:
        """Mark the row, or unmark it."""
        self.marked ^= {row_id}

    def invert(self) -> None:
        """Turn the marks of the shown rows around; marks of hidden rows stay as they are."""
        self.marked ^= set(self.shown)

    def _show(self, before: Iterable[str]) -> None:
        accepts = self._predicate
        self.shown = [row.id for row in self._all.values() if accepts is None or accepts(row)]
        self._places = {row_id: line for line, row_id in enumerate(self.shown)}
        if self.cursor_id not in self._places:
            self.cursor_id = self._nearest(list(before))

    def _nearest(self, before: list[str]) -> str | None:
        """The row that takes the cursor over: the next one still shown, else one before, else the first."""
        if not self.shown:
            return None
        line = before.index(self.cursor_id) if self.cursor_id in before else -1
        candidates = [*before[line + 1 :], *reversed(before[: max(line, 0)])]
        return next((row_id for row_id in candidates if row_id in self._places), self.shown[0])
