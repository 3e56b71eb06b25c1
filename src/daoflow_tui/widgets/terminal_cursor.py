"""The cursor of an emulated terminal: block, underline and bar told apart in a grid of cells, the letter never hidden.

It is drawn, not handed to the outer terminal: that one's cursor has a colour of its own, which a theme may hide.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from daoflow_tui.terminal.values import Cursor, Shape
from daoflow_tui.widgets.terminal_painter import Palette, blended, set_off

_SOLID = RichStyle(reverse=True)
_HOLLOW = RichStyle(underline=True, bold=True)
_BAR_SIGN = "\N{LEFT ONE EIGHTH BLOCK}"
_BAR_TINT, _UNDERLINE_TINT = 0.4, 0.2


def with_cursor(strip: Strip, cursor: Cursor, width: int, palette: Palette, *, solid: bool) -> Strip:
    """A strip with the cursor on one of its cells; it stands whole on a wide character, hollow without the keyboard."""
    start = cursor.column
    end = min(start + width, strip.cell_length)
    blank = strip.crop(start, end).text == " "
    if solid and blank and cursor.shape is Shape.BAR:
        strip = _with_bar(strip, start)
        style = RichStyle(bold=True)
    else:
        style = _style(cursor.shape, palette) if solid else _HOLLOW
    if solid and blank and cursor.blinking:
        style += RichStyle(blink=True)  # over a letter, the letter would come and go
    return set_off(strip, [(start, end)], style)


def _style(shape: Shape, palette: Palette) -> RichStyle:
    """How the character under it is drawn; the colours of the outer terminal can't be mixed."""
    if shape is Shape.BLOCK:
        return _SOLID
    if shape is Shape.UNDERLINE:
        tint = _tint(palette, _UNDERLINE_TINT)
        return RichStyle(underline=True, bold=True) + (tint or RichStyle())
    return _tint(palette, _BAR_TINT) or _SOLID + RichStyle(underline=True, overline=True)


def _tint(palette: Palette, share: float) -> RichStyle | None:
    """Letters in the plain foreground, on a background that goes some way towards it."""
    mixed = blended(palette, share)
    if mixed is None:
        return None
    return RichStyle(color=palette.foreground, bgcolor=mixed, bold=True, reverse=False)


def _with_bar(strip: Strip, column: int) -> Strip:
    """A line at the left edge of a blank."""
    before, blank, after = strip.divide([column, column + 1, strip.cell_length])
    made = [Segment(_BAR_SIGN, segment.style) for segment in blank]
    return Strip.join([before, Strip(made, 1), after])
