"""Host keys: what a server showed, and what an operator approved."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HostKeyStatus(StrEnum):
    """observed → approved → superseded; a superseded key may be approved again by a rotation."""

    OBSERVED = "observed"
    APPROVED = "approved"
    SUPERSEDED = "superseded"


class Verification(StrEnum):
    """How the keys of the newest scan stand to the approved one."""

    UNAPPROVED = "unapproved"
    MATCH = "match"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class ScannedKey:
    """A public host key as a server showed it, `public_key` in base64 without algorithm or comment."""

    algorithm: str
    public_key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class HostKey:
    """A host key of one server and its standing; at most one is approved for a server."""

    id: str
    server_id: str
    algorithm: str
    public_key: str
    fingerprint: str
    status: HostKeyStatus
    observed_at: str
    last_observed_at: str
    approved_at: str | None = None
    approved_by: str | None = None
    superseded_at: str | None = None

    @property
    def scanned(self) -> ScannedKey:
        """The key itself, without its history."""
        return ScannedKey(self.algorithm, self.public_key, self.fingerprint)


@dataclass(frozen=True, slots=True)
class IdentityReport:
    """What is known of a server's host keys after a scan or a look into the store."""

    server_id: str
    approved: HostKey | None
    identities: tuple[HostKey, ...]
    verification: Verification
