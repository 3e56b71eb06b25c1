"""Queries on resource checks: the newest snapshots of a server, and its trend; both kept short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.model.samples import Sample
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable

if TYPE_CHECKING:
    from daoflow_core.model.resources import ResourceSnapshot

SNAPSHOTS_KEPT = 50
SAMPLES_KEPT = 500


async def add(
    transaction: Transaction, operation_id: str, server_id: str, snapshot: ResourceSnapshot
) -> None:
    """Keep the snapshot of an operation and its point of the trend; the oldest ones go."""
    await rows.insert(
        transaction,
        "resource_snapshots",
        {
            "operation_id": operation_id,
            "server_id": server_id,
            "at": snapshot.checked_at,
            "snapshot": rows.to_json(snapshot.document()),
        },
    )
    await transaction.run(
        "delete from resource_snapshots where server_id = ? and operation_id <= "
        "(select operation_id from resource_snapshots where server_id = ? "
        "order by operation_id desc limit 1 offset ?)",
        (server_id, server_id, SNAPSHOTS_KEPT),
    )
    await add_sample(transaction, server_id, snapshot.sample())


async def add_sample(transaction: Transaction, server_id: str, sample: Sample) -> None:
    """Add one point of a server's trend; one that knows nothing is no point."""
    figures = (sample.cpu_percent, sample.memory_percent, sample.disk_percent)
    if all(one is None for one in figures):
        return
    await transaction.run(
        "insert into resource_samples (server_id, at, cpu_percent, memory_percent, disk_percent) "
        "values (?, ?, ?, ?, ?) on conflict (server_id, at) do nothing",
        (server_id, sample.at, *figures),
    )
    await transaction.run(
        "delete from resource_samples where server_id = ? and at <= "
        "(select at from resource_samples where server_id = ? order by at desc limit 1 offset ?)",
        (server_id, server_id, SAMPLES_KEPT),
    )


async def latest(source: Readable, server_id: str) -> ResourceSnapshot | None:
    """The newest snapshot of a server, or None before its first."""
    row = await rows.one(
        source,
        "select snapshot from resource_snapshots where server_id = ? order by operation_id desc limit 1",
        (server_id,),
    )
    from daoflow_core.model.resources import ResourceSnapshot  # pydantic, which a start does not need

    return ResourceSnapshot.of(rows.from_json(row["snapshot"])) if row else None


async def samples(source: Readable, server_id: str, limit: int) -> list[Sample]:
    """The newest points of a server's trend, oldest first."""
    found = await source.rows(
        "select at, cpu_percent, memory_percent, disk_percent from resource_samples "
        "where server_id = ? order by at desc limit ?",
        (server_id, limit),
    )
    return [_sample(row) for row in reversed(found)]


async def forget(transaction: Transaction, server_id: str) -> None:
    """Drop snapshots and trend after the endpoint changed: they were of another host."""
    await transaction.run("delete from resource_snapshots where server_id = ?", (server_id,))
    await transaction.run("delete from resource_samples where server_id = ?", (server_id,))


def _sample(row: Row) -> Sample:
    return Sample(row["at"], row["cpu_percent"], row["memory_percent"], row["disk_percent"])
