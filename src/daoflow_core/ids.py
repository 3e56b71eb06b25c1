"""Ids that sort by the time they were made, within a millisecond too: a prefix, 48 bits of time, 80 random bits."""

from __future__ import annotations

import secrets
import time

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no letters that read as digits


_last = 0


def new_id(prefix: str) -> str:
    """A fresh id such as `srv_01jd3k…` (26 characters after the prefix)."""
    global _last
    number = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    if number <= _last and (_last >> 80) - (number >> 80) <= 1:  # the same millisecond, or one that ran over
        number = _last + 1 + secrets.randbits(64)  # random still: two threads may be here at once
    _last = number
    letters = [ALPHABET[number >> shift & 31] for shift in range(125, -5, -5)]
    return f"{prefix}_{''.join(letters)}"


def short(identifier: str) -> str:
    """An id as narrow columns show it: prefix and the last four characters (`op_…k3f9`)."""
    prefix, _, rest = identifier.partition("_")
    return f"{prefix}_…{rest[-4:]}"
