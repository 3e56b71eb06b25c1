"""Answers of an engine to a program, without what nobody here knows: how large anything is in pixels."""

from __future__ import annotations

import re

# Sizes in pixels, and sizes in cells that name pixels too: zero of them makes programs divide by zero.
_SIZES = re.compile(rb"\x1b\[(?:[456];0;0t|48;[0-9]+;[0-9]+;0;0t)")
_PIXEL_MODES = re.compile(
    rb"(\x1b\[\?(?:1016|2048));[0-9]\$y"
)  # the mouse in pixels, sizes told in the bytes


def honest(said: bytes) -> bytes:
    """The answers without sizes in pixels; modes that need them are not known here."""
    return _PIXEL_MODES.sub(rb"\1;0$y", _SIZES.sub(b"", said))
