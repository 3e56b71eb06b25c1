"""The pure Python terminal engine: for where the native one does not load, and the other half of the comparison."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from daoflow_tui.terminal.bittty_cells import cells_of, runs_of
from daoflow_tui.terminal.bittty_chrome import Chrome, Line
from daoflow_tui.terminal.engine import SCROLLBACK_LINES
from daoflow_tui.terminal.lines import Lines
from daoflow_tui.terminal.values import Cursor, Modes, Mouse, MouseFormat, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from daoflow_tui.terminal.values import Cell, Event, Position, Run, Span

_CLUSTERS = "\x1b[?2027h"  # without this mode an accent takes a cell of its own
_MICE = {"X10": Mouse.PRESS, "NORMAL": Mouse.BUTTONS, "BUTTON": Mouse.DRAG, "ANY": Mouse.MOTION}
_FORMATS = {
    "UTF8": MouseFormat.UTF8,
    "SGR": MouseFormat.SGR,
    "URXVT": MouseFormat.URXVT,
    "SGR_PIXELS": MouseFormat.PIXELS,
}
_SHAPES = {"bar": Shape.BAR, "underline": Shape.UNDERLINE}


class BitttyEngine:
    """See `Engine`."""

    name = "bittty"

    def __init__(self, columns: int, rows: int, scrollback: int = SCROLLBACK_LINES) -> None:
        """An empty terminal of this size."""
        from bittty import Board

        self._columns, self._rows = columns, rows
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._board = Board(width=columns, height=rows)
        self._board.set_page_columns = lambda _columns: None  # the width is the view's, not the program's
        self._chrome = Chrome(self._board, scrollback)
        self._board.parser.feed(_CLUSTERS)
        self._lines = Lines(self._line, self._last_line)
        self._offset = 0
        self._reading: object = None
        self._runs: list[tuple[Run, ...]] = [()] * rows

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
        before = self._chrome.scrolled
        self._board.parser.feed(self._decoder.decode(data))
        self._assert_ours()
        if self._offset:
            self._offset = min(self._offset + self._chrome.scrolled - before, self.history())

    def _assert_ours(self) -> None:
        """Take back what a program may not decide: the size, and whether accents join their letters."""
        if (self._board.width, self._board.height) != (self._columns, self._rows):
            self._board.resize(self._columns, self._rows)
        if not self._board.modes.grapheme_clustering and self._board.parser.mode is None:
            self._board.parser.feed(_CLUSTERS)

    def resize(self, columns: int, rows: int) -> None:
        """Take a new size; history keeps the width it had."""
        self._columns, self._rows = columns, rows
        self._reading = None
        self._board.resize(columns, rows)
        self._runs = [()] * rows
        self._offset = min(self._offset, self.history())

    def replies(self) -> bytes:
        """What must be written to the program now."""
        return self._chrome.take_replies()

    def events(self) -> list[Event]:
        """What the program asked of the console."""
        return self._chrome.take_events()

    def changed(self) -> Sequence[int]:
        """Rows of the view that look different now."""
        return [row for row in self.changes() if row is not None]

    def changes(self) -> Iterator[int | None]:
        """The same, row by row: the view is copied at the beginning."""
        top = self.history() - self._offset
        copies = [list(self._line(top + row).cells) for row in range(self._rows)]
        self._reading = mine = object()
        for row, cells in enumerate(copies):
            runs = runs_of(cells, self._columns)
            changed = runs != self._runs[row]
            self._runs[row] = runs
            yield row if changed else None
            if self._reading is not mine:
                return

    def runs(self, row: int) -> tuple[Run, ...]:
        """One row of the view."""
        return self._runs[row]

    def cells(self, row: int) -> list[Cell]:
        """One row of the screen."""
        return cells_of(self._board.display.page.line(row).cells, self._columns)

    def cursor(self) -> Cursor:
        """Where the cursor is and how it looks."""
        cursor, modes = self._board.cursor, self._board.modes
        return Cursor(
            column=min(cursor.x, self._columns - 1),
            row=cursor.y,
            visible=bool(modes.cursor_visible),
            shape=_SHAPES.get(cursor.shape, Shape.BLOCK),
            blinking=bool(modes.cursor_blinking),
            pending=cursor.x >= self._columns,
        )

    def modes(self) -> Modes:
        """What the program asked for."""
        modes, mouse, keyboard = self._board.modes, self._board.mouse, self._board.keyboard
        return Modes(
            application_cursor=bool(modes.cursor_application_mode),
            application_keypad=bool(modes.application_keypad),
            backarrow=bool(modes.backarrow_key_sends_bs),
            newline=bool(modes.linefeed_newline_mode),
            bracketed_paste=bool(modes.bracketed_paste),
            focus_events=bool(modes.focus_reporting),
            mouse=_MICE.get(mouse.protocol.name, Mouse.OFF),
            mouse_format=_FORMATS.get(mouse.encoding.name, MouseFormat.X10),
            alternate_scroll=bool(modes.alternate_scroll_mode),
            alternate_screen=bool(self._board.blitter.in_alt_screen),
            synchronized=bool(modes.synchronized_output),
            reverse_screen=bool(modes.reverse_screen),
            kitty_flags=int(keyboard.kitty_flags),
            modify_other_keys=int(keyboard.modify_other_keys),
        )

    def history(self) -> int:
        """Lines kept above the screen."""
        return 0 if self._board.blitter.in_alt_screen else len(self._chrome.history)

    def offset(self) -> int:
        """How far the view is scrolled up, in lines."""
        return self._offset

    def scroll(self, offset: int) -> None:
        """Show the view this many lines up."""
        self._reading = None
        self._offset = max(0, min(offset, self.history()))

    def _line(self, number: int) -> Line:
        history = self.history()
        if number < history:
            return self._chrome.history[number]
        page, row = self._board.display.page, min(number - history, self._rows - 1)
        return Line(page.line(row).cells, page.is_line_wrapped(row))

    def _last_line(self) -> int:
        return self.history() + self._rows - 1

    def line(self, line: int) -> str:
        """The text of one line of the buffer."""
        return self._lines.text_of(line).rstrip(" ")

    def search(self, needle: str) -> list[Span]:
        """Where a text stands, oldest first."""
        return self._lines.search(needle)

    def text(self, span: Span) -> str:
        """The text of a part, as it is copied."""
        return self._lines.text(span)

    def word(self, at: Position) -> Span | None:
        """The word around a cell."""
        return self._lines.word(at)

    def logical_line(self, at: Position) -> Span | None:
        """The line around a cell, however often it was wrapped."""
        return self._lines.logical_line(at)

    def close(self) -> None:
        """Nothing to give back but memory."""
        self._chrome.history.clear()
