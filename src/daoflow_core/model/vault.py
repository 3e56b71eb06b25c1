"""What the vault keeps outside itself: places of sealed values, key slots, key generations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """The one place a sealed value is good for: moved to another row, field or version it does not open."""

    table: str
    row: str
    field: str
    version: int


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """One way to open the vault: the root, wrapped; `params` is JSON, bytes are base64url."""

    id: str
    kind: str
    params: str
    salt: str
    wrapped_root: str
    created_at: str
    status: str = "active"


@dataclass(frozen=True, slots=True)
class KekRecord:
    """One generation of the key that wraps value keys: `active` seals and opens, `retired` only opens."""

    kid: str
    status: str
    created_at: str


@dataclass(frozen=True, slots=True)
class VaultRecords:
    """Everything of the vault that the store keeps; without a slot's key it tells nothing."""

    database_id: str
    canary: str
    slots: tuple[SlotRecord, ...]
    keks: tuple[KekRecord, ...]
