"""The JSON shapes of records that are not servers: operations, log lines, audit entries, keys, host keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from daoflow_core.model.assets import ServerName, SshKey
    from daoflow_core.model.audit import AuditEntry
    from daoflow_core.model.identity import HostKey
    from daoflow_core.model.operation import LogLine, Operation
    from daoflow_core.model.server import Server
    from daoflow_core.services.certificates import Standing


def operation(one: Operation) -> dict[str, Any]:
    """A recorded operation."""
    return {
        "id": one.id,
        "serverId": one.server_id or None,
        "serverName": one.server_name if one.server_id else None,
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


def ssh_key(one: SshKey, users: Iterable[Server | ServerName] = ()) -> dict[str, Any]:
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


def servers(users: Iterable[Server | ServerName]) -> list[dict[str, str]]:
    """The servers that use an asset, by name."""
    return [{"id": one.id, "name": one.name} for one in users]


def deleted(asset_id: str, name: str, users: Iterable[Server | ServerName]) -> dict[str, Any]:
    """An asset that is gone, and the servers it was taken from."""
    return {"deleted": True, "id": asset_id, "name": name, "detachedFrom": servers(users)}


def certificate(standing: Standing) -> dict[str, Any]:
    """A certificate's public facts, one by one, and how it stands now."""
    one, facts = standing.certificate, standing.certificate.facts
    return {
        "id": one.id,
        "name": one.name,
        "fingerprint": facts.fingerprint,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serialNumber": facts.serial,
        "notBefore": facts.not_before,
        "expiresAt": facts.not_after,
        "validUntil": standing.valid_until,
        "daysLeft": standing.days_left,
        "status": standing.status,
        "problems": list(standing.problems),
        "domains": list(facts.domains),
        "keyType": facts.key_type,
        "keyBits": facts.key_bits,
        "signatureHash": facts.signature,
        "isCa": facts.is_ca,
        "hasPrivateKey": facts.has_private_key,
        "hasCaChain": bool(facts.chain),
        "chainTrust": facts.trust,
        "chain": [
            {"subject": link.subject, "fingerprint": link.fingerprint, "expiresAt": link.not_after}
            for link in facts.chain
        ],
        "weaknesses": list(facts.weaknesses),
        "servers": servers(standing.servers),
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
        "rotatedAt": one.rotated_at,
    }


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
