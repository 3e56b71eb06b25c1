"""Processes known by pid and start time, so that a pid that was given to another program is never touched."""

import os
import signal
from contextlib import suppress
from pathlib import Path


def start_time(pid: int) -> int | None:
    """Tell when the process started (clock ticks since boot), None when it does not run."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def is_alive(pid: int, started: int) -> bool:
    """Tell whether the very process that was recorded still runs."""
    return start_time(pid) == started


def child_of(pid: int) -> int | None:
    """Find the only child of a process, None when it has none (yet)."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := _stat(int(entry.name))) and int(fields[1]) == pid:
            return int(entry.name)
    return None


def kill(pid: int) -> None:
    """End a process that may already have ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    """Read the fields of /proc/PID/stat from the third on; a process that has ended (a zombie) has none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [] if fields[0] in "ZX" else fields
