"""A server's trend; apart from the snapshots, because the recurring checks add to it and need no pydantic."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One point of a server's trend; percentages as in a snapshot, None where one was not known."""

    at: str
    cpu_percent: int | None
    memory_percent: int | None
    disk_percent: int | None
