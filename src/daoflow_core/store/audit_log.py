"""Queries on the audit trail; only the recorder's trail calls the ones that write."""

from __future__ import annotations

from daoflow_core.model.audit import AuditEntry, Phase
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows, sql
from daoflow_core.store.rows import Readable

BEFORE_ALL = -(2**63)
COLUMNS = (
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
    "hash",
)


def from_row(row: Row) -> AuditEntry:
    """The audit entry that a row stands for."""
    values = {name: row[name] for name in COLUMNS}
    return AuditEntry(
        **{**values, "phase": Phase(values["phase"]), "detail": rows.from_json(values["detail"])}
    )


async def insert(transaction: Transaction, values: Row) -> None:
    """Add one row; the store refuses a gap and a broken chain."""
    await rows.insert(transaction, "audit", {name: values[name] for name in COLUMNS})


async def set_head(transaction: Transaction, sequence: int, digest: str, mac: str) -> None:
    """Move the head to the row just added."""
    await transaction.run(
        "insert into audit_head (id, sequence, hash, mac) select 1, ?, ?, ? "
        "where not exists (select 1 from audit_head)",
        (sequence, digest, mac),
    ) or await transaction.run(
        "update audit_head set sequence = ?, hash = ?, mac = ? where id = 1", (sequence, digest, mac)
    )


async def head(source: Readable) -> Row:
    """The head and the newest row, in one statement so that both are of one moment.

    Columns: sequence, hash, mac (None when there is no head), last (None when there are no rows), and fits: whether
    the newest row has the hash that the head names. Damaged text is shown with replacement marks, not refused.
    """
    found = await source.rows(
        "select h.sequence, cast(h.hash as blob) as hash, cast(h.mac as blob) as mac, a.last, "
        "h.hash = (select hash from audit where sequence = a.last) as fits "
        "from (select max(sequence) as last from audit) a left join audit_head h on h.id = 1"
    )
    row = found[0]
    texts = {name: row[name] and bytes(row[name]).decode("utf-8", "replace") for name in ("hash", "mac")}
    return {**row, **texts}


async def count(source: Readable, upto: int) -> int:
    """How many rows there are up to a sequence: as many as it says, if none is missing or slipped in."""
    found = await source.rows("select count(*) as n from audit where sequence <= ?", (upto,))
    return int(found[0]["n"])


async def intent_of(source: Readable, operation_id: str) -> AuditEntry | None:
    """The intent that an operation began with."""
    row = await rows.one(
        source,
        f"select {sql.AUDIT} from audit where operation_id = ? and phase = 'intent' "
        "order by sequence limit 1",
        (operation_id,),
    )
    return from_row(row) if row else None


async def newest(source: Readable, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """Audit entries, newest first; `before` is the sequence that the page before ended with."""
    return [from_row(row) for row in await source.rows(*sql.audit_entries(before, limit))]


async def raw(source: Readable, after: int, limit: int) -> list[Row]:
    """Rows as they lie in the file, oldest first: every column as bytes beside its storage type."""
    columns = ", ".join(
        f"cast({name} as blob) as {name}, typeof({name}) as {name}_type" for name in COLUMNS[1:]
    )
    return await source.rows(
        f"select sequence, {columns} from audit where sequence > ? order by sequence limit ?", (after, limit)
    )
