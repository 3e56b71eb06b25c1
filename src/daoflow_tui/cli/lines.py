"""Answers as lines for people: aligned plain text, every meaning in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from daoflow_core.stamps import span
from daoflow_core.text import cell_width, clean

if TYPE_CHECKING:
    from daoflow_core.model.operation import LogLine

GAP = "  "


def table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Rows under titles, each column as wide as its widest cell; a value that is not known is a dash."""
    cells = [list(titles), *([_cell(value) for value in row] for row in rows)]
    widths = [max(cell_width(row[index]) for row in cells) for index in range(len(titles))]
    room = _terminal_width()
    if sum(widths) + len(GAP) * (len(widths) - 1) > room and any(row[-1].count(" ") > 2 for row in cells[1:]):
        return _reasons_below(cells, widths, room)
    return [_joined(row, widths, GAP) for row in cells]


def _reasons_below(cells: Sequence[Sequence[str]], widths: Sequence[int], room: int) -> list[str]:
    """On a terminal too narrow for the last column, its sentences stand below their rows and wrap at words."""
    import textwrap  # only a narrow terminal pays for it

    gap = GAP if sum(widths[:-1]) + len(GAP) * (len(widths) - 2) <= room else " "
    below: list[str] = []
    for number, row in enumerate(cells):
        below.append(_joined(row[:-1], widths[:-1], gap))
        if number and row[-1] != "-":
            below += textwrap.wrap(row[-1], max(room, 20), initial_indent="    ", subsequent_indent="    ")
    return below


def _joined(row: Sequence[str], widths: Sequence[int], gap: str) -> str:
    return gap.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _terminal_width() -> int:
    """The cells of the terminal that reads this; without one nothing is ever too wide."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or sys.maxsize
    except (OSError, ValueError):
        return sys.maxsize


def facts(pairs: Sequence[tuple[str, object]]) -> list[str]:
    """Names and values, one a line, the values in one column."""
    width = max((len(name) for name, _ in pairs), default=0)
    return [f"{name:<{width}}{GAP}{_cell(value)}" for name, value in pairs]


def log_line(one: LogLine) -> str:
    """One line of an operation's log: its number, time, stream and words."""
    return f"{one.sequence:>6}  {one.at[11:23]}  {one.stream.value:<6}  {one.message}"


def age(seconds: int | None) -> str:
    """How long ago something was seen."""
    return "never" if seconds is None else f"{span(seconds)} ago"


def yes_no(value: bool | None) -> str:
    """A truth value in words; not known is not no."""
    return "not known" if value is None else "yes" if value else "no"


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return yes_no(value)
    return clean(str(value))


def _padded(cell: str, width: int) -> str:
    return cell + " " * (width - cell_width(cell))
