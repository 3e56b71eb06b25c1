"""Answers about the vault; none holds anything that helps to open it."""

from __future__ import annotations

from typing import Literal

from daoflow_tui.cli.answers.base import Answer, Moment

Kind = Literal["keyfile", "passphrase", "environment", "keyring"]


class VaultSlot(Answer):
    """One way to open the vault."""

    id: str
    kind: Kind
    createdAt: Moment
    status: str


class Generation(Answer):
    """One generation of the key that seals, and how many values are under it."""

    kid: str
    status: Literal["active", "retired"]
    createdAt: Moment
    values: int


class VaultStatus(Answer):
    """Whether the vault is open, and what opens it."""

    locked: bool
    reason: str | None
    slots: list[VaultSlot]
    generations: list[Generation]


class VaultVerified(Answer):
    """Every sealed value was opened; `behind` are under an older key than the active one."""

    ok: bool
    values: int
    damaged: list[str]
    behind: int


class VaultSlotChanged(Answer):
    """The slot that was added or removed."""

    slot: VaultSlot


class VaultUnlocked(Answer):
    """The key file that opens the vault without a person."""

    slot: VaultSlot
    keyFile: str


class VaultLocked(Answer):
    """What opens the vault no more, and what to know about it."""

    removed: list[VaultSlot]
    notes: list[str]


class VaultRotated(Answer):
    """The key that seals now."""

    kid: str
    generation: int
    rewrapped: int
    resumed: bool


class BackedUp(Answer):
    """The file that was made, and what opens it."""

    file: str
    createdAt: Moment
    database: str
    auditSequence: int
    opensBy: list[Kind]
    holdsKeyFile: bool
    files: list[str]


class Restored(Answer):
    """What stands now."""

    file: str
    createdAt: Moment
    database: str
    servers: int
    values: int
    auditEntries: int
