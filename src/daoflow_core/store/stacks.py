"""Queries on stacks: their revisions, and which plan served which change."""

from __future__ import annotations

from daoflow_core.model.stack import StackRevision
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable

CHANGES = "('stack_deploy', 'stack_rollback', 'stack_remove')"
_REVISION = (
    "select r.*, o.status as outcome from stack_revisions r join operations o on o.id = r.operation_id"
)


def from_row(row: Row) -> StackRevision:
    """The revision that a row stands for."""
    facts = rows.from_json(row["facts"])
    return StackRevision.of(
        {
            **facts,
            "id": row["id"],
            "serverId": row["server_id"],
            "stack": row["stack"],
            "number": row["number"],
            "target": row["target"],
            "operationId": row["operation_id"],
            "planId": row["plan_id"],
            "againOf": row["again_of"],
            "digest": row["digest"],
            "at": row["at"],
            "by": row["requested_by"],
            "outcome": row["outcome"],
        }
    )


async def insert(transaction: Transaction, revision: StackRevision) -> None:
    """Add a revision; the store takes only the next number."""
    kept = revision.document()
    facts = {name: kept[name] for name in ("services", "probes", "timeoutSeconds")}
    await rows.insert(
        transaction,
        "stack_revisions",
        {
            "id": revision.id,
            "server_id": revision.server_id,
            "stack": revision.stack,
            "number": revision.number,
            "target": revision.target.value,
            "operation_id": revision.operation_id,
            "plan_id": revision.plan_id,
            "again_of": revision.again_of,
            "digest": revision.digest,
            "facts": rows.to_json(facts),
            "at": revision.at,
            "requested_by": revision.by,
        },
    )


async def revisions(source: Readable, server_id: str, stack: str | None = None) -> list[StackRevision]:
    """Every revision of a stack, or of all of a server, newest first."""
    condition, given = ("", ()) if stack is None else (" and r.stack = ?", (stack,))
    found = await source.rows(
        f"{_REVISION} where r.server_id = ?{condition} order by r.stack, r.number desc", (server_id, *given)
    )
    return [from_row(row) for row in found]


async def newest(source: Readable, server_id: str, stack: str) -> StackRevision | None:
    """The revision with the highest number, or None."""
    row = await rows.one(
        source,
        f"{_REVISION} where r.server_id = ? and r.stack = ? order by r.number desc limit 1",
        (server_id, stack),
    )
    return from_row(row) if row else None


async def removals(source: Readable, server_id: str) -> dict[str, str]:
    """When each stack was last removed for good, by its name."""
    found = await source.rows(
        "select u.stack, max(o.completed_at) as at from stack_plan_uses u join operations o on o.id = u.operation_id "
        "where u.server_id = ? and u.verb = 'remove' and o.status = 'completed' group by u.stack",
        (server_id,),
    )
    return {row["stack"]: row["at"] for row in found}


async def use_of(source: Readable, plan_id: str) -> str | None:
    """The change that used a plan, or None."""
    row = await rows.one(source, "select operation_id from stack_plan_uses where plan_id = ?", (plan_id,))
    return row["operation_id"] if row else None


async def use(
    transaction: Transaction, plan_id: str, operation_id: str, server_id: str, stack: str, verb: str, at: str
) -> None:
    """Note that a change uses a plan; the store takes one change a plan."""
    await rows.insert(
        transaction,
        "stack_plan_uses",
        {
            "plan_id": plan_id,
            "operation_id": operation_id,
            "server_id": server_id,
            "stack": stack,
            "verb": verb,
            "used_at": at,
        },
    )


async def running(source: Readable, server_id: str, but: str = "") -> str | None:
    """A change of a stack that is running on a server, other than `but`, or None."""
    row = await rows.one(
        source,
        f"select id from operations where server_id = ? and kind in {CHANGES} and status = 'running' "
        "and id <> ? order by id desc limit 1",
        (server_id, but),
    )
    return row["id"] if row else None
