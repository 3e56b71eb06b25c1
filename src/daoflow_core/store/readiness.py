"""Queries on readiness: the newest check of each server, and when its standing changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from daoflow_core.ids import new_id
from daoflow_core.model.readiness import Issue, Readiness, ReadinessStatus
from daoflow_core.ports import Row, Transaction
from daoflow_core.stamps import parse_stamp
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable
from daoflow_core.store.sql import READINESS_COLUMNS

OVERTAKING_SECONDS = 120.0
"""No check lasts longer, so no check can be overtaken by more."""


def from_row(row: Row, prefix: str = "") -> Readiness:
    """The readiness that a row stands for; `prefix` is `readiness_` for a row of the fleet query."""
    values: dict[str, Any] = {name: row[prefix + name] for name in READINESS_COLUMNS if name != "good_at"}
    issues = rows.from_json(values["issues"])
    values["issues"] = tuple(Issue(one["code"], one["message"], one["next_step"]) for one in issues)
    values["status"] = ReadinessStatus(values["status"])
    values["uses_sudo"] = bool(values["uses_sudo"])
    for name in ("ssh_reachable", "docker_reachable", "compose_reachable"):
        values[name] = rows.flag(values[name])
    return Readiness(**values)


async def record(transaction: Transaction, readiness: Readiness) -> bool:
    """Keep the newest check and, if it changed, the standing (then True); an older check is dropped."""
    known = await rows.one(
        transaction, "select status, checked_at from readiness where server_id = ?", (readiness.server_id,)
    )
    if known is not None and _overtaken(known["checked_at"], readiness.checked_at):
        return False
    previous = known["status"] if known else None
    await _upsert(transaction, readiness)
    if previous == readiness.status:
        return False
    reason = readiness.issues[0].message if readiness.issues else "every check passed"
    await rows.insert(
        transaction,
        "readiness_changes",
        {
            "id": new_id("chg"),
            "server_id": readiness.server_id,
            "at": readiness.checked_at,
            "status": readiness.status.value,
            "previous": previous,
            "reason": reason,
        },
    )
    return True


async def of(source: Readable, server_id: str) -> Readiness | None:
    """The newest check of a server, or None before its first."""
    row = await rows.one(source, "select * from readiness where server_id = ?", (server_id,))
    return from_row(row) if row else None


async def list_live(source: Readable) -> dict[str, Readiness]:
    """The newest check of every live server that was checked, by server id."""
    found = await source.rows(
        "select r.* from readiness r join servers s on s.id = r.server_id where s.removed_at is null"
    )
    return {row["server_id"]: from_row(row) for row in found}


async def good_at(source: Readable, server_id: str) -> str | None:
    """When a server was last seen ready, or None."""
    row = await rows.one(source, "select good_at from readiness where server_id = ?", (server_id,))
    return row["good_at"] if row else None


async def changes(source: Readable, server_id: str, limit: int = 50) -> list[Row]:
    """When a server's standing changed, newest first: at, status, previous, reason."""
    return await source.rows(
        "select at, status, previous, reason from readiness_changes "
        "where server_id = ? order by id desc limit ?",
        (server_id, limit),
    )


async def forget(transaction: Transaction, server_id: str) -> None:
    """Drop the newest check after the endpoint or the trusted key changed: it was of another host."""
    await transaction.run("delete from readiness where server_id = ?", (server_id,))


def _overtaken(stored: str, new: str) -> bool:
    """Whether a check ended after a newer one; a stored stamp far ahead only says that the clock was set back."""
    return 0 < (parse_stamp(stored) - parse_stamp(new)).total_seconds() < OVERTAKING_SECONDS


async def _upsert(transaction: Transaction, readiness: Readiness) -> None:
    values = {name: value for name, value in asdict(readiness).items() if name in READINESS_COLUMNS}
    values["issues"] = rows.to_json([asdict(issue) for issue in readiness.issues])
    values["status"] = readiness.status.value
    values["good_at"] = readiness.checked_at if readiness.status is ReadinessStatus.READY else None
    kept = "good_at = coalesce(excluded.good_at, readiness.good_at)"
    changed = [f"{name} = excluded.{name}" for name in values if name not in ("server_id", "good_at")]
    await transaction.run(
        f"insert into readiness ({', '.join(values)}) values ({', '.join('?' * len(values))}) "
        f"on conflict (server_id) do update set {', '.join([*changed, kept])}",
        list(values.values()),
    )
