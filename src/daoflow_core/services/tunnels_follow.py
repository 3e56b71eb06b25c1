"""Our records follow what was seen, in the one transaction that ends the operation; the revision guards it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from daoflow_core.errors import Conflict
from daoflow_core.model.tunnel import Route, RouteSource, RouteStatus, Tunnel, TunnelStatus
from daoflow_core.model.tunnel_sync import TunnelSync
from daoflow_core.ports import Transaction
from daoflow_core.services.tunnels_diff import following
from daoflow_core.store import tunnels as rows


async def follow(transaction: Transaction, tunnel_id: str, sync: TunnelSync, now: str) -> None:
    """Bring the records to what a look saw. Raises Conflict when they changed since."""
    one = await rows.by_id_or_name(transaction, tunnel_id)
    if one is None or one.revision != sync.based_on:
        raise Conflict(
            f"The records of {sync.tunnel.name} changed while it was looked at; nothing of this was written.",
            next_step="Sync again.",
        )
    await _refuse_other(transaction, one, sync)
    source = RouteSource(sync.source)
    records = await rows.routes(transaction, tunnel_id)
    added, changed = following(records, sync, tunnel_id, source, now)
    for route in changed:
        await rows.update_route(transaction, route)
    for route in added:
        await rows.insert_route(transaction, route)
    active = _active(records, added, changed)
    await rows.update(transaction, _in_step(one, sync, now, active=bool(active)))


async def _refuse_other(transaction: Transaction, one: Tunnel, sync: TunnelSync) -> None:
    """One that was found by its name must not be one that is recorded already under another."""
    found = sync.observation.provider_tunnel_id
    if one.provider_tunnel_id is not None or found is None:
        return
    other = await rows.by_provider_id(transaction, one.provider, found)
    if other is not None and other.id != one.id:
        raise Conflict(
            f"The tunnel named {one.name} at the provider is recorded already, as {other.name}.",
            next_step="Delete one of the two records, or give this one the id of another tunnel.",
            tunnel=other.id,
        )


def _active(records: Sequence[Route], added: Sequence[Route], changed: Sequence[Route]) -> list[Route]:
    now = {one.id: one for one in (*records, *changed, *added)}
    return [one for one in now.values() if one.status is RouteStatus.ACTIVE]


def _in_step(one: Tunnel, sync: TunnelSync, now: str, *, active: bool) -> Tunnel:
    status = TunnelStatus.ACTIVE if active else TunnelStatus.INACTIVE
    synced = replace(one, status=status, revision=one.revision + 1, synced_at=now, updated_at=now)
    found = one.provider_tunnel_id or sync.observation.provider_tunnel_id
    return _seen(replace(synced, provider_tunnel_id=found), sync)


async def note_seen(transaction: Transaction, tunnel_id: str, sync: TunnelSync) -> None:
    """A plan changes no record, but what it saw of the tunnel itself is news: its health, and that it answered."""
    one = await rows.by_id_or_name(transaction, tunnel_id)
    if one is None:
        return
    if one.is_failing:
        active = _active(await rows.routes(transaction, tunnel_id), (), ())
        one = replace(one, status=TunnelStatus.ACTIVE if active else TunnelStatus.INACTIVE)
    await rows.update(transaction, _seen(one, sync))


def _seen(one: Tunnel, sync: TunnelSync) -> Tunnel:
    """The tunnel with what a provider's whole answer says of it; what was typed says nothing of that."""
    seen = sync.observation
    if sync.source == RouteSource.MANUAL:
        return one
    return replace(
        one,
        observed_at=sync.observed_at,
        health=seen.health,
        connections=seen.connections,
        config_source=seen.config_source,
        status=TunnelStatus.ERROR if seen.deleted_at else one.status,
        failed_at=None,
        failure=None,
        failure_code=None,
    )
