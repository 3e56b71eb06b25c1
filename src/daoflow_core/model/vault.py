"""What the vault keeps outside itself: where a sealed value belongs, its key slots and its key generations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The one place a sealed value is good for: moved to another row, field or version it does not open."""

    table: str
    row: str
    field: str
    version: int
