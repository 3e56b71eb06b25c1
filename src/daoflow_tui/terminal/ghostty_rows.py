"""Rows of the ghostty engine as runs: one bulk read a row, most of it done by the integers of Python itself."""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING

from daoflow_tui.terminal.drawing import Piece, fit
from daoflow_tui.terminal.ghostty_styles import style_of, with_background
from daoflow_tui.terminal.values import PLAIN, Cell, Run

if TYPE_CHECKING:
    from daoflow_tui.terminal.ghostty_library import Native
    from daoflow_tui.terminal.values import Style

_CODE, _STYLE_ID = 0x1FFFFF, 0xFFFF
_GRAPHEME, _BG_PALETTE, _BG_RGB = 1, 2, 3
_WIDE, _TAIL = 1, 2
_UNUSUAL = 0b11 | 0b11 << 42  # more than one code point, a coloured blank, or wide


class RowReader:
    """Reads the rows of one render state."""

    def __init__(self, ffi: Native, lib: Native) -> None:
        self._ffi, self._lib = ffi, lib
        self._view = ffi.new("GhosttyCellsView*")
        self._raw_style = ffi.new("GhosttyStyle*")
        self._raw_style.size = ffi.sizeof("GhosttyStyle")
        self._style_bytes = ffi.buffer(self._raw_style)
        self._buffer = ffi.new("GhosttyBuffer*")
        self._letters = ffi.new("uint8_t[]", 512)
        self._masks: dict[int, tuple[int, int, int]] = {}

    def read(self, iterator: Native, picked: Native) -> tuple[Run, ...]:
        """The row the iterator stands on; `picked` is a row-cells object that may be used for it."""
        get, lib = self._lib.ghostty_render_state_row_get, self._lib
        get(iterator, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS_RAW, self._view)
        raw = bytes(self._ffi.buffer(self._view.ptr, self._view.len * 8))
        count = len(raw) // 8
        unusual, codes, ids = self._masks_of(count)
        every = int.from_bytes(raw, "little")
        if every & unusual:
            get(iterator, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, picked)
            return self._unusual(raw, picked[0])
        text = _text((every >> 2) & codes, len(raw))
        if not every & ids << 26:
            return (Run(text, count, PLAIN),) if text.isascii() else fit([Piece(text, count, PLAIN)])
        get(iterator, lib.GHOSTTY_RENDER_STATE_ROW_DATA_CELLS, picked)
        return self._styled(text, ((every >> 26) & ids).to_bytes(len(raw), "little"), picked[0])

    def _masks_of(self, count: int) -> tuple[int, int, int]:
        """The masks over a whole row of this many cells."""
        if (masks := self._masks.get(count)) is None:
            each = sum(1 << 64 * cell for cell in range(count))
            masks = self._masks[count] = (each * _UNUSUAL, each * _CODE, each * _STYLE_ID)
        return masks

    def _styled(self, text: str, ids: bytes, picked: Native) -> tuple[Run, ...]:
        """A row of narrow cells of one code point each, in several styles."""
        runs, start = [], 0
        known: dict[int, Style] = {0: PLAIN}
        for style_id, same in groupby(memoryview(ids).cast("H")[::4].tolist()):
            if (style := known.get(style_id)) is None:
                style = known[style_id] = self._style_at(picked, start)
            end = start + len(list(same))
            runs.append(Run(text[start:end], end - start, style))
            start = end
        return tuple(runs) if text.isascii() else fit([Piece(*run) for run in runs])

    def _unusual(self, raw: bytes, picked: Native) -> tuple[Run, ...]:
        """Any row, cell by cell."""
        known: dict[int, Style] = {0: PLAIN}
        cells = []
        row_bits = memoryview(raw).cast("Q").tolist()
        for column, (bits, width) in enumerate(zip(row_bits, widths(row_bits), strict=True)):
            tag = bits & 3
            if not width:
                continue
            style_id = bits >> 26 & _STYLE_ID
            if (style := known.get(style_id)) is None:
                style = known[style_id] = self._style_at(picked, column)
            if tag >= _BG_PALETTE:
                text, style = " ", with_background(style, content_colour(bits))
            else:
                text = self._letters_at(picked, column) if tag == _GRAPHEME else chr(bits >> 2 & _CODE)
            cells.append(Cell(text if text != "\0" else " ", width, style))
        return fit(_piece(list(same)) for _, same in groupby(cells, _STYLE))

    def _style_at(self, picked: Native, column: int) -> Style:
        lib = self._lib
        lib.ghostty_render_state_row_cells_select(picked, column)
        kind = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_STYLE
        lib.ghostty_render_state_row_cells_get(picked, kind, self._raw_style)
        return style_of(bytes(self._style_bytes))

    def _letters_at(self, picked: Native, column: int) -> str:
        """All code points of a cell; over 512 bytes of them (a hundred accents), only the first."""
        lib, buffer = self._lib, self._buffer
        lib.ghostty_render_state_row_cells_select(picked, column)
        buffer.ptr, buffer.cap, buffer.len = self._letters, len(self._letters), 0
        kind = lib.GHOSTTY_RENDER_STATE_ROW_CELLS_DATA_GRAPHEMES_UTF8
        if lib.ghostty_render_state_row_cells_get(picked, kind, buffer):
            return "\N{REPLACEMENT CHARACTER}"
        return bytes(self._ffi.buffer(buffer.ptr, buffer.len)).decode("utf-8", "replace")


_STYLE = attrgetter("style")


def _piece(cells: list[Cell]) -> Piece:
    """Neighbouring cells of one style as one piece."""
    return Piece(
        "".join([cell.text for cell in cells]),
        sum([cell.width for cell in cells]),
        cells[0].style,
        None,
        [(cell.text, cell.width) for cell in cells],
    )


def widths(row: list[int]) -> list[int]:
    """How wide each cell is: 2 only with its tail beside it, 0 only beside such a one."""
    kinds = [bits >> 42 & 3 for bits in row]
    kinds.append(0)
    found, tail = [], False
    for kind, beside in pairwise(kinds):
        wide = not tail and kind == _WIDE and beside == _TAIL
        found.append(0 if tail else 2 if wide else 1)
        tail = wide
    return found


def content_colour(bits: int) -> int | str:
    """The background that a blank cell keeps in its content."""
    if bits & 3 == _BG_RGB:
        red, green, blue = bits >> 2 & 255, bits >> 10 & 255, bits >> 18 & 255
        return f"#{red:02x}{green:02x}{blue:02x}"
    return bits >> 2 & 255


def _text(codes: int, size: int) -> str:
    """One character a cell from an integer of one code point each 64 bits; empty cells are blanks."""
    halves = memoryview(codes.to_bytes(size, "little")).cast("I")[::2]
    return halves.tobytes().decode("utf-32-le", "replace").replace("\0", " ")
