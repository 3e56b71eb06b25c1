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
