"""Where log lines stand on screen, counted in the parts that each line is folded into."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich.cells import cell_len, chop_cells

from daoflow_tui.widgets.cells import plain

_MAX_TEXT = 16 * 1024  # what the core keeps of one line; nothing longer is folded


class Spot(NamedTuple):
    """A place in the log: a line, and which of its folded parts."""

    line: int
    part: int


PartsOf = Callable[[int], int]


def fold(text: str, width: int, wrap: bool) -> list[str]:
    """The parts a text is drawn as: one when not wrapping, else pieces of at most `width` cells."""
    words = plain(text[:_MAX_TEXT])
    if not wrap or width < 2 or cell_len(words) <= width:
        return [words]
    return chop_cells(words, width)


def advance(spot: Spot, steps: int, count: int, parts: PartsOf) -> Spot:
    """The spot so many parts further down, or up when negative; it stops at both ends of the log."""
    line, part = spot
    while steps > 0:
        left = parts(line) - 1 - part
        if steps <= left:
            return Spot(line, part + steps)
        if line + 1 >= count:
            return Spot(line, part + left)
        steps, line, part = steps - left - 1, line + 1, 0
    while steps < 0:
        if part + steps >= 0:
            return Spot(line, part + steps)
        if line == 0:
            return Spot(0, 0)
        steps, line = steps + part + 1, line - 1
        part = parts(line) - 1
    return Spot(line, part)


def last_top(count: int, height: int, parts: PartsOf) -> Spot:
    """The spot at the top of the screen when the last part of the log stands at its bottom."""
    if count == 0:
        return Spot(0, 0)
    return advance(Spot(count - 1, parts(count - 1) - 1), 1 - height, count, parts)
