"""Queries on the inventory of servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows, sql
from daoflow_core.store.rows import Readable

Work = Callable[[Transaction], Awaitable[None]]
"""A change of the inventory, run inside one transaction."""


def from_row(row: Row) -> Server:
    """The server that a row stands for."""
    return Server(
        id=row["id"],
        name=row["name"],
        endpoint=Endpoint(row["host"], row["ssh_port"], row["ssh_user"]),
        region=row["region"],
        kind=ServerKind(row["kind"]),
        environment=Environment(row["environment"]),
        ssh_key_id=row["ssh_key_id"],
        read_only=bool(row["read_only"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        removed_at=row["removed_at"],
        agent_fingerprint=row["agent_fingerprint"],
        jump_server_id=row["jump_server_id"],
    )


def to_row(server: Server) -> dict[str, object]:
    """The columns of a server."""
    return {
        "id": server.id,
        "name": server.name,
        "host": server.endpoint.host,
        "ssh_port": server.endpoint.port,
        "ssh_user": server.endpoint.user,
        "region": server.region,
        "kind": server.kind.value,
        "environment": server.environment.value,
        "ssh_key_id": server.ssh_key_id,
        "agent_fingerprint": server.agent_fingerprint,
        "jump_server_id": server.jump_server_id,
        "read_only": int(server.read_only),
        "created_at": server.created_at,
        "updated_at": server.updated_at,
        "removed_at": server.removed_at,
    }


async def insert(transaction: Transaction, server: Server) -> None:
    """Register a server. Raises Conflict when a live one has its name or its endpoint."""
    await rows.insert(transaction, "servers", to_row(server))


async def update(transaction: Transaction, server: Server) -> bool:
    """Write a live server's new values; False when it is gone. Raises Conflict as `insert` does."""
    if await rows.one(transaction, sql.SERVER_LIVE_BY_ID, (server.id,)) is None:
        return False
    values = {
        name: value for name, value in to_row(server).items() if name not in ("created_at", "removed_at")
    }
    return bool(await rows.update(transaction, "servers", "id", values))


async def mark_removed(transaction: Transaction, server_id: str, now: str) -> bool:
    """Take a server out of the inventory; its history stays. False when it was gone already."""
    touched = await transaction.run(
        "update servers set removed_at = ?, updated_at = ? where id = ? and removed_at is null",
        (now, now, server_id),
    )
    return bool(touched)


async def by_id(source: Readable, server_id: str) -> Server | None:
    """The server with this id, also a removed one."""
    row = await rows.one(source, sql.SERVER_BY_ID, (server_id,))
    return from_row(row) if row else None


async def by_id_or_name(source: Readable, reference: str) -> Server | None:
    """The live server with this id, else the one with exactly this name; live names are unique."""
    row = await rows.one(source, sql.SERVER_LIVE_BY_ID, (reference,))
    row = row or await rows.one(source, sql.SERVER_LIVE_BY_NAME, (reference,))
    return from_row(row) if row else None


async def by_endpoint(source: Readable, endpoint: Endpoint) -> Server | None:
    """The live server at this host, port and user."""
    found = await rows.one(
        source,
        "select * from servers where host = ? and ssh_port = ? and ssh_user = ? and removed_at is null",
        (endpoint.host, endpoint.port, endpoint.user),
    )
    return from_row(found) if found else None


async def list_live(source: Readable) -> list[Server]:
    """Every live server, by name."""
    return [from_row(row) for row in await source.rows(sql.SERVERS_LIVE)]


async def fleet(source: Readable) -> list[Row]:
    """One plain row a live server with readiness and identity: the columns of `sql.FLEET`."""
    return await source.rows(sql.FLEET)


async def fleet_row(source: Readable, server_id: str) -> Row | None:
    """The one row of `fleet` that is this live server's, or None."""
    return await rows.one(source, f"select * from ({sql.FLEET}) f where f.id = ?", (server_id,))


async def removed_by_id_or_name(source: Readable, reference: str) -> Server | None:
    """The removed server with this id, else the one removed last that had this name; its history is still there."""
    row = await rows.one(
        source,
        "select * from servers where removed_at is not null and (id = ? or name = ?) "
        "order by case when id = ? then 0 else 1 end, removed_at desc limit 1",
        (reference, reference, reference),
    )
    return from_row(row) if row else None


async def using_key(source: Readable, key_id: str) -> list[Server]:
    """The live servers that log in with a managed key."""
    found = await source.rows(
        "select * from servers where ssh_key_id = ? and removed_at is null order by name", (key_id,)
    )
    return [from_row(row) for row in found]


async def behind(source: Readable, server_id: str) -> list[Server]:
    """The live servers that are reached through this one, by name."""
    found = await source.rows(
        "select * from servers where jump_server_id = ? and removed_at is null order by name", (server_id,)
    )
    return [from_row(row) for row in found]
