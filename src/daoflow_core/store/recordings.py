"""Queries on recordings and the rules that make them."""

from __future__ import annotations

from daoflow_core.model.recordings import Cause, Recording, RecordingStatus
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable

_ALL = (
    "select r.*, o.server_name, o.requested_by, o.status as operation_status "
    "from recordings r join operations o on o.id = r.operation_id"
)


def from_row(row: Row) -> Recording:
    """The recording that a row stands for, as far as the database knows."""
    milliseconds, causes = row["milliseconds"], row["causes"]
    return Recording(
        id=row["id"],
        operation_id=row["operation_id"],
        server_id=row["server_id"],
        server_name=row["server_name"],
        recorded_by=row["requested_by"],
        started_at=row["started_at"],
        shell=row["shell"],
        width=row["width"],
        height=row["height"],
        has_input=bool(row["has_input"]),
        status=_status(row),
        ended_at=row["ended_at"],
        seconds=None if milliseconds is None else milliseconds / 1000,
        size=row["bytes"],
        deleted_at=row["deleted_at"],
        deleted_by=row["deleted_by"],
        causes=None if causes is None else tuple(map(Cause, rows.from_json(causes))),
    )


def _status(row: Row) -> RecordingStatus:
    if row["deleted_at"] is not None:
        return RecordingStatus.DELETED
    if row["ended_at"] is not None:
        return RecordingStatus.COMPLETE
    return RecordingStatus.RUNNING if row["operation_status"] == "running" else RecordingStatus.CUT


async def insert(transaction: Transaction, recording: Recording) -> None:
    """Note that a recording begins."""
    await rows.insert(
        transaction,
        "recordings",
        {
            "id": recording.id,
            "operation_id": recording.operation_id,
            "server_id": recording.server_id,
            "started_at": recording.started_at,
            "shell": recording.shell,
            "width": recording.width,
            "height": recording.height,
            "has_input": int(recording.has_input),
            "causes": None if recording.causes is None else rows.to_json(recording.causes),
        },
    )


async def finish(transaction: Transaction, recording_id: str, now: str, seconds: float, size: int) -> None:
    """Note how a recording ended."""
    values = {"id": recording_id, "ended_at": now, "milliseconds": round(seconds * 1000), "bytes": size}
    await rows.update(transaction, "recordings", "id", values)


async def forget(transaction: Transaction, recording_id: str) -> None:
    """Take back a recording that never began."""
    await transaction.run("delete from recordings where id = ?", (recording_id,))


async def mark_deleted(transaction: Transaction, recording_id: str, now: str, by: str) -> bool:
    """Note that what was recorded is gone; False when it was before."""
    touched = await transaction.run(
        "update recordings set deleted_at = ?, deleted_by = ? where id = ? and deleted_at is null",
        (now, by, recording_id),
    )
    return bool(touched)


async def listed(source: Readable, server_id: str | None = None) -> list[Recording]:
    """Every recording, or those of one server, newest first."""
    if server_id is None:
        found = await source.rows(f"{_ALL} order by r.id desc")
    else:
        found = await source.rows(f"{_ALL} where r.server_id = ? order by r.id desc", (server_id,))
    return [from_row(row) for row in found]


async def by_id(source: Readable, recording_id: str) -> Recording | None:
    """One recording."""
    row = await rows.one(source, f"{_ALL} where r.id = ?", (recording_id,))
    return from_row(row) if row else None


async def always(source: Readable, server_id: str) -> bool:
    """Whether every shell on a server is recorded."""
    row = await rows.one(source, "select always from recording_rules where server_id = ?", (server_id,))
    return bool(row and row["always"])


async def set_rule(transaction: Transaction, server_id: str, *, is_always: bool, now: str, by: str) -> None:
    """Decide whether every shell on a server is recorded from now on."""
    await transaction.run(
        "insert into recording_rules (server_id, always, changed_at, changed_by) values (?, ?, ?, ?) "
        "on conflict (server_id) do update set always = excluded.always, changed_at = excluded.changed_at, "
        "changed_by = excluded.changed_by",
        (server_id, int(is_always), now, by),
    )
