"""Styles of the ghostty engine: read from the bytes of its struct, made once for every distinct one."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from daoflow_tui.terminal.values import PLAIN, Style

if TYPE_CHECKING:
    from daoflow_tui.terminal.values import Colour

_PALETTE, _RGB = 1, 2


@lru_cache(maxsize=16_384)  # true colour makes many; each is about 1 KB
def style_of(raw: bytes) -> Style:
    """The style that 72 bytes of a `GhosttyStyle` say (offsets: `ghostty_library`)."""
    style = Style(
        foreground=_colour(raw[8:24]),
        background=_colour(raw[24:40]),
        underline_colour=_colour(raw[40:56]),
        bold=bool(raw[56]),
        italic=bool(raw[57]),
        dim=bool(raw[58]),
        blink=bool(raw[59]),
        inverse=bool(raw[60]),
        invisible=bool(raw[61]),
        strike=bool(raw[62]),
        overline=bool(raw[63]),
        underline=raw[64],
    )
    return PLAIN if style == PLAIN else style


@lru_cache(maxsize=4096)
def with_background(style: Style, background: Colour) -> Style:
    """The same style on another background: an erased cell keeps its colour in its content."""
    return replace(style, background=background)


def _colour(raw: bytes) -> Colour:
    tag = raw[0]
    if tag == _PALETTE:
        return raw[8]
    return f"#{raw[8:11].hex()}" if tag == _RGB else None
