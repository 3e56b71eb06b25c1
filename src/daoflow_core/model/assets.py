"""Access assets, public facts only: nothing here can unlock anything."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ServerName:
    """A server as an asset's record of use names it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SshKey:
    """A managed SSH key; its private part lies sealed in the vault's table."""

    id: str
    name: str
    username: str | None
    fingerprint: str
    key_type: str
    bits: int
    public_key: str
    created_at: str
    updated_at: str
    rotated_at: str | None = None
    last_used_at: str | None = None
    version: int = 1
