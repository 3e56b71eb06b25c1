"""A style as the sequence that selects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daoflow_tui.terminal.values import Colour, Style

_NUMBERS = {
    "bold": 1,
    "dim": 2,
    "italic": 3,
    "blink": 5,
    "inverse": 7,
    "invisible": 8,
    "strike": 9,
    "overline": 53,
}


def sgr(style: Style) -> bytes:
    """The sequence that selects exactly this style, whatever was selected before."""
    parts = ["0", *(str(number) for name, number in _NUMBERS.items() if getattr(style, name))]
    if style.underline:
        parts.append(f"4:{style.underline}")
    parts += (
        _colour(38, style.foreground) + _colour(48, style.background) + _colour(58, style.underline_colour)
    )
    return f"\x1b[{';'.join(parts)}m".encode()


def _colour(what: int, colour: Colour) -> list[str]:
    if colour is None:
        return []
    if isinstance(colour, int):
        return [f"{what}:5:{colour}"]
    red, green, blue = bytes.fromhex(colour[1:])
    return [f"{what}:2::{red}:{green}:{blue}"]
