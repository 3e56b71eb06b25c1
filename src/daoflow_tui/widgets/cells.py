"""From a cell's value to drawn segments of an exact width, with no control character left in them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from daoflow_core.text import clean
from daoflow_tui.widgets.state_mark import Glyphs, Role, State, Toned


class Tail(NamedTuple):
    """Words that their end tells apart, such as versions: without room they lose their beginning."""

    text: str


Cell = str | State | Toned | Text | Tail
Align = Literal["left", "right"]
RoleStyle = Callable[[Role], Style]

_MAX_CELL = 1024  # no cell is ever wider than a screen: cut before measuring


def plain(text: str) -> str:
    """One line of printable text: tabs and unusual spaces become a space here."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_printable, clean(text)))


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() else f"\\u{ord(character):04x}"


def fit(text: str, width: int, align: Align = "left", cut: str = "…") -> str:
    """`text` padded or cut to exactly `width` cells; a cut is shown by the sign `cut`."""
    if width <= 0:
        return ""
    text = text[:_MAX_CELL]
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, max(width - len(cut), 0)) + cut[:width]
    padding = " " * (width - length)
    return padding + text if align == "right" else text + padding


def fit_tail(text: str, width: int, align: Align = "left", cut: str = "…") -> str:
    """As `fit`, but what is cut is the beginning."""
    text = text[-_MAX_CELL:]
    if cell_len(text) > width:
        room = width - len(cut)
        while cell_len(text) > max(room, 0):
            text = text[1:]
        text = cut + text
    return fit(text, width, align, "")


def draw_cell(
    cell: Cell, width: int, align: Align, base: Style, styles: RoleStyle, glyphs: Glyphs
) -> list[Segment]:
    """The segments of one cell, together exactly `width` cells wide; a `str` is never read as markup."""
    if isinstance(cell, State):
        return [Segment(fit(_told(cell, glyphs), width, align, glyphs.cut), base + styles(cell.role))]
    if isinstance(cell, Toned):
        return [Segment(fit(plain(cell.text), width, align, glyphs.cut), base + styles(cell.role))]
    if isinstance(cell, Tail):
        return [Segment(fit_tail(plain(cell.text), width, align, glyphs.cut), base)]
    if isinstance(cell, Text):
        return _draw_text(cell, width, align, base, glyphs)
    return [Segment(fit(plain(cell), width, align, glyphs.cut), base)]


def _told(state: State, glyphs: Glyphs) -> str:
    return f"{glyphs.mark(state.role)} {plain(state.word)}"


def _draw_text(text: Text, width: int, align: Align, base: Style, glyphs: Glyphs) -> list[Segment]:
    """Clean runs that fit keep their styles; a text that has to be cleaned or cut is drawn bare."""
    bare = plain(text.plain)
    if bare != text.plain or cell_len(bare) > width:
        return [Segment(fit(bare, width, align, glyphs.cut), base)]
    runs = [Segment(run, base + (style or Style.null())) for run, style, _ in _runs(text)]
    padding = Segment(" " * (width - cell_len(bare)), base)
    return [padding, *runs] if align == "right" else [*runs, padding]


@cache
def _console() -> Console:
    return Console(color_system=None, width=_MAX_CELL)


def _runs(text: Text) -> list[Segment]:
    return list(text.render(_console(), end=""))
