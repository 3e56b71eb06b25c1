"""Rights beside the owner's own: tokens for scripts, and grants for a time."""

from __future__ import annotations

from dataclasses import dataclass

from daoflow_core.uptime import Uptime


@dataclass(frozen=True, slots=True)
class Term:
    """From when to when something holds, told by three clocks.

    `expires_at` is for the wall clock, `seconds` counts on the uptime of the same start of the machine, and
    `since_sequence` is the newest audit row of its making: later rows show how far time had come.
    """

    created_at: str
    expires_at: str
    seconds: int
    uptime: Uptime
    since_sequence: int


@dataclass(frozen=True, slots=True)
class Token:
    """A token as the store knows it: what it may, never what it is. `servers` is None for all of them."""

    id: str
    name: str
    prefix: str
    scopes: frozenset[str]
    servers: frozenset[str] | None
    term: Term
    created_by: str
    last_used_at: str | None = None
    revoked_at: str | None = None
    revoked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """One scope for one person on one server, for a time and a reason; `records` has its shells recorded."""

    id: str
    scope: str
    server_id: str
    granted_to: str
    reason: str
    term: Term
    records: bool = False
    revoked_at: str | None = None
    revoked_by: str | None = None
