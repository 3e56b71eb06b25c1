"""Text of a whole buffer for an engine that has no such thing itself: search, words, copying."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from daoflow_tui.terminal.values import Position, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WORD = re.compile(r"[\w./~:@%+#=?&-]+")


class TextLine(Protocol):
    """A line: the text of each of its cells (a wide one's tail has none), and whether it goes on in the next."""

    @property
    def texts(self) -> Sequence[str]:
        """One text a column."""

    @property
    def wrapped(self) -> bool:
        """Whether the next line continues this one."""


class Lines:
    """Reads a buffer of lines by number, the oldest being 0."""

    def __init__(self, line: Callable[[int], TextLine], last: Callable[[], int]) -> None:
        self._line, self._last = line, last

    def text_of(self, line: int) -> str:
        """The text of one line, blanks at its end included."""
        return "".join(self._line(line).texts)

    def text(self, span: Span) -> str:
        """A part as it is copied."""
        (first, left), (last, right) = span.start, span.end
        if not 0 <= first <= last <= self._last():
            return ""
        parts = []
        for number in range(first, last + 1):
            line = self._line(number)
            begin = left if span.block or number == first else 0
            end = right if span.block or number == last else len(line.texts)
            text = "".join(line.texts[begin : end + 1])
            goes_on = line.wrapped and not span.block and number < last
            parts.append(text if goes_on else text.rstrip(" ") + "\n")
        return "".join(parts)[:-1] if parts and parts[-1].endswith("\n") else "".join(parts)

    def logical_line(self, at: Position) -> Span | None:
        """The lines that belong together, up to the last character."""
        if not 0 <= at.line <= self._last():
            return None
        first = last = at.line
        while first > 0 and self._line(first - 1).wrapped:
            first -= 1
        while last < self._last() and self._line(last).wrapped:
            last += 1
        texts = self._line(last).texts
        filled = [column for column, text in enumerate(texts) if text not in ("", " ")]
        return Span(Position(first, 0), Position(last, filled[-1])) if filled else None

    def _spread(self, whole: Span) -> tuple[str, list[Position]]:
        """The text of lines that belong together, and where each of its characters stands."""
        letters, places = [], []
        for number in range(whole.start.line, whole.end.line + 1):
            for column, text in enumerate(self._line(number).texts):
                letters.append(text)
                places += [Position(number, column)] * len(text)
        return "".join(letters), places

    def word(self, at: Position) -> Span | None:
        """The word around a cell, wrapped or not."""
        if (whole := self.logical_line(at)) is None:
            return None
        text, places = self._spread(whole)
        for found in _WORD.finditer(text):
            if places[found.start()] <= at <= places[found.end() - 1]:
                return Span(places[found.start()], places[found.end() - 1])
        return None

    def search(self, needle: str) -> list[Span]:
        """Every place of a text, letter case ignored."""
        if not needle:
            return []
        sought, found, number = re.compile(re.escape(needle), re.IGNORECASE), [], 0
        while number <= self._last():
            if (whole := self.logical_line(Position(number, 0))) is not None:
                text, places = self._spread(whole)
                found += [Span(places[one.start()], places[one.end() - 1]) for one in sought.finditer(text)]
                number = whole.end.line
            number += 1
        return found
