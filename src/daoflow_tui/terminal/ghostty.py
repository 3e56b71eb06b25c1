"""The terminal engine of Ghostty, through its C interface."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from daoflow_tui.terminal.engine import SCROLLBACK_LINES
from daoflow_tui.terminal.ghostty_buffer import Buffer
from daoflow_tui.terminal.ghostty_events import Callbacks
from daoflow_tui.terminal.ghostty_library import Unusable, load
from daoflow_tui.terminal.ghostty_links import Links, linked
from daoflow_tui.terminal.ghostty_modes import Reader
from daoflow_tui.terminal.ghostty_rows import RowReader
from daoflow_tui.terminal.shim import Shim
from daoflow_tui.terminal.values import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daoflow_tui.terminal.ghostty_library import Native
    from daoflow_tui.terminal.ghostty_links import Part
    from daoflow_tui.terminal.values import Cell, Cursor, Event, Modes, Position, Run, Span

_SCROLLBACK_BYTES = 32 << 20  # the library's own limit, 10,000 bytes, keeps some 400 lines
_PAGE_LINES = (
    1500  # lines go a page at a time: with these to spare all that was asked for stay, from 40 columns
)
_ESCAPE_BYTES = 1 << 20  # of one string sequence: a picture, a clipboard
_SCROLL_TOP, _SCROLL_BOTTOM, _SCROLL_ROW = 0, 1, 3
_FULL = 2
_BLOCK = 1
_SHAPES = {0: Shape.BAR, _BLOCK: Shape.BLOCK, 2: Shape.UNDERLINE}


class GhosttyEngine:
    """See `Engine`."""

    name = "ghostty"

    def __init__(self, columns: int, rows: int, scrollback: int = SCROLLBACK_LINES) -> None:
        """An empty terminal of this size.

        Raises:
            Unusable: the native library is not here or not the one we know.

        """
        self._ffi, self._lib = ffi, lib = load()
        self._columns, self._rows = columns, rows
        made = ffi.new("GhosttyTerminal*")
        if lib.ghostty_terminal_new(ffi.NULL, made, columns, rows):
            raise Unusable("the native terminal library gives no terminal")
        self._terminal = made[0]
        self._set_limits(scrollback)
        self._callbacks = Callbacks(ffi, lib, self._terminal, (columns, rows))
        self._reader = Reader(ffi, lib, self._terminal)
        self._shim = Shim(self._reader, rows, self._callbacks.answer)
        self._buffer = Buffer(ffi, lib, self._terminal, self._reader)
        self._links = Links(ffi, lib, self._buffer, self._reader)
        self._callbacks.on_link = self._links.told
        self._open_view()
        native = (self._terminal, self._state[0], self._iterator[0], self._picked[0])
        self.close = weakref.finalize(self, _free, lib, self._links, *native)

    def _set_limits(self, scrollback: int) -> None:
        """Bound what output can make us keep, and turn off what we do not draw."""
        lib = self._lib
        sizes = {
            lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_LINES: ("size_t", scrollback + _PAGE_LINES),
            lib.GHOSTTY_TERMINAL_OPT_SCROLLBACK_MAX_BYTES: ("size_t", _SCROLLBACK_BYTES),
            lib.GHOSTTY_TERMINAL_OPT_CLIPBOARD_WRITE_MAX_BYTES: ("size_t", _ESCAPE_BYTES),
            lib.GHOSTTY_TERMINAL_OPT_APC_MAX_BYTES: ("size_t", _ESCAPE_BYTES),
            lib.GHOSTTY_TERMINAL_OPT_KITTY_IMAGE_STORAGE_LIMIT: ("uint64_t", 0),
            lib.GHOSTTY_TERMINAL_OPT_TITLE_REPORT: ("bool", False),
        }
        for option, (kind, value) in sizes.items():
            lib.ghostty_terminal_set(self._terminal, option, self._ffi.new(f"{kind}*", value))

    def _open_view(self) -> None:
        """What reads the view, row by row."""
        ffi, lib = self._ffi, self._lib
        self._state = ffi.new("GhosttyRenderState*")
        self._iterator = ffi.new("GhosttyRenderStateRowIterator*")
        self._picked = ffi.new("GhosttyRenderStateRowCells*")
        lib.ghostty_render_state_new(ffi.NULL, self._state)
        lib.ghostty_render_state_row_iterator_new(ffi.NULL, self._iterator)
        lib.ghostty_render_state_row_cells_new(ffi.NULL, self._picked)
        self._row_reader = RowReader(ffi, lib)
        self._dirty = ffi.new("GhosttyRenderStateDirty*")
        self._shape = ffi.new("GhosttyRenderStateCursorVisualStyle*", _BLOCK)
        self._reading: object = None
        self._plain: list[tuple[Run, ...]] = [()] * self._rows
        self._runs: list[tuple[Run, ...]] = [()] * self._rows

    @property
    def columns(self) -> int:
        """The width in cells."""
        return self._columns

    @property
    def rows(self) -> int:
        """The height in cells."""
        return self._rows

    def feed(self, data: bytes) -> None:
        """Take output of the program."""
        for piece in self._shim.pieces(data):
            self._lib.ghostty_terminal_vt_write(self._terminal, piece, len(piece))
        self._callbacks.raise_fault()

    def resize(self, columns: int, rows: int) -> None:
        """Take a new size."""
        self._columns, self._rows = columns, rows
        self._stop_reading()
        self._callbacks.size = (columns, rows)
        self._shim.resized(rows)
        self._lib.ghostty_terminal_resize(self._terminal, columns, rows, 0, 0)
        self._plain, self._runs = [()] * rows, [()] * rows

    def replies(self) -> bytes:
        """What must be written to the program now."""
        return self._callbacks.take_replies()

    def events(self) -> list[Event]:
        """What the program asked of the console."""
        return self._callbacks.take_events()

    def changed(self) -> Sequence[int]:
        """Rows of the view that look different now."""
        return [row for row in self.changes() if row is not None]

    def changes(self) -> Iterator[int | None]:
        """The same, row by row: the view is copied at the beginning."""
        lib, state = self._lib, self._state[0]
        lib.ghostty_render_state_update(state, self._terminal)
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_DIRTY, self._dirty)
        lib.ghostty_render_state_get(state, lib.GHOSTTY_RENDER_STATE_DATA_CURSOR_VISUAL_STYLE, self._shape)
        self._stop_reading()
        self._reading = mine = object()
        if not self._dirty[0] and not self._links.fresh:
            self._reading = None
            return
        parts, rows = {}, set()
        if self._links:
            parts = self._links.parts(self.history() - self.offset(), self._rows, self._columns)
            rows = set(range(self._rows))
        if self._dirty[0]:
            kind = lib.GHOSTTY_RENDER_STATE_DATA_ROW_ITERATOR
            lib.ghostty_render_state_get(state, kind, self._iterator)
            for row in self._dirty_rows(whole=self._dirty[0] == _FULL):
                rows.discard(row)
                self._plain[row] = self._row_reader.read(self._iterator[0], self._picked)
                yield self._compared(row, parts)
                if self._reading is not mine:
                    return
            lib.ghostty_render_state_clean(state)
        for row in rows:
            yield self._compared(row, parts)
            if self._reading is not mine:
                return
        self._reading = None

    def _stop_reading(self) -> None:
        """What is not read yet is read by the next call: the library keeps its rows marked, and links we do."""
        if self._reading is not None and self._links:
            self._links.fresh = True
        self._reading = None

    def _compared(self, row: int, parts: dict[int, list[Part]]) -> int | None:
        """The row, when it looks different now."""
        runs = linked(self._plain[row], parts[row]) if row in parts else self._plain[row]
        if runs == self._runs[row]:
            return None
        self._runs[row] = runs
        return row

    def _dirty_rows(self, *, whole: bool) -> Native:
        """Step the iterator over the rows to read anew."""
        if whole:
            for row in range(self._rows):
                if not self._lib.ghostty_render_state_row_iterator_next(self._iterator[0]):
                    return
                yield row
            return
        at = self._ffi.new("uint16_t*")
        while self._lib.ghostty_render_state_row_iterator_next_dirty(self._iterator[0], at):
            if at[0] < self._rows:
                yield at[0]

    def runs(self, row: int) -> tuple[Run, ...]:
        """One row of the view."""
        return self._runs[row]

    def cells(self, row: int) -> list[Cell]:
        """One row of the screen."""
        return self._buffer.cells(row, self._columns)

    def cursor(self) -> Cursor:
        """Where the cursor is and how it looks."""
        return self._reader.cursor(_SHAPES.get(self._shape[0], Shape.BLOCK))

    def modes(self) -> Modes:
        """What the program asked for."""
        return self._reader.modes()

    def history(self) -> int:
        """Lines kept above the screen."""
        return self._reader.history()

    def offset(self) -> int:
        """How far the view is scrolled up, in lines."""
        return self._reader.offset()

    def scroll(self, offset: int) -> None:
        """Show the view this many lines up."""
        self._stop_reading()
        place = self._ffi.new("DaoflowScroll*")
        top = self.history() - max(offset, 0)
        place.tag = _SCROLL_BOTTOM if offset <= 0 else _SCROLL_ROW if top > 0 else _SCROLL_TOP
        place.value = max(top, 0)
        self._buffer.scroll(place[0])

    def line(self, line: int) -> str:
        """The text of one line of the buffer."""
        return self._buffer.line(line, self._columns)

    def search(self, needle: str) -> list[Span]:
        """Where a text stands, oldest first."""
        return self._buffer.search(needle)

    def text(self, span: Span) -> str:
        """The text of a part, as it is copied."""
        return self._buffer.text(span)

    def word(self, at: Position) -> Span | None:
        """The word around a cell."""
        return self._buffer.word(at)

    def logical_line(self, at: Position) -> Span | None:
        """The line around a cell, however often it was wrapped."""
        return self._buffer.logical_line(at)


def _free(
    lib: Native, links: Links, terminal: Native, state: Native, iterator: Native, picked: Native
) -> None:
    links.clear()
    lib.ghostty_render_state_row_cells_free(picked)
    lib.ghostty_render_state_row_iterator_free(iterator)
    lib.ghostty_render_state_free(state)
    lib.ghostty_terminal_free(terminal)
