"""Time that no setting of the clock changes: how long this machine runs since it was started."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Uptime:
    """Which start of the machine, None where the system does not tell, and the seconds since, sleep included."""

    boot: str | None
    seconds: int


def uptime() -> Uptime:
    """The uptime of this machine."""
    try:
        boot: str | None = BOOT_ID.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        boot = None
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Uptime(boot, int(time.clock_gettime(clock)))
