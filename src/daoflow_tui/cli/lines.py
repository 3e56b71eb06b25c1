"""Answers as lines for people: aligned plain text, every meaning in words."""

from __future__ import annotations

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
    return [
        GAP.join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


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
