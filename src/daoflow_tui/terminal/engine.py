"""What a terminal engine does: bytes of a program in, a screen to draw and replies to the program out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from daoflow_tui.terminal.values import Cell, Cursor, Event, Modes, Position, Run, Span

SCROLLBACK_LINES = 10_000
MAX_COLUMNS, MAX_ROWS = 1000, 1000  # more is no terminal, and memory grows with both


class Engine(Protocol):
    """One terminal. Rows and columns count from zero; rows are those of the view, which `scroll` moves.

    Not for several threads at once. After `close` nothing else may be called.
    """

    @property
    def name(self) -> str:
        """`ghostty` or `bittty`."""

    @property
    def columns(self) -> int:
        """The width in cells: always that of the last `resize`, whatever the program asked for."""

    @property
    def rows(self) -> int:
        """The height in cells."""

    def feed(self, data: bytes) -> None:
        """Take output of the program, cut anywhere."""

    def resize(self, columns: int, rows: int) -> None:
        """Take a new size; lines of the primary screen are wrapped anew."""

    def replies(self) -> bytes:
        """What must be written to the program now (answers to its questions), and forget it."""

    def events(self) -> list[Event]:
        """What the program asked of the console since the last call, oldest first, and forget it."""

    def changes(self) -> Iterator[int | None]:
        """The rows of the view that differ from the last time, each as it is read; None for one that looks the same.

        One may pause after each: the view stays that of the beginning. `resize`, `scroll` and another call end it,
        and lose nothing.
        """

    def changed(self) -> Sequence[int]:
        """All of `changes` at once; call one of them before `runs`."""

    def runs(self, row: int) -> tuple[Run, ...]:
        """One row of the view as it was last read, exactly `columns` cells: what a painter needs."""

    def cells(self, row: int) -> list[Cell]:
        """One row of the screen as it is now (never scrolled), exactly `columns` cells."""

    def cursor(self) -> Cursor:
        """Where the cursor is now, and how it looks."""

    def modes(self) -> Modes:
        """What the program asked for now."""

    def history(self) -> int:
        """Lines kept above the screen (the alternate screen has none)."""

    def offset(self) -> int:
        """How many lines the view is scrolled up; 0 shows the screen."""

    def scroll(self, offset: int) -> None:
        """Show the view `offset` lines up; more than there are shows the oldest. Output keeps what is seen in place."""

    def line(self, line: int) -> str:
        """The text of one line of the whole buffer, without blanks at its end."""

    def search(self, needle: str) -> list[Span]:
        """Where this text stands in the buffer, oldest first, letter case ignored, across wrapped lines."""

    def text(self, span: Span) -> str:
        r"""A part as it is copied: wrapped lines joined, blanks at line ends left out, `\n` between lines."""

    def word(self, at: Position) -> Span | None:
        """The word around a cell."""

    def logical_line(self, at: Position) -> Span | None:
        """The line around a cell, with all rows it was wrapped over."""

    @property
    def close(self) -> Callable[[], object]:
        """Give its memory back; twice does no harm."""
