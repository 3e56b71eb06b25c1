"""Queries on which preview served which run."""

from __future__ import annotations

from daoflow_core.ports import Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable


async def use_of(source: Readable, preview_id: str) -> str | None:
    """The run that used a preview, or None."""
    row = await rows.one(source, "select run_id from cleanup_uses where preview_id = ?", (preview_id,))
    return row["run_id"] if row else None


async def running(source: Readable, server_id: str) -> str | None:
    """The cleanup that is running on a server, or None."""
    row = await rows.one(
        source,
        "select id from operations where server_id = ? and kind = 'cleanup_run' and status = 'running' "
        "order by id desc limit 1",
        (server_id,),
    )
    return row["id"] if row else None


async def others_running(source: Readable, server_id: str, run_id: str) -> str | None:
    """Another cleanup than this one that is running on a server, or None."""
    row = await rows.one(
        source,
        "select id from operations where server_id = ? and kind = 'cleanup_run' and status = 'running' "
        "and id <> ? limit 1",
        (server_id, run_id),
    )
    return row["id"] if row else None


async def use(transaction: Transaction, preview_id: str, run_id: str, at: str) -> None:
    """Note that a run uses a preview; the store takes one run a preview."""
    await rows.insert(
        transaction, "cleanup_uses", {"preview_id": preview_id, "run_id": run_id, "used_at": at}
    )
