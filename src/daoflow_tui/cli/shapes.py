"""The JSON shapes of records that are not servers: operations, log lines, audit entries, keys, host keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daoflow_core.model.assets import SshKey
    from daoflow_core.model.audit import AuditEntry
    from daoflow_core.model.identity import HostKey
    from daoflow_core.model.operation import LogLine, Operation
    from daoflow_core.model.server import Server


def operation(one: Operation) -> dict[str, Any]:
    """A recorded operation."""
    return {
        "id": one.id,
        "serverId": one.server_id,
        "serverName": one.server_name,
        "kind": one.kind.value,
        "status": one.status.value,
        "dryRun": one.dry_run,
        "requestedBy": one.requested_by,
        "permissionScope": one.permission_scope,
        "summary": one.summary,
        "result": dict(one.result),
        "error": one.error,
        "errorCode": one.error_code,
        "startedAt": one.started_at,
        "completedAt": one.completed_at,
    }


def log_line(one: LogLine) -> dict[str, Any]:
    """One line of an operation's log."""
    return {
        "operationId": one.operation_id,
        "sequence": one.sequence,
        "createdAt": one.at,
        "stream": one.stream.value,
        "message": one.message,
    }


def audit_entry(one: AuditEntry) -> dict[str, Any]:
    """One row of the audit trail."""
    return {
        "sequence": one.sequence,
        "createdAt": one.at,
        "actor": one.actor,
        "permissionScope": one.scope,
        "action": one.action,
        "targetResource": one.target,
        "phase": one.phase.value,
        "outcome": one.outcome,
        "operationId": one.operation_id,
        "detail": dict(one.detail),
        "hash": one.hash,
    }


def ssh_key(one: SshKey, users: Iterable[Server] = ()) -> dict[str, Any]:
    """A managed key, public facts only."""
    return {
        "id": one.id,
        "name": one.name,
        "username": one.username,
        "fingerprint": one.fingerprint,
        "keyType": one.key_type,
        "bits": one.bits,
        "publicKey": one.public_key,
        "hasPrivateKey": True,
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
        "rotatedAt": one.rotated_at,
        "lastUsedAt": one.last_used_at,
        "servers": servers(users),
    }


def servers(users: Iterable[Server]) -> list[dict[str, str]]:
    """The servers that use an asset, by name."""
    return [{"id": one.id, "name": one.name} for one in users]


def deleted(asset_id: str, name: str, users: Iterable[Server]) -> dict[str, Any]:
    """An asset that is gone, and the servers it was taken from."""
    return {"deleted": True, "id": asset_id, "name": name, "detachedFrom": servers(users)}


def host_key(one: HostKey) -> dict[str, Any]:
    """A host key that a server showed, and its standing."""
    return {
        "id": one.id,
        "serverId": one.server_id,
        "algorithm": one.algorithm,
        "publicKey": one.public_key,
        "fingerprint": one.fingerprint,
        "status": one.status.value,
        "observedAt": one.observed_at,
        "lastObservedAt": one.last_observed_at,
        "approvedAt": one.approved_at,
        "approvedBy": one.approved_by,
        "supersededAt": one.superseded_at,
    }
