"""The settings in force, and where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """From which percentage a resource is worth attention, and from which it is a fault."""

    warn: int
    hard: int


@dataclass(frozen=True, slots=True)
class Origin:
    """One setting with its source: a file, an environment variable, `command line` or `default`."""

    key: str
    value: object
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator can set; `keys` holds the rebound commands only, by command id."""

    poll_interval_ms: int
    theme: str
    ascii: bool
    mouse: bool
    read_only: bool
    confirm: str
    cpu: Limit
    memory: Limit
    disk: Limit
    keys: Mapping[str, tuple[str, ...]]
    origin_of: tuple[Origin, ...]
    terminal_idle_minutes: int = 30

    def origins(self) -> tuple[Origin, ...]:
        """Every setting with its value and source, by key."""
        return self.origin_of
