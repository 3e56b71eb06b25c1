"""Cells, text, words and search of a ghostty terminal: reads by place in the whole buffer, apart from painting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.terminal.ghostty_rows import content_colour, widths
from daoflow_tui.terminal.ghostty_styles import style_of, with_background
from daoflow_tui.terminal.values import PLAIN, Cell, Position, Span

if TYPE_CHECKING:
    from daoflow_tui.terminal.ghostty_library import Native
    from daoflow_tui.terminal.ghostty_modes import Reader

_ACTIVE, _BUFFER = 0, 2  # coordinate systems
_CODE = 0x1FFFFF
_COLOURED = 2  # from this kind of content on a cell is a blank that keeps its background there
_LETTERS = 128  # code points of one cell that are read


class Buffer:
    """Reads one terminal by place."""

    def __init__(self, ffi: Native, lib: Native, terminal: Native, reader: Reader) -> None:
        self._ffi, self._lib, self._terminal, self._reader = ffi, lib, terminal, reader
        where = "GhosttyResult(*)(GhosttyTerminal, DaoflowPoint, GhosttyGridRef*)"
        self._ref_at = ffi.cast(where, ffi.addressof(lib, "ghostty_terminal_grid_ref"))
        self._scroll = ffi.cast(
            "void(*)(GhosttyTerminal, DaoflowScroll)", ffi.addressof(lib, "ghostty_terminal_scroll_viewport")
        )
        follow = "GhosttyResult(*)(GhosttyTerminal, DaoflowPoint, GhosttyTrackedGridRef*)"
        self._track = ffi.cast(follow, ffi.addressof(lib, "ghostty_terminal_grid_ref_track"))
        self._cell = ffi.new("GhosttyCell*")
        self._style = self._sized("GhosttyStyle")
        self._letters = ffi.new("uint32_t[]", _LETTERS)
        self._count = ffi.new("size_t*")

    def _sized(self, kind: str) -> Native:
        made = self._ffi.new(f"{kind}*")
        made.size = self._ffi.sizeof(kind)
        return made

    def _ref(self, system: int, row: int, column: int) -> Native:
        """A reference to a cell, good until the terminal changes; None outside of the buffer."""
        point, ref = self._ffi.new("DaoflowPoint*"), self._sized("GhosttyGridRef")
        point.tag, point.x, point.y = system, column, row
        return None if self._ref_at(self._terminal, point[0], ref) else ref

    def track(self, row: int, column: int) -> Native:
        """A place that moves with its cell, to be freed by whoever asked; None outside of the screen."""
        if row < 0:
            return None
        point, place = self._ffi.new("DaoflowPoint*"), self._ffi.new("GhosttyTrackedGridRef*")
        point.tag, point.x, point.y = _ACTIVE, column, row
        if self._track(self._terminal, point[0], place):
            return None
        return place[0]

    def scroll(self, place: Native) -> None:
        """Show the view this many lines up."""
        self._scroll(self._terminal, place)

    def cells(self, row: int, columns: int) -> list[Cell]:
        """One row of the screen."""
        refs = [self._ref(_ACTIVE, row, column) for column in range(columns)]
        bits = [self._bits(ref) for ref in refs]
        return [self._cell_at(*one) for one in zip(refs, bits, widths(bits), strict=True)]

    def _bits(self, ref: Native) -> int:
        if ref is None or self._lib.ghostty_grid_ref_cell(ref, self._cell):
            return 0
        return int(self._cell[0])

    def _cell_at(self, ref: Native, bits: int, width: int) -> Cell:
        """The cell that these bits stand for."""
        if ref is None:
            return Cell(" ", 1, PLAIN)
        self._lib.ghostty_grid_ref_style(ref, self._style)
        style = style_of(bytes(self._ffi.buffer(self._style)))
        if bits & 3 >= _COLOURED:
            return Cell(" ", 1, with_background(style, content_colour(bits)))
        return Cell(self._text_of(ref, bits) if width else "", width, style)

    def _text_of(self, ref: Native, bits: int) -> str:
        if bits & 3 == 0:
            return chr(bits >> 2 & _CODE) if bits >> 2 & _CODE else " "
        if self._lib.ghostty_grid_ref_graphemes(ref, self._letters, _LETTERS, self._count):
            return chr(bits >> 2 & _CODE)
        return "".join([chr(point) for point in self._letters[0 : self._count[0]]])

    def line(self, line: int, columns: int) -> str:
        """The text of one line of the buffer."""
        return self.text(Span(Position(line, 0), Position(line, columns - 1)))

    def text(self, span: Span) -> str:
        """The text of a part, as it is copied."""
        chosen = self._selection(span)
        if chosen is None:
            return ""
        options = self._sized("GhosttyTerminalSelectionFormatOptions")
        options.emit, options.selection = self._lib.GHOSTTY_FORMATTER_FORMAT_PLAIN, chosen
        options.unwrap = options.trim = True
        write = self._lib.ghostty_terminal_selection_format_buf
        write(self._terminal, options[0], self._ffi.NULL, 0, self._count)
        room = self._ffi.new("uint8_t[]", max(self._count[0], 1))
        if write(self._terminal, options[0], room, len(room), self._count):
            return ""
        return bytes(self._ffi.buffer(room, self._count[0])).decode("utf-8", "replace")

    def _selection(self, span: Span) -> Native:
        start, end = (self._ref(_BUFFER, *place) for place in (span.start, span.end))
        if start is None or end is None:
            return None
        chosen = self._sized("GhosttySelection")
        chosen.start, chosen.end, chosen.rectangle = start[0], end[0], span.block
        return chosen

    def word(self, at: Position) -> Span | None:
        """The word around a cell."""
        return self._selected("word", at)

    def logical_line(self, at: Position) -> Span | None:
        """The line around a cell, however often it was wrapped."""
        return self._selected("line", at)

    def _selected(self, what: str, at: Position) -> Span | None:
        """What the library takes for a word or a line here."""
        if (ref := self._ref(_BUFFER, *at)) is None:
            return None
        options = self._sized(f"GhosttyTerminalSelect{what.capitalize()}Options")
        options.ref = ref[0]
        chosen = self._sized("GhosttySelection")
        chosen.start.size = chosen.end.size = self._ffi.sizeof("GhosttyGridRef")
        select = getattr(self._lib, f"ghostty_terminal_select_{what}")
        return None if select(self._terminal, options, chosen) else self._span(chosen)

    def _span(self, chosen: Native) -> Span | None:
        start, end = self._position(chosen.start), self._position(chosen.end)
        return Span(min(start, end), max(start, end)) if start and end else None

    def _position(self, ref: Native) -> Position | None:
        held, place = self._ffi.new("GhosttyGridRef*", ref), self._ffi.new("GhosttyPointCoordinate*")
        if self._lib.ghostty_terminal_point_from_grid_ref(self._terminal, held, _BUFFER, place):
            return None
        return Position(place.y, place.x)

    def search(self, needle: str) -> list[Span]:
        """Where a text stands, oldest first."""
        sought = needle.encode()
        if not sought:
            return []
        made = self._ffi.new("GhosttySearch*")
        if self._lib.ghostty_search_new(self._ffi.NULL, made, self._terminal):
            return []
        try:
            return self._found(made[0], sought)
        finally:
            self._lib.ghostty_search_free(made[0])

    def _found(self, search: Native, sought: bytes) -> list[Span]:
        ffi, lib = self._ffi, self._lib
        letters, said = ffi.new("uint8_t[]", sought), ffi.new("GhosttyString*")
        said.ptr, said.len = letters, len(sought)
        if lib.ghostty_search_set(search, lib.GHOSTTY_SEARCH_OPT_NEEDLE, said) or lib.ghostty_search_run(
            search
        ):
            return []
        lib.ghostty_search_get(search, lib.GHOSTTY_SEARCH_DATA_TOTAL_MATCHES, self._count)
        room = ffi.new("GhosttySelection[]", max(self._count[0], 1))
        for one in room:
            one.size = ffi.sizeof("GhosttySelection")
            one.start.size = one.end.size = ffi.sizeof("GhosttyGridRef")
        into = ffi.new("GhosttySelectionBuffer*")
        into.ptr, into.cap = room, len(room)
        if lib.ghostty_search_get(search, lib.GHOSTTY_SEARCH_DATA_MATCHES, into):
            return []
        spans = [self._span(one) for one in room[0 : into.len]]
        return sorted(span for span in spans if span)
