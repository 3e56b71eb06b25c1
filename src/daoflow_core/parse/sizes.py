"""Docker's words for sizes: decimal units and four digits, as its command line prints them."""

from __future__ import annotations

import re
from decimal import Decimal

_SIZE = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?(?:e\+[0-9]{1,2})?) ?(?P<unit>[kKMGTPEZY]?i?B)")
_THOUSANDS = {unit: power for power, unit in enumerate(("", "k", "M", "G", "T", "P", "E", "Z", "Y"))}


def size_bytes(text: str) -> int | None:
    """The bytes behind `21.4GB`, `130B`, or `9.8GB (45%)`; None for anything that is no size."""
    match = _SIZE.fullmatch(text.strip().split(" (")[0])
    if match is None:
        return None
    unit = match["unit"].removesuffix("B")
    base = 1024 if unit.endswith("i") else 1000
    return int(Decimal(match["number"]) * base ** _THOUSANDS[unit.removesuffix("i").replace("K", "k")])
