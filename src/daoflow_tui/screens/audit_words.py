"""The columns of the audit trail, and its entries in words."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.state_mark import Role, State

if TYPE_CHECKING:
    from daoflow_core.model.audit import AuditEntry, AuditVerification

COLUMNS = (
    Column("sequence", "#", 6, "right"),
    Column("when", "WHEN", 19),
    Column("who", "WHO", 8),
    Column("action", "ACTION", 32, flex=True, max_width=36),
    Column("target", "TARGET", 16, drop=5),
    Column("outcome", "OUTCOME", 11),
    Column("detail", "DETAIL", 10, drop=9, flex=True),
)
ENDINGS = {
    "completed": Role.GOOD,
    "failed": Role.BAD,
    "denied": Role.LOOK,
    "cancelled": Role.OLD,
    "intent": Role.MUTED,
}
"""What an outcome means; any other word asks to be looked at."""


def chain_state(found: AuditVerification) -> State:
    """What a check of the chain found, in a few words."""
    if not found.ok:
        where = f" at #{found.first_bad_sequence}" if found.first_bad_sequence else ""
        return State(f"chain BROKEN{where}", Role.BAD)
    if found.head_mac_ok is None:
        return State("chain intact, but its head can't be checked while the vault is locked", Role.LOOK)
    return State("chain intact to #1", Role.GOOD)


def detail_of(entry: AuditEntry) -> str:
    """What is recorded beside the entry's own columns, in one line."""
    return ", ".join(f"{name} {value}" for name, value in entry.detail.items() if value is not None)


def json_of(entry: AuditEntry) -> str:
    """An entry as it is recorded."""
    return json.dumps({**asdict(entry), "detail": dict(entry.detail)}, indent=2, ensure_ascii=False)
