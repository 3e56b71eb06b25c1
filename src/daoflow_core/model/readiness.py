"""Readiness: whether a server can be worked with, why not, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReadinessStatus(StrEnum):
    """The four standings of a server."""

    READY = "ready"
    ATTENTION = "attention"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: a stable code, a sentence, and the next step for the operator."""

    code: str
    message: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """The outcome of one check. `None` means *not asked or not known*, never zero or false.

    Latency in milliseconds; percentages 0–100 (CPU load may be over 100: load per core).
    """

    server_id: str
    status: ReadinessStatus
    checked_at: str
    issues: tuple[Issue, ...] = ()
    ssh_reachable: bool | None = None
    docker_reachable: bool | None = None
    compose_reachable: bool | None = None
    docker_version: str | None = None
    compose_version: str | None = None
    latency_ms: int | None = None
    uses_sudo: bool = False
    cpu_percent: int | None = None
    memory_percent: int | None = None
    disk_percent: int | None = None
    os_name: str | None = None
    swarm_state: str | None = None
    operation_id: str | None = None
