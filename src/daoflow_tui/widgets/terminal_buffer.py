"""The buffer of a terminal: scrolling through it, selecting in it, finding words in it."""

from __future__ import annotations

from dataclasses import dataclass

from textual.geometry import Offset
from textual.message import Message

from daoflow_tui.terminal.values import Position
from daoflow_tui.widgets.terminal_canvas import TerminalCanvas


class TerminalBuffer(TerminalCanvas):
    """Lines are counted from the oldest that is kept; `needle` is what is searched for."""

    @dataclass
    class Marked(Message):
        """What is selected or was searched for is another now."""

        view: TerminalBuffer

    def __init__(self) -> None:
        super().__init__()
        self.needle = ""

    # Scrolling and selecting

    def scroll_view(self, offset: int) -> None:
        """Show the part so many lines up."""
        if self.emulation is None:
            return
        with self.emulation.engine() as engine:
            engine.scroll(max(offset, 0))
        self.paint(whole=True)

    def step(self, lines: int) -> None:
        """Scroll by so many lines, up when negative."""
        self.scroll_view(self.scrolled - lines)

    @property
    def page_lines(self) -> int:
        """How many lines there are on the screen."""
        return max(self.size.height, 1)

    def cell_at(self, offset: Offset) -> tuple[int, int]:
        """The line of the buffer and the column under a place in the widget."""
        column = min(max(offset.x, 0), self.size.width - 1)
        return self.history - self.scrolled + min(max(offset.y, 0), self.size.height - 1), column

    def move(self, lines: int) -> None:
        """Scroll; while selecting, move the end of the selection."""
        end = self.marks.end
        if end is None:
            self.step(lines)
            return
        last = self.history + self.size.height - 1
        line = min(max(end.line + lines, 0), last)
        self.marks.end = Position(line, end.column)
        self._bring_into_view(line)
        self.paint_all()

    def move_sideways(self, cells: int) -> None:
        """Move the end of the selection within its line."""
        if (end := self.marks.end) is not None:
            self.marks.end = Position(end.line, min(max(end.column + cells, 0), self.size.width - 1))
            self.paint_all()

    def begin_selection(self) -> None:
        """Begin where the cursor stands, or at the first cell of what is shown."""
        line = self.history + self.cursor.row
        top = self.history - self.scrolled
        at = Position(line, self.cursor.column) if top <= line < top + self.size.height else Position(top, 0)
        self.marks.anchor = self.marks.end = at
        self.paint_all()
        self.post_message(self.Marked(self))

    def selected_text(self) -> str:
        """What is selected, as it is copied."""
        span = self.marks.selection
        if span is None or self.emulation is None:
            return ""
        with self.emulation.engine() as engine:
            return engine.text(span)

    def end_marks(self) -> bool:
        """Forget the selection, else what was searched; False when there was nothing."""
        had = self.marks.any or bool(self.needle)
        if self.marks.anchor is not None:
            self.marks.anchor = self.marks.end = None
        else:
            self.marks.clear()
            self.needle = ""
        if had:
            self.paint_all()
            self.post_message(self.Marked(self))
        return had

    def _bring_into_view(self, line: int) -> None:
        top = self.history - self.scrolled
        if not top <= line < top + self.size.height:
            wanted = self.history - line if line < top else self.history - line + self.size.height - 1
            self.scroll_view(wanted)

    # Searching

    def search(self, words: str) -> None:
        """Look for these words and go to the newest place; none end the search."""
        self.needle = words
        self.marks.found, self.marks.at = (), -1
        if words:
            self.find(-1)
        else:
            self.paint_all()

    def find(self, step: int) -> None:
        """Go to the next place, older or newer; the buffer is read again, for it may have grown."""
        if self.emulation is None:
            return
        marks = self.marks
        here = marks.found[marks.at] if 0 <= marks.at < len(marks.found) else None
        with self.emulation.engine() as engine:
            marks.found = engine.search(self.needle)
        if marks.found:
            at = next((index for index, span in enumerate(marks.found) if span == here), None)
            marks.at = (len(marks.found) - 1 if at is None else at + step) % len(marks.found)
            line = marks.found[marks.at].start.line
            top = self.history - self.scrolled
            if not top <= line < top + self.size.height:
                self.scroll_view(self.history - line + self.size.height // 2)
        self.paint_all()
        self.post_message(self.Marked(self))
