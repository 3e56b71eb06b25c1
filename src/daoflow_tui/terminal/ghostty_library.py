"""The native library of the ghostty engine: loaded once, its memory layout compared with what we read by."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

# The bits of a cell (u64) and where a style keeps what: `ghostty_rows` and `ghostty_styles` read memory by these.
_CELL = {
    "content_tag": (0, 2),
    "content": (2, 24),
    "style_id": (26, 16),
    "wide": (42, 2),
    "hyperlink": (45, 1),
}
_STYLE = {
    "fg_color": 8,
    "bg_color": 24,
    "underline_color": 40,
    "bold": 56,
    "italic": 57,
    "faint": 58,
    "blink": 59,
    "inverse": 60,
    "invisible": 61,
    "strikethrough": 62,
    "overline": 63,
    "underline": 64,
}
_SIZES = {"GhosttyCell": 8, "GhosttyStyle": 72, "GhosttyStyleColor": 16, "GhosttyGridRef": 24}
Native = Any  # an object of the C interface
# Unions can't be passed by value: these have the same size, alignment and place in a call.
_TWINS = """
typedef struct { uint32_t tag; uint32_t gap; uint64_t value; uint64_t rest; } DaoflowScroll;
typedef struct { uint32_t tag; uint32_t gap; uint16_t x; uint32_t y; uint64_t rest; } DaoflowPoint;
"""


class Unusable(Exception):
    """The native library is not here, or not the one this adapter was written for; the words say which."""


@cache
def load() -> tuple[Native, Native]:
    """Cffi's `ffi` and `lib` of the library.

    Raises:
        Unusable: it does not load, or lays a cell or a style out in another way.

    """
    try:
        from pyghostty import ffi, lib

        check_layout(ffi.string(lib.ghostty_type_json()))
        _declare_twins(ffi)
    except (ImportError, OSError, AttributeError, TypeError, AssertionError) as error:
        raise Unusable(f"the native terminal library does not load: {error}") from None
    return ffi, lib


@cache
def _declare_twins(ffi: Native) -> None:
    """Declare them once: a second time is an error."""
    ffi.cdef(_TWINS)


def check_layout(types_json: bytes) -> None:
    """Compare what the library says of its own memory with what this adapter reads.

    Raises:
        Unusable: something lies elsewhere, or is not told.

    """
    try:
        types = json.loads(types_json)["types"]
        bits = types["GhosttyCell"]["bits"]
        told = {name: (bits[name]["lsb"], bits[name]["width"]) for name in _CELL}
        fields = types["GhosttyStyle"]["fields"]
        offsets = {name: fields[name]["offset"] for name in _STYLE}
        sizes = {name: types[name]["size"] for name in _SIZES}
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"the native terminal library does not tell its layout: {error!r}") from None
    if (told, offsets, sizes) != (_CELL, _STYLE, _SIZES):
        raise Unusable("the native terminal library lays its cells out in another way than the one we know")
