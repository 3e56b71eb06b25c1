"""Time, in one place: UTC for people and records, monotonic for waiting; tests put their own clock in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from daoflow_core.stamps import parse_stamp, seconds_between, span, stamp

__all__ = ["Clock", "SystemClock", "parse_stamp", "seconds_between", "span", "stamp"]


class Clock(Protocol):
    """What the core asks of time."""

    def now(self) -> datetime:
        """The wall clock, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only grow, for durations and deadlines."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        return time.monotonic()
