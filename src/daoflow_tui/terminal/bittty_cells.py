"""Cells of the bittty engine in our words."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from daoflow_tui.terminal.drawing import Piece, fit
from daoflow_tui.terminal.values import PLAIN, Cell, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daoflow_tui.terminal.values import Colour, Run

Native = Any  # an object of the library, which brings no types
_UNDERLINES = {None: 1, "double": 2, "curly": 3, "dotted": 4, "dashed": 5}


@lru_cache(maxsize=16_384)
def style_of(native: Native) -> Style:
    """The style in our words."""
    style = Style(
        foreground=_colour(native.fg),
        background=_colour(native.bg),
        underline_colour=_colour(native.underline_color),
        bold=bool(native.bold),
        dim=bool(native.dim),
        italic=bool(native.italic),
        underline=_UNDERLINES.get(native.underline_style, 1) if native.underline else 0,
        blink=bool(native.blink),
        inverse=bool(native.reverse),
        invisible=bool(native.conceal),
        strike=bool(native.strike),
        overline=bool(native.overline),
    )
    return PLAIN if style == PLAIN else style


def _colour(native: Native) -> Colour:
    if native is None or native.mode == "default":
        return None
    if native.mode == "indexed":
        return int(native.value)
    red, green, blue = native.value
    return f"#{red:02x}{green:02x}{blue:02x}"


def cells_of(row: Sequence[tuple[Native, str]], columns: int) -> list[Cell]:
    """A row as cells, exactly this many."""
    texts = [text for _, text in row] + [" "] * columns
    found: list[Cell] = []
    for column in range(columns):
        native = row[column][0] if column < len(row) else None
        style, link = (style_of(native), native.hyperlink) if native is not None else (PLAIN, None)
        text = texts[column]
        if text == "" and found and found[-1].width == 2:
            found.append(Cell("", 0, style, link))
        else:
            wide = column + 1 < columns and texts[column + 1] == ""
            found.append(Cell(text or " ", 2 if wide else 1, style, link))
    return found


def runs_of(row: Sequence[tuple[Native, str]], columns: int) -> tuple[Run, ...]:
    """A row as runs, exactly this many columns."""
    cells = [cell for cell in cells_of(row, columns) if cell.width]
    return fit(_piece(list(same)) for _, same in groupby(cells, itemgetter(2, 3)))


def _piece(cells: list[Cell]) -> Piece:
    return Piece(
        "".join([cell.text for cell in cells]),
        sum([cell.width for cell in cells]),
        cells[0].style,
        cells[0].link,
        [(cell.text, cell.width) for cell in cells],
    )
