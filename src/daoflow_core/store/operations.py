"""Queries on operations and their logs; only the recorder calls the ones that write."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus, Stream
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows, sql
from daoflow_core.store.rows import Readable

LINES_A_STATEMENT = 200


def from_row(row: Row) -> Operation:
    """The operation that a row stands for."""
    return Operation(
        id=row["id"],
        server_id=row["server_id"],
        server_name=row["server_name"],
        kind=OperationKind(row["kind"]),
        status=OperationStatus(row["status"]),
        dry_run=bool(row["dry_run"]),
        requested_by=row["requested_by"],
        permission_scope=row["permission_scope"],
        summary=row["summary"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        result=rows.from_json(row["result"]),
        error=row["error"],
        error_code=row["error_code"],
        owner=row["owner"],
    )


def line_from_row(row: Row) -> LogLine:
    """The log line that a row stands for."""
    return LogLine(row["operation_id"], row["sequence"], row["at"], Stream(row["stream"]), row["message"])


async def insert(transaction: Transaction, operation: Operation) -> None:
    """Add an operation; the store takes only one that is running."""
    await rows.insert(
        transaction,
        "operations",
        {
            "id": operation.id,
            "server_id": operation.server_id,
            "server_name": operation.server_name,
            "kind": operation.kind.value,
            "status": operation.status.value,
            "dry_run": int(operation.dry_run),
            "requested_by": operation.requested_by,
            "permission_scope": operation.permission_scope,
            "summary": operation.summary,
            "result": rows.to_json(operation.result),
            "owner": operation.owner,
            "started_at": operation.started_at,
        },
    )


async def finish(transaction: Transaction, operation: Operation) -> bool:
    """Write how a running operation ended; False when it had ended before."""
    touched = await transaction.run(
        "update operations "
        "set status = ?, summary = ?, result = ?, error = ?, error_code = ?, completed_at = ? "
        "where id = ? and status = 'running'",
        (
            operation.status.value,
            operation.summary,
            rows.to_json(operation.result),
            operation.error,
            operation.error_code,
            operation.completed_at,
            operation.id,
        ),
    )
    return bool(touched)


async def append_lines(transaction: Transaction, lines: Sequence[LogLine]) -> None:
    """Add log lines; the store refuses a gap, and any line after the end."""
    for start in range(0, len(lines), LINES_A_STATEMENT):
        piece = lines[start : start + LINES_A_STATEMENT]
        marks = ", ".join(["(?, ?, ?, ?, ?)"] * len(piece))
        values = [
            value
            for line in piece
            for value in (line.operation_id, line.sequence, line.at, line.stream.value, line.message)
        ]
        await transaction.run(
            f"insert into operation_logs (operation_id, sequence, at, stream, message) values {marks}", values
        )


async def by_id(source: Readable, operation_id: str) -> Operation | None:
    """The operation with this id."""
    row = await rows.one(source, sql.OPERATION_BY_ID, (operation_id,))
    return from_row(row) if row else None


async def newest(
    source: Readable,
    *,
    server_id: str | None = None,
    kind: OperationKind | None = None,
    status: OperationStatus | None = None,
    before: str | None = None,
    limit: int = 50,
) -> list[Operation]:
    """Operations, newest first, of one server or all; `before` is the id that the last page ended with."""
    found = await source.rows(*sql.operations(server_id, kind, status, before, limit))
    return [from_row(row) for row in found]


async def oldest(
    source: Readable, *, server_id: str | None = None, after: str = "", limit: int = 100
) -> list[Operation]:
    """Operations, oldest first, of one server or all, after the id that the last page ended with."""
    where, given = ("server_id = ? and ", (server_id,)) if server_id is not None else ("", ())
    found = await source.rows(
        f"select {sql.OPERATION} from operations where {where}id > ? order by id limit ?",
        (*given, after, limit),
    )
    return [from_row(row) for row in found]


async def running(source: Readable) -> list[Operation]:
    """Every operation that has not ended, oldest first."""
    found = await source.rows(f"select {sql.OPERATION} from operations where status = 'running' order by id")
    return [from_row(row) for row in found]


async def lines(source: Readable, operation_id: str, after: int = 0, limit: int = 200) -> list[LogLine]:
    """A page of a log: the lines after a sequence, oldest first."""
    return [line_from_row(row) for row in await source.rows(sql.LOG_LINES, (operation_id, after, limit))]


async def tail(source: Readable, operation_id: str, limit: int = 200) -> list[LogLine]:
    """The last lines of a log, oldest first."""
    found = await source.rows(sql.LOG_TAIL, (operation_id, limit))
    return [line_from_row(row) for row in reversed(found)]


async def line_count(source: Readable, operation_id: str) -> int:
    """How many lines a log has: the sequence of its last one."""
    row = await rows.one(
        source,
        "select coalesce(max(sequence), 0) as n from operation_logs where operation_id = ?",
        (operation_id,),
    )
    return int(row["n"]) if row else 0


async def cancel_of(source: Readable, operation_id: str) -> str | None:
    """Who asked for the end of an operation, or None."""
    row = await rows.one(
        source, "select requested_by from operation_cancels where operation_id = ?", (operation_id,)
    )
    return row["requested_by"] if row else None


async def ask_cancel(transaction: Transaction, operation_id: str, by: str, at: str) -> None:
    """Ask the owner of an operation to end it; asking twice is asking once."""
    if await cancel_of(transaction, operation_id) is None:
        await rows.insert(
            transaction,
            "operation_cancels",
            {"operation_id": operation_id, "requested_by": by, "requested_at": at},
        )
