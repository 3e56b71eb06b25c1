"""The JSON shapes of answers about servers, from rows of the fleet query: hot path and full path share them.

Field names are the reference product's; what it lacks is added, never renamed. Only what SQLite and JSON load
anyway is imported here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from daoflow_core import expiry
from daoflow_core.model.places import PENDING_APPROVAL, is_local_address
from daoflow_core.stamps import seconds_between

TYPE_CHECKING = False  # `typing` costs milliseconds; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

    Row = Mapping[str, Any]
    Document = dict[str, Any]

STALE_AFTER = 3
"""Poll intervals after which a value is called stale."""

WORST_FIRST = {"blocked": 0, "attention": 1, "unknown": 2, "ready": 3}
_TONES = {"ready": "healthy", "attention": "running", "blocked": "failed", "unknown": "queued"}
_READINESS = (
    ("latencyMs", "latency_ms"),
    ("checkedAt", "checked_at"),
    ("dockerVersion", "docker_version"),
    ("composeVersion", "compose_version"),
    ("cpuPercent", "cpu_percent"),
    ("memPercent", "memory_percent"),
    ("diskPercent", "disk_percent"),
)


def status(
    rows: Iterable[Row], *, now: datetime, poll_interval_ms: int, certificates: Iterable[Row] = ()
) -> Document:
    """The whole fleet's readiness, worst first: the answer of `status`."""
    checks = sorted(
        (check(row, now=now, poll_interval_ms=poll_interval_ms) for row in rows),
        key=lambda one: (WORST_FIRST[one["status"]], one["name"], one["id"]),
    )
    servers = {"summary": summary(checks, poll_interval_ms), "checks": checks}
    return {"servers": servers, "certificates": expiring(certificates, now=now)}


def expiring(rows: Iterable[Row], *, now: datetime) -> Document:
    """How many certificates there are, and those that have ended or end within 30 days, soonest first."""
    known = [(row, json.loads(row["facts"])) for row in rows]
    ending = []
    for row, facts in known:
        found = [one for one in expiry.problems(facts, now) if one in ("expired", "critical", "expiring")]
        if found:
            until, left = expiry.valid_until(facts), expiry.days_left(facts, now)
            ending.append(
                {
                    "id": row["id"],
                    "name": row["name"],
                    "status": found[0],
                    "validUntil": until,
                    "daysLeft": left,
                }
            )
    ending.sort(key=lambda one: (one["validUntil"], one["name"]))
    return {"total": len(known), "ending": ending}


def summary(checks: Iterable[Document], poll_interval_ms: int) -> Document:
    """The fleet in numbers; the average counts successful checks over SSH only, and is None without one."""
    checks = list(checks)
    counts = dict.fromkeys(WORST_FIRST, 0)
    for one in checks:
        counts[one["status"]] += 1
    latencies = [
        one["latencyMs"]
        for one in checks
        if one["sshReachable"] and not one["local"] and one["latencyMs"] is not None
    ]
    return {
        "totalServers": len(checks),
        "readyServers": counts["ready"],
        "attentionServers": counts["attention"],
        "blockedServers": counts["blocked"],
        "unknownServers": counts["unknown"],
        "staleServers": sum(one["stale"] for one in checks),
        "pollIntervalMs": poll_interval_ms,
        "averageLatencyMs": round(sum(latencies) / len(latencies)) if latencies else None,
    }


def check(row: Row, *, now: datetime, poll_interval_ms: int) -> Document:
    """One server in `status`: the reference's fields, then id, name, environment and how old all this is."""
    known = readiness(row)
    checked_at = known["checkedAt"]
    age = None if checked_at is None else seconds_between(checked_at, now)
    return {
        "id": row["id"],
        "name": row["name"],
        "status": known["readinessStatus"],
        "environment": row["environment"] or None,
        "kind": row["kind"],
        "local": is_local_address(row["host"], row["ssh_port"]),
        "ageSeconds": age,
        "stale": age is not None and age * 1000 > STALE_AFTER * poll_interval_ms,
        "serverId": row["id"],
        "serverName": row["name"],
        "serverHost": row["host"],
        "sshPort": row["ssh_port"],
        "targetKind": row["kind"],
        "swarmTopology": swarm(row, now=now),
        "serverStatus": standing(row),
        "statusTone": _TONES[known["readinessStatus"]],
        **known,
    }


def readiness(row: Row) -> Document:
    """What the newest check found; None is *not known*, and every issue stands beside its next step."""
    known = row["readiness_server_id"] is not None
    issues = json.loads(row["readiness_issues"]) if known else []
    asked = (
        known and row["readiness_status"] != "unknown"
    )  # unknown: nothing was sent, so nothing was checked
    return {
        "readinessStatus": row["readiness_status"] if known else "unknown",
        "sshReachable": _flag(row["readiness_ssh_reachable"]),
        "dockerReachable": _flag(row["readiness_docker_reachable"]),
        "composeReachable": _flag(row["readiness_compose_reachable"]),
        **{name: row[f"readiness_{column}"] if asked else None for name, column in _READINESS},
        "usesSudo": bool(row["readiness_uses_sudo"]),
        "operationId": row["readiness_operation_id"],
        "issues": [one["message"] for one in issues],
        "issueCodes": [one["code"] for one in issues],
        "recommendedActions": list(dict.fromkeys(one["next_step"] for one in issues)),
    }


def standing(row: Row) -> str:
    """A server's standing in one word, or that its host key waits for approval."""
    local = is_local_address(row["host"], row["ssh_port"])
    if not local and row["approved_key_id"] is None:
        return PENDING_APPROVAL
    return str(row["readiness_status"] or "unknown")


def swarm(row: Row, *, now: datetime) -> Document | None:
    """What is kept of a manager's swarm, and how old it is; None before the first look, and for a plain engine."""
    if row["swarm_brief"] is None:
        return None
    brief: Document = json.loads(row["swarm_brief"])
    return {**brief, "ageSeconds": seconds_between(brief["observedAt"], now)}


def server(row: Row, *, now: datetime) -> Document:
    """One server of the inventory: where it is, what it is, what it is trusted by, and what it manages."""
    return {
        "id": row["id"],
        "name": row["name"],
        "host": row["host"],
        "sshPort": row["ssh_port"],
        "sshUser": row["ssh_user"],
        "region": row["region"],
        "kind": row["kind"],
        "targetKind": row["kind"],
        "swarmTopology": swarm(row, now=now),
        "environment": row["environment"] or None,
        "status": standing(row),
        "local": is_local_address(row["host"], row["ssh_port"]),
        "readOnly": bool(row["read_only"]),
        "dockerVersion": row["readiness_docker_version"],
        "composeVersion": row["readiness_compose_version"],
        "sshKeyId": row["ssh_key_id"],
        "sshKeyName": row["ssh_key_name"],
        "agentFingerprint": row["agent_fingerprint"],
        "hostKeyFingerprint": row["approved_fingerprint"],
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }


def server_list(rows: Iterable[Row], *, now: datetime) -> Document:
    """The inventory by name: the answer of `server list`."""
    return {"servers": [server(row, now=now) for row in rows]}


def _flag(value: int | None) -> bool | None:
    """A stored 0 or 1; None stays *not known*."""
    return None if value is None else bool(value)
