"""Queries on swarms: the newest snapshot of a server, and which plan served which apply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.ports import Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable

if TYPE_CHECKING:
    from daoflow_core.model.swarm import SwarmTopology

BRIEF = ("clusterId", "clusterName", "source", "defaultNamespace", "summary", "quorum", "observedAt")
BRIEF_NODE = ("id", "name", "host", "role", "availability", "reachability", "managerStatus")
"""What `status` shows of a snapshot: the reference product's fields, and when it was observed."""
CHANGES = "('swarm_node_availability_update', 'swarm_service_scale_update')"


async def keep(transaction: Transaction, server_id: str, operation_id: str, topology: SwarmTopology) -> None:
    """Keep a snapshot as the newest of its server; one that is older than what is kept is passed over."""
    document = topology.document()
    nodes = [{name: one[name] for name in BRIEF_NODE} for one in document["nodes"]]
    brief = {**{name: document[name] for name in BRIEF}, "nodes": nodes}
    await transaction.run(
        "insert into swarm_snapshots (server_id, operation_id, observed_at, brief, snapshot) values (?, ?, ?, ?, ?) "
        "on conflict (server_id) do update set operation_id = excluded.operation_id, "
        "observed_at = excluded.observed_at, brief = excluded.brief, snapshot = excluded.snapshot "
        "where excluded.operation_id > swarm_snapshots.operation_id",
        (server_id, operation_id, topology.observed_at, rows.to_json(brief), rows.to_json(document)),
    )


async def latest(source: Readable, server_id: str) -> SwarmTopology | None:
    """The newest snapshot of a server's swarm, or None before its first."""
    row = await rows.one(source, "select snapshot from swarm_snapshots where server_id = ?", (server_id,))
    from daoflow_core.model.swarm import SwarmTopology  # pydantic, which a start does not need

    return SwarmTopology.of(rows.from_json(row["snapshot"])) if row else None


async def all_latest(source: Readable) -> dict[str, SwarmTopology]:
    """The newest snapshot of every live server that has one, by the server's id, newest first."""
    found = await source.rows(
        "select w.server_id, w.snapshot from swarm_snapshots w join servers s on s.id = w.server_id "
        "where s.removed_at is null order by w.observed_at desc"
    )
    if not found:
        return {}
    from daoflow_core.model.swarm import SwarmTopology  # pydantic, which a start does not need

    return {row["server_id"]: SwarmTopology.of(rows.from_json(row["snapshot"])) for row in found}


async def operation_of(source: Readable, server_id: str) -> str | None:
    """The operation that the newest snapshot comes from, or None."""
    row = await rows.one(source, "select operation_id from swarm_snapshots where server_id = ?", (server_id,))
    return row["operation_id"] if row else None


async def forget(transaction: Transaction, server_id: str) -> None:
    """Drop the snapshot after the endpoint or the kind changed: it was of another host, or is none any more."""
    await transaction.run("delete from swarm_snapshots where server_id = ?", (server_id,))


async def use_of(source: Readable, plan_id: str) -> str | None:
    """The apply that used a plan, or None."""
    row = await rows.one(source, "select run_id from swarm_plan_uses where plan_id = ?", (plan_id,))
    return row["run_id"] if row else None


async def use(transaction: Transaction, plan_id: str, run_id: str, at: str) -> None:
    """Note that an apply uses a plan; the store takes one apply a plan."""
    await rows.insert(transaction, "swarm_plan_uses", {"plan_id": plan_id, "run_id": run_id, "used_at": at})


async def running(source: Readable, server_id: str, but: str = "") -> str | None:
    """The change of a swarm that is running through a server, other than `but`, or None."""
    row = await rows.one(
        source,
        f"select id from operations where server_id = ? and kind in {CHANGES} and status = 'running' "
        "and id <> ? order by id desc limit 1",
        (server_id, but),
    )
    return row["id"] if row else None
