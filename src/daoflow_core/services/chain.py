"""The arithmetic of the audit trail: how rows hang on each other and on the vault's key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from daoflow_core.ports import Vault
from daoflow_core.store.rows import to_json

GENESIS = "0" * 64
HASHED = (
    "sequence",
    "at",
    "actor",
    "scope",
    "action",
    "target",
    "phase",
    "outcome",
    "operation_id",
    "detail",
    "previous",
)


def row_hash(row: Mapping[str, object]) -> str:
    """SHA-256 over a row: every column as it is stored, `detail` as its text, and the hash before it."""
    body = to_json({name: row[name] for name in HASHED})
    return hashlib.sha256(f"daoflow-audit-v1\0{row['previous']}{body}".encode()).hexdigest()


def head_mac(vault: Vault, database_id: str, sequence: int, digest: str) -> str:
    """The head's keyed fingerprint, good for one database only. Raises VaultLocked."""
    return vault.mac("audit", f"daoflow-audit-head-v1\0{database_id}\0{sequence}\0{digest}".encode()).hex()


def same(mac: str, other: str) -> bool:
    """Compare two fingerprints in constant time; stored ones may be damaged beyond ASCII."""
    return hmac.compare_digest(mac.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
