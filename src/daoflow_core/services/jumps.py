"""Jump hosts: which servers may be a hop for which, and what opens the hops on the way to one."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote

from daoflow_core.errors import Conflict, NoCredentials
from daoflow_core.jump_errors import JumpHostRefused, JumpHostUnusable
from daoflow_core.model.host import Target
from daoflow_core.model.identity import HostKeyStatus, ScannedKey
from daoflow_core.model.server import Server
from daoflow_core.ports import Database
from daoflow_core.services.keys import KeyService
from daoflow_core.store import host_keys
from daoflow_core.store import servers as server_rows
from daoflow_core.store.rows import Readable

MAX_HOPS = 3
"""Hops between this machine and a server: each adds its own encryption and its own delay."""


class Jumps:
    """Finds the hops of servers; every hop needs its own approved host key and its own login."""

    def __init__(self, database: Database, keys: KeyService) -> None:
        self._database = database
        self._keys = keys

    async def of(self, server: Server, left: int = MAX_HOPS) -> Target | None:
        """The hop of a server, with the hops before it; None when it is reached directly.

        Raises JumpHostUnusable, naming the hop to see to first, VaultLocked or VaultDamaged.
        """
        if server.jump_server_id is None:
            return None
        hop = await server_rows.by_id(self._database, server.jump_server_id)
        if hop is None or hop.removed_at is not None or hop.is_local or not left:
            raise _unusable(server, hop, "removed", "It is no server that another can be reached through.")
        before = await self.of(hop, left - 1)
        host_key = await self._approved(server, hop)
        try:
            key = None if hop.agent_fingerprint else await self._keys.private_key(hop)
        except NoCredentials as error:
            raise _unusable(server, hop, "no-key", error.message) from None
        used = None if hop.agent_fingerprint else hop.ssh_key_id
        return Target(hop.id, hop.endpoint, host_key, key, hop.agent_fingerprint, before, hop.name, used)

    async def _approved(self, server: Server, hop: Server) -> ScannedKey:
        for key in await host_keys.list_for(self._database, hop.id):
            if key.status is HostKeyStatus.APPROVED:
                return key.scanned
        raise _unusable(server, hop, "unapproved", "Its own host key is not approved.")


def _unusable(server: Server, hop: Server | None, reason: str, why: str) -> JumpHostUnusable:
    name = hop.name if hop else "(unknown)"
    steps = {
        "unapproved": f"Approve the host key of {name} first: `server host-key approve --server {quote(name)} "
        "--fingerprint SHA256:… --yes`.",
        "no-key": f"Give {name} a key: `server update --server {quote(name)} --ssh-key PATH --yes`.",
        "removed": f"Name another, or none: `server update --server {quote(server.name)} --jump none --yes`.",
    }
    return JumpHostUnusable(
        f"The jump host {name} can't be used, so nothing was sent to {server.name}.",
        why=why,
        next_step=steps[reason],
        reason=reason,
        hop=name,
        hopId=hop.id if hop else None,
    )


async def refuse_impossible(source: Readable, server: Server) -> None:
    """Refuse a wish for a hop that can't be one, with every other server as it is at this moment."""
    if server.jump_server_id is None:
        if server.is_local:
            await refuse_local_hop(source, server)
        return
    if server.is_local:
        raise refused(
            "local",
            f"{server.name} is this machine: it is used without SSH, so it has no jump host.",
            "When it is the hop's own localhost that is meant, register it by another address.",
        )
    live = {one.id: one for one in await server_rows.list_live(source)} | {server.id: server}
    hop = live.get(server.jump_server_id)
    if hop is None:
        raise refused("removed", "The jump host was removed meanwhile.", "`server list` shows the servers.")
    if hop.is_local:
        raise refused(
            "local",
            f"{hop.name} is this machine: nothing is reached through it.",
            "What this machine reaches, it reaches directly: leave --jump out.",
        )
    _refuse_cycle(server, live)
    _refuse_depth(live)


async def refuse_local_hop(source: Readable, server: Server) -> None:
    """A server that others are reached through can't become this machine itself."""
    others = await server_rows.behind(source, server.id)
    if others:
        raise refused(
            "local",
            f"{server.name} can't be this machine: {_names(others)} are reached through it.",
            _another_way(others),
        )


def _refuse_cycle(server: Server, live: Mapping[str, Server]) -> None:
    way = [server]
    while (hop := live.get(way[-1].jump_server_id or "")) is not None:
        way.append(hop)
        if hop.id == server.id:
            break
        if len(way) > len(live):
            return  # a circle of others, which is not this wish's doing
    if hop is None:
        return
    if len(way) == 2:
        raise refused("self", f"{server.name} can't be reached through itself.", "Name another server.")
    raise refused(
        "cycle",
        f"{server.name} would be reached through itself: {' → '.join(one.name for one in reversed(way))}.",
        "Name a server that is reached without it.",
    )


def _refuse_depth(live: Mapping[str, Server]) -> None:
    for server in live.values():
        way, hops = server, 0
        while (hop := live.get(way.jump_server_id or "")) is not None and hops <= MAX_HOPS:
            way, hops = hop, hops + 1
        if hops > MAX_HOPS:
            raise refused(
                "depth",
                f"{server.name} would be behind more than {MAX_HOPS} jump hosts.",
                "Name a hop that is nearer to this machine.",
            )


async def refuse_removal(source: Readable, server: Server) -> None:
    """A server that others are reached through stays. Raises Conflict with the list."""
    others = await server_rows.behind(source, server.id)
    if others:
        raise Conflict(
            f"{server.name} is the jump host of {_names(others)}, so it was not removed.",
            why="Without it they could not be reached.",
            next_step=_another_way(others),
            servers=[{"id": one.id, "name": one.name} for one in others],
        )


def refused(reason: str, message: str, next_step: str) -> JumpHostRefused:
    """The refusal of a hop."""
    return JumpHostRefused(message, next_step=next_step, reason=reason, field="jump")


def _names(servers: list[Server]) -> str:
    more = f" and {len(servers) - 5} more" if len(servers) > 5 else ""
    return ", ".join(one.name for one in servers[:5]) + more


def _another_way(servers: list[Server]) -> str:
    return (
        "Give them another way first, each with `server update --server NAME --jump SERVER|none --yes`, "
        f"beginning with {quote(servers[0].name)}."
    )
