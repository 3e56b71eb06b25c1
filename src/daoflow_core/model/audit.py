"""The audit trail: who did what, when, under which scope, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """An action leaves an intent before it and an outcome after it; a refusal leaves one denial."""

    INTENT = "intent"
    OUTCOME = "outcome"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link of the hash chain: `hash` covers every field here and `previous`, the hash before it."""

    sequence: int
    at: str
    actor: str
    scope: str
    action: str
    target: str
    phase: Phase
    outcome: str
    operation_id: str | None
    detail: Mapping[str, object]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditVerification:
    """What a check of the whole trail found.

    `ok` says that nothing that was checked is wrong. `head_mac_ok` is None while the vault is locked,
    `triggers_ok` for a file, which has none.
    `rollback_checked` is False without an anchor of this database: a trail put back to an older state then
    looks like that older state. `not_seen` says in words what this check could not have seen.
    """

    ok: bool
    entries: int
    first_bad_sequence: int | None
    reason: str | None
    head_mac_ok: bool | None
    triggers_ok: bool | None
    anchors_checked: int
    anchors_damaged: int
    rollback_checked: bool
    not_seen: tuple[str, ...] = ()
