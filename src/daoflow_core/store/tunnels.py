"""Queries on tunnels, their routes, their unfinished rotations, and which operation is of which tunnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields

from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.tunnel import (
    PendingRotation,
    Provider,
    Route,
    RouteSource,
    RouteStatus,
    Tunnel,
    TunnelStatus,
)
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import operations, rows, sql
from daoflow_core.store.rows import Readable

_TUNNEL = tuple(field.name for field in fields(Tunnel))
_ROUTE = tuple(field.name for field in fields(Route))
_OPERATION = ", ".join(f"o.{name.strip()}" for name in sql.OPERATION.split(","))


def _tunnel(row: Row) -> Tunnel:
    values = {name: row[name] for name in _TUNNEL}
    return Tunnel(**{**values, "provider": Provider(row["provider"]), "status": TunnelStatus(row["status"])})


def _route(row: Row) -> Route:
    values = {name: row[name] for name in _ROUTE}
    return Route(**{**values, "status": RouteStatus(row["status"]), "source": RouteSource(row["source"])})


async def insert(transaction: Transaction, one: Tunnel) -> None:
    """Add a tunnel. Raises Conflict when its name or its id at the provider is recorded already."""
    await rows.insert(transaction, "tunnels", asdict(one))


async def update(transaction: Transaction, one: Tunnel) -> bool:
    """Write a tunnel's new values; False when it is gone."""
    return bool(await rows.update(transaction, "tunnels", "id", asdict(one)))


async def delete(transaction: Transaction, tunnel_id: str) -> bool:
    """Remove a tunnel with its routes and its unfinished rotation; False when it was gone."""
    await transaction.run("update tunnel_routes set status = 'stale' where tunnel_id = ?", (tunnel_id,))
    await transaction.run("delete from tunnel_routes where tunnel_id = ?", (tunnel_id,))
    await end_rotation(transaction, tunnel_id)
    return bool(await transaction.run("delete from tunnels where id = ?", (tunnel_id,)))


async def list_all(source: Readable) -> list[Tunnel]:
    """Every tunnel, by name."""
    return [_tunnel(row) for row in await source.rows("select * from tunnels order by name")]


async def by_id_or_name(source: Readable, reference: str) -> Tunnel | None:
    """The tunnel with this id, else the one with exactly this name."""
    row = await rows.one(source, "select * from tunnels where id = ?", (reference,))
    row = row or await rows.one(source, "select * from tunnels where name = ?", (reference,))
    return _tunnel(row) if row else None


async def by_provider_id(source: Readable, provider: Provider, provider_tunnel_id: str) -> Tunnel | None:
    """The tunnel with this id at this provider."""
    row = await rows.one(
        source,
        "select * from tunnels where provider = ? and provider_tunnel_id = ?",
        (provider.value, provider_tunnel_id),
    )
    return _tunnel(row) if row else None


async def routes(source: Readable, tunnel_id: str | None = None) -> list[Route]:
    """The routes of one tunnel or of all, by hostname."""
    where, given = ("where tunnel_id = ? ", (tunnel_id,)) if tunnel_id is not None else ("", ())
    found = await source.rows(f"select * from tunnel_routes {where}order by hostname, path, id", given)
    return [_route(row) for row in found]


async def holders(source: Readable, but: str) -> dict[str, tuple[str, str]]:
    """Every hostname that an active route of another tunnel has: that tunnel's id and name."""
    found = await source.rows(
        "select r.hostname, t.id, t.name from tunnel_routes r join tunnels t on t.id = r.tunnel_id "
        "where r.status = 'active' and r.tunnel_id <> ?",
        (but,),
    )
    return {row["hostname"]: (row["id"], row["name"]) for row in found}


async def touch(transaction: Transaction, tunnel_id: str, now: str) -> None:
    """Count a change of a tunnel's routes, so that plans made before it are stale."""
    await transaction.run(
        "update tunnels set revision = revision + 1, updated_at = ? where id = ?", (now, tunnel_id)
    )


async def failed(transaction: Transaction, tunnel_id: str, at: str, words: str, code: str) -> None:
    """Remember that the newest look at the provider failed; what was seen before stays."""
    await transaction.run(
        "update tunnels set failed_at = ?, failure = ?, failure_code = ?, status = 'error' where id = ?",
        (at, words, code, tunnel_id),
    )


async def insert_route(transaction: Transaction, one: Route) -> None:
    """Add a route; the store refuses a hostname that another tunnel has."""
    await rows.insert(transaction, "tunnel_routes", asdict(one))


async def update_route(transaction: Transaction, one: Route) -> bool:
    """Write a route's new values; False when it is gone."""
    return bool(await rows.update(transaction, "tunnel_routes", "id", asdict(one)))


async def delete_routes(transaction: Transaction, route_ids: Sequence[str], seen_before: str) -> int:
    """Remove routes that are stale still and were not seen since; returns how many that were."""
    gone = 0
    for route_id in route_ids:
        gone += await transaction.run(
            "delete from tunnel_routes where id = ? and status = 'stale' and last_seen_at < ?",
            (route_id, seen_before),
        )
    return gone


async def pending(source: Readable, tunnel_id: str) -> PendingRotation | None:
    """The rotation of a tunnel whose outcome is not known, or None."""
    row = await rows.one(source, "select * from tunnel_rotations where tunnel_id = ?", (tunnel_id,))
    return _pending(row) if row else None


async def all_pending(source: Readable) -> dict[str, PendingRotation]:
    """Every such rotation, by its tunnel's id."""
    return {row["tunnel_id"]: _pending(row) for row in await source.rows("select * from tunnel_rotations")}


def _pending(row: Row) -> PendingRotation:
    return PendingRotation(
        row["tunnel_id"], row["operation_id"], row["started_at"], row["started_by"], row["version"]
    )


async def begin_rotation(transaction: Transaction, one: PendingRotation) -> None:
    """Remember that a rotation begins. Raises Conflict when one of this tunnel has not ended."""
    await rows.insert(transaction, "tunnel_rotations", asdict(one))


async def end_rotation(transaction: Transaction, tunnel_id: str) -> None:
    """A rotation's outcome is known."""
    await transaction.run("delete from tunnel_rotations where tunnel_id = ?", (tunnel_id,))


async def link(transaction: Transaction, operation_id: str, tunnel_id: str) -> None:
    """Remember which tunnel an operation is of."""
    await rows.insert(
        transaction, "tunnel_operations", {"operation_id": operation_id, "tunnel_id": tunnel_id}
    )


async def tunnel_of(source: Readable, operation_id: str) -> str | None:
    """The id of the tunnel that an operation is of."""
    row = await rows.one(
        source, "select tunnel_id from tunnel_operations where operation_id = ?", (operation_id,)
    )
    return row["tunnel_id"] if row else None


async def newest(
    source: Readable,
    tunnel_id: str,
    kinds: Sequence[OperationKind],
    status: OperationStatus | None = None,
    limit: int = 1,
) -> list[Operation]:
    """The operations of a tunnel, newest first."""
    marks = ", ".join("?" * len(kinds))
    ended = "and o.status = ? " if status is not None else ""
    given = [tunnel_id, *(kind.value for kind in kinds), *([status.value] if status is not None else [])]
    found = await source.rows(
        f"select {_OPERATION} from operations o join tunnel_operations t on t.operation_id = o.id "
        f"where t.tunnel_id = ? and o.kind in ({marks}) {ended}order by o.id desc limit ?",
        [*given, limit],
    )
    return [operations.from_row(row) for row in found]
