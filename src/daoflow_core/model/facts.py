"""What the sections of a probe say about a host, read but not judged; None is *not known*, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """The operating system's own names for itself."""

    name: str | None
    kernel: str | None


@dataclass(frozen=True, slots=True)
class LoadFacts:
    """How busy a host is. Percentages: load per core (may pass 100), memory and disk `/` in use."""

    cores: int | None = None
    cpu_percent: int | None = None
    memory_percent: int | None = None
    disk_percent: int | None = None


class Fault(StrEnum):
    """Why a question about Docker has no answer."""

    MISSING = "missing"
    STANDALONE = "standalone"
    DENIED = "denied"
    DOWN = "down"
    HUNG = "hung"
    SKIPPED = "skipped"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """Docker's version and how it was reached (`plain`, `rootless`, `sudo`), or a fault in its words."""

    version: str | None = None
    way: str | None = None
    fault: Fault | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class ComposeFacts:
    """The Compose plugin's version, or a fault; a standalone program's version stands in `words`."""

    version: str | None = None
    fault: Fault | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class SwarmFacts:
    """A node's state (`active`, `inactive`, `pending`, `locked`, `error`) and whether it is a manager.

    `words` are the engine's own about what is wrong; the managers' numbers are None where it did not tell them.
    """

    state: str | None = None
    manager: bool | None = None
    managers: int | None = None
    reachable: int | None = None
    fault: Fault | None = None
    words: str = ""
