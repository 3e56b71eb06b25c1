"""Audit rows as events of the Open Cybersecurity Schema Framework: class 6003, API Activity."""

from __future__ import annotations

from datetime import datetime

from daoflow_core import __version__
from daoflow_core.clock import parse_stamp
from daoflow_core.model.audit import AuditEntry, Phase

SCHEMA = "1.3.0"
CATEGORY, CLASS = 6, 6003
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
_ACTIVITIES = {
    CREATE: ("create", "register", "import", "generate", "add-slot", "backup"),
    READ: (
        "list",
        "show",
        "status",
        "check",
        "poll",
        "doctor",
        "logs",
        "verify",
        "preview",
        "plan",
        "observe",
    ),
    UPDATE: ("update", "approve", "rotate", "attach", "detach", "revoke", "change", "run", "cancel"),
    DELETE: ("delete", "remove", "remove-slot"),
}
_STATUS = {"completed": (1, "Success"), "pending": (99, "Other"), "unknown": (0, "Unknown")}
FAILURE = (2, "Failure")
INFORMATIONAL, MEDIUM = 1, 3


def event(entry: AuditEntry, database: str) -> dict[str, object]:
    """One row as one event; the links of the chain and what has no field of its own stand under `unmapped`."""
    activity = activity_of(entry.action)
    status_id, status = _STATUS.get(entry.outcome, FAILURE)
    kind, _, identifier = entry.target.partition("/")
    refused = entry.phase is Phase.DENIED
    return {
        "category_uid": CATEGORY,
        "class_uid": CLASS,
        "activity_id": activity,
        "type_uid": CLASS * 100 + activity,
        "time": _milliseconds(parse_stamp(entry.at)),
        "severity_id": MEDIUM if refused or status_id == FAILURE[0] else INFORMATIONAL,
        "status_id": status_id,
        "status": status,
        "status_detail": entry.outcome,
        "message": f"{entry.action} {entry.phase.value}: {entry.outcome}",
        "actor": {"user": {"name": entry.actor}},
        "api": {"operation": entry.action, "service": {"name": "daoflow-tui"}},
        "src_endpoint": {"name": "daoflow-tui", "uid": database},
        "resources": [{"type": kind, **({"uid": identifier} if identifier else {})}],
        "metadata": {
            "version": SCHEMA,
            "uid": f"{database}/{entry.sequence}",
            "sequence": entry.sequence,
            "log_name": "audit",
            "product": {"name": "daoflow-tui", "vendor_name": "DaoFlow", "version": __version__},
            **({"correlation_uid": entry.operation_id} if entry.operation_id else {}),
        },
        "unmapped": {
            "scope": entry.scope,
            "phase": entry.phase.value,
            "detail": dict(entry.detail),
            "previous": entry.previous,
            "hash": entry.hash,
        },
    }


def activity_of(action: str) -> int:
    """The framework's number for what an action does; what reads, makes, changes or removes nothing is *other*."""
    verb = action.rpartition(".")[2]
    return next((number for number, verbs in _ACTIVITIES.items() if verb in verbs), OTHER)


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
