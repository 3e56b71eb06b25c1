"""What is set off in a terminal's buffer: the selection, and where the words searched for stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from daoflow_tui.terminal.values import Position, Span

Part = tuple[int, int]
"""Columns of one line, from and up to."""


@dataclass(slots=True)
class Marks:
    """The selection from where it began to where it ends now, and the places found with the one gone to."""

    anchor: Position | None = None
    end: Position | None = None
    found: Sequence[Span] = field(default_factory=tuple)
    at: int = -1

    @property
    def any(self) -> bool:
        """Whether anything is set off."""
        return self.anchor is not None or bool(self.found)

    def clear(self) -> None:
        """Set nothing off."""
        self.anchor = self.end = None
        self.found, self.at = (), -1

    @property
    def selection(self) -> Span | None:
        """What is selected, its beginning first; None while nothing is."""
        if self.anchor is None or self.end is None:
            return None
        return Span(min(self.anchor, self.end), max(self.anchor, self.end))

    def on(self, line: int, width: int) -> Iterator[tuple[str, list[Part]]]:
        """What is to be drawn on one line, in which component style."""
        found = [part for span in self.found for part in _part(span, line, width)]
        if found:
            yield "found", found
        if 0 <= self.at < len(self.found) and (here := list(_part(self.found[self.at], line, width))):
            yield "here", here
        selection = self.selection
        if selection is not None and (selected := list(_part(selection, line, width))):
            yield "selected", selected


def _part(span: Span, line: int, width: int) -> Iterator[Part]:
    """The columns of a span on one line; its last cell belongs to it."""
    if span.start.line <= line <= span.end.line:
        start = span.start.column if line == span.start.line else 0
        end = span.end.column + 1 if line == span.end.line else width
        yield start, min(end, width)
