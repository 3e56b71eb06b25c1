"""Links of the ghostty engine, kept beside it: its own faults natively when lines with links are deleted often."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from daoflow_core import text
from daoflow_tui.terminal.values import Position, Run, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daoflow_tui.terminal.ghostty_buffer import Buffer
    from daoflow_tui.terminal.ghostty_library import Native
    from daoflow_tui.terminal.ghostty_modes import Reader

MAX_LINKS = 256  # the newest; each holds two places that the engine moves along with its lines
_MAX_URL, _MAX_TEXT, _MAX_LINES = 2048, 2048, 20
_ACTIVE, _VIEW, _BUFFER = 0, 1, 2
Part = tuple[int, int, str]  # first column, last column, address


class _Link(NamedTuple):
    url: str
    start: Native
    end: Native
    text: str


class Links:
    """The links of one terminal: where they stand, as long as their text still stands there."""

    def __init__(self, ffi: Native, lib: Native, buffer: Buffer, reader: Reader) -> None:
        self._ffi, self._lib, self._buffer, self._reader = ffi, lib, buffer, reader
        self._links: deque[_Link] = deque()
        self._open: tuple[str, Native, bool] | None = None
        self._place = ffi.new("GhosttyPointCoordinate*")
        self.fresh = False  # one was closed since somebody looked

    def __bool__(self) -> bool:
        return bool(self._links)

    def told(self, content: bytes) -> None:
        """The program begins or ends a link, where the cursor is: `parameters;address`."""
        self._end()
        url = text.decode(content.partition(b";")[2][:_MAX_URL])
        if not url:
            return
        column, row = self._reader.place()
        if (start := self._buffer.track(row, column)) is not None:
            self._open = (url, start, self._reader.pending())

    def _end(self) -> None:
        """Keep the link that was begun, if it has a text."""
        if self._open is None:
            return
        (url, start, pending), self._open = self._open, None
        column, row = self._reader.place()
        end = self._buffer.track(*self._before(row, column))
        span = self._span(start, end, skip=pending)
        told = self._buffer.text(span) if span else ""
        if end is None or not 0 < len(told) <= _MAX_TEXT:
            self._forget(start, end)
            return
        if pending and span:
            self._forget(start)
            start = self._buffer.track(span.start.line - self._reader.history(), span.start.column)
            if start is None:
                self._forget(end)
                return
        self._links.append(_Link(url, start, end, told))
        self.fresh = True
        if len(self._links) > MAX_LINKS:
            old = self._links.popleft()
            self._forget(old.start, old.end)

    def _before(self, row: int, column: int) -> tuple[int, int]:
        """The cell before the cursor; with a wrap pending, the one under it."""
        if self._reader.pending():
            return row, column
        if column:
            return row, column - 1
        return max(row - 1, 0), self._reader.get("COLS", "uint16_t") - 1

    def _span(self, start: Native, end: Native, *, skip: bool = False) -> Span | None:
        """Where these places are now; `skip` leaves the first cell out."""
        first, last = self._position(start), self._position(end)
        if first is None or last is None:
            return None
        if skip:
            wide = first.column + 1 >= self._reader.get("COLS", "uint16_t")
            first = Position(first.line + 1, 0) if wide else Position(first.line, first.column + 1)
        return Span(first, last) if first <= last and last.line - first.line < _MAX_LINES else None

    def _position(self, place: Native) -> Position | None:
        if place is None or self._lib.ghostty_tracked_grid_ref_point(place, _BUFFER, self._place):
            return None
        return Position(self._place.y, self._place.x)

    def parts(self, top: int, rows: int, columns: int) -> dict[int, list[Part]]:
        """The links on these lines of the buffer, by row from `top`."""
        self.fresh = False
        found: dict[int, list[Part]] = {}
        for link in self._links:
            span = self._span(link.start, link.end)
            if span is None or span.end.line < top or span.start.line >= top + rows:
                continue
            if self._buffer.text(span) != link.text:
                continue
            for line in range(max(span.start.line, top), min(span.end.line, top + rows - 1) + 1):
                left = span.start.column if line == span.start.line else 0
                right = span.end.column if line == span.end.line else columns - 1
                found.setdefault(line - top, []).append((left, right, link.url))
        return found

    def clear(self) -> None:
        """Forget all, before the terminal goes."""
        for link in self._links:
            self._forget(link.start, link.end)
        self._links.clear()
        if self._open is not None:
            self._forget(self._open[1])
            self._open = None

    def _forget(self, *places: Native) -> None:
        for place in places:
            if place is not None:
                self._lib.ghostty_tracked_grid_ref_free(place)


def linked(runs: Sequence[Run], parts: list[Part]) -> tuple[Run, ...]:
    """The same row with these parts of it linked."""
    cuts = sorted({edge for left, right, _ in parts for edge in (left, right + 1)})
    found, start = [], 0
    for run in runs:
        for text_, columns in _cut(run, [cut - start for cut in cuts if start < cut < start + run.columns]):
            url = next((url for left, right, url in reversed(parts) if left <= start <= right), None)
            found.append(run._replace(text=text_, columns=columns, link=url))
            start += columns
    return tuple(found)


def _cut(run: Run, at: list[int]) -> list[tuple[str, int]]:
    """A run's text cut at these columns; where that is inside of a character, it is not cut there."""
    from rich.cells import cell_len

    pieces, rest, done = [], run.text, 0
    for column in at:
        wanted = column - done
        index = next((size for size in range(len(rest) + 1) if cell_len(rest[:size]) == wanted), None)
        if index is None:
            continue
        pieces.append((rest[:index], wanted))
        rest, done = rest[index:], column
    pieces.append((rest, run.columns - done))
    return pieces
