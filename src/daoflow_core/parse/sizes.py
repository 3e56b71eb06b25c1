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


def size_words(count: int | None) -> str:
    """Bytes as Docker's command line prints them: decimal units, three digits; `?` for what is not known."""
    if count is None:
        return "?"
    number, power = float(count), 0
    while number >= 999.5 and power < len(_THOUSANDS) - 1:
        number, power = number / 1000, power + 1
    unit = f"{list(_THOUSANDS)[power]}B"
    return f"{number:.0f} {unit}" if number >= 100 or not power else f"{number:.3g} {unit}"
