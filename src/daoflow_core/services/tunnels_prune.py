"""Records of routes that were not seen for long: listed, then removed, and only while they are still just that."""

from __future__ import annotations

from datetime import timedelta

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict
from daoflow_core.model.tunnel import Route, RouteStatus, Tunnel
from daoflow_core.ports import Database, Transaction
from daoflow_core.services.access import Access
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.tunnels import TunnelService
from daoflow_core.store import tunnels as rows

StaleRoute = tuple[Tunnel, Route]


class TunnelPruning:
    """Removes our records only; at a provider nothing changes."""

    def __init__(
        self,
        database: Database,
        tunnels: TunnelService,
        recorder: Recorder,
        access: Access,
        clock: Clock,
    ) -> None:
        self._database = database
        self._tunnels = tunnels
        self._recorder = recorder
        self._access = access
        self._clock = clock

    async def stale(self, older_than: timedelta, reference: str | None = None) -> list[StaleRoute]:
        """The stale routes that were seen last longer ago than this, of one tunnel or of all."""
        await self._access.require("tunnel.list", "tunnels")
        return await self._stale(stamp(self._clock.now() - older_than), reference)

    async def prune(self, older_than: timedelta, reference: str | None = None) -> list[StaleRoute]:
        """Remove exactly those records; one that was seen meanwhile stays."""
        await self._access.require("tunnel.routes.prune", "tunnels")
        before = stamp(self._clock.now() - older_than)
        found = await self._stale(before, reference)
        if not found:
            return []

        async def work(transaction: Transaction) -> None:
            gone = await rows.delete_routes(transaction, [route.id for _, route in found], before)
            if gone != len(found):
                raise Conflict("Some of the routes changed meanwhile.", next_step="List them again.")
            for tunnel_id in {tunnel.id for tunnel, _ in found}:
                await rows.touch(transaction, tunnel_id, stamp(self._clock.now()))

        told = [{"tunnel": tunnel.id, "route": route.hostname + route.path} for tunnel, route in found]
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope="server:write",
            action="tunnel.routes.prune",
            target="tunnels",
            detail={"routes": told[:200], "count": len(told)},
            work=work,
        )
        return found

    async def _stale(self, before: str, reference: str | None) -> list[StaleRoute]:
        chosen = (
            await rows.list_all(self._database)
            if reference is None
            else [await self._tunnels.find(reference)]
        )
        by_id = {one.id: one for one in chosen}
        return [
            (by_id[route.tunnel_id], route)
            for route in await rows.routes(self._database)
            if route.tunnel_id in by_id and route.status is RouteStatus.STALE and route.last_seen_at < before
        ]
