"""The JSON shapes of operations, log lines and audit rows, from plain rows: what the light reads answer.

Field names are the reference product's. Only what SQLite and JSON load anyway is imported here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

TYPE_CHECKING = False  # `typing` costs milliseconds; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

    Row = Mapping[str, Any]
    Document = dict[str, Any]


def operation(row: Row) -> Document:
    """A recorded operation."""
    return {
        "id": row["id"],
        "serverId": row["server_id"] or None,
        "serverName": row["server_name"] if row["server_id"] else None,
        "kind": row["kind"],
        "status": row["status"],
        "dryRun": bool(row["dry_run"]),
        "requestedBy": row["requested_by"],
        "permissionScope": row["permission_scope"],
        "summary": row["summary"],
        "result": json.loads(row["result"]),
        "error": row["error"],
        "errorCode": row["error_code"],
        "startedAt": row["started_at"],
        "completedAt": row["completed_at"],
    }


def log_line(row: Row) -> Document:
    """One line of an operation's log."""
    return {
        "operationId": row["operation_id"],
        "sequence": row["sequence"],
        "createdAt": row["at"],
        "stream": row["stream"],
        "message": row["message"],
    }


def audit_entry(row: Row) -> Document:
    """One row of the audit trail."""
    return {
        "sequence": row["sequence"],
        "createdAt": row["at"],
        "actor": row["actor"],
        "permissionScope": row["scope"],
        "action": row["action"],
        "targetResource": row["target"],
        "phase": row["phase"],
        "outcome": row["outcome"],
        "operationId": row["operation_id"],
        "detail": json.loads(row["detail"]),
        "hash": row["hash"],
    }
