"""Amounts as people say them: bytes in Docker's decimal units or in binary ones; what is not known is `?`."""

from __future__ import annotations

_DECIMAL = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_BINARY = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def size(count: int | None) -> str:
    """Bytes as Docker says them: `12.4 GB`."""
    return _said(count, _DECIMAL)


def binary(count: int | None) -> str:
    """Bytes in powers of 1024, as memory and disks are counted: `7.8 GiB`."""
    return _said(count, _BINARY)


def _said(count: int | None, units: tuple[tuple[str, int], ...]) -> str:
    if count is None:
        return "?"
    for unit, worth in units:
        if count >= worth:
            amount = count / worth
            return f"{amount:.0f} {unit}" if amount >= 100 else f"{amount:.1f} {unit}"
    return f"{count} B"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 image`, `14 images`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def lasting(seconds: int) -> str:
    """A long time in two units: `41d 03h`, `3h 05m`, `12m`."""
    days, rest = divmod(max(seconds, 0), 86400)
    hours, rest = divmod(rest, 3600)
    if days:
        return f"{days}d {hours:02d}h"
    return f"{hours}h {rest // 60:02d}m" if hours else f"{rest // 60}m"
