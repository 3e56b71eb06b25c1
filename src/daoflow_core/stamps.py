"""Moments as records keep them and people read them; imports nothing that a hot read does not have."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """A moment as records keep it: ISO 8601, UTC, milliseconds (`2026-03-20T22:29:30.000Z`)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_stamp(text: str) -> datetime:
    """The moment behind a stamp of `stamp`."""
    return datetime.fromisoformat(text)


def seconds_between(earlier: str, later: datetime) -> int:
    """Whole seconds from a stamp to a moment, never negative: a clock set back must not make values fresher."""
    return max(0, int((later - parse_stamp(earlier)).total_seconds()))


def span(seconds: float) -> str:
    """A duration in the shortest words: `14s`, `2m`, `3h`, `41d`."""
    whole = int(seconds)
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole >= size:
            return f"{whole // size}{unit}"
    return f"{max(0, whole)}s"
