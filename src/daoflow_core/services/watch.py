"""Recurring checks of a whole store: one process at a time, and only as long as it may."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from daoflow_core.clock import Clock
from daoflow_core.events import Event, Events
from daoflow_core.ports import Database
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.poller import Poller
from daoflow_core.services.readiness import ReadinessService
from daoflow_core.store import servers as server_rows
from daoflow_core.store.instance import Instance

STAND_BY_SECONDS = 2.0
"""How soon the poller's lock is tried again while another process polls this store."""

LOOK_AGAIN_SECONDS = 5.0
"""How often a poller that was started with a token looks whether the token still stands."""


class Watch:
    """The poller of one store, under its lock and its permission; `interval` in seconds."""

    def __init__(
        self,
        database: Database,
        instance: Instance,
        access: Access,
        inventory: Inventory,
        readiness: ReadinessService,
        events: Events,
        clock: Clock,
        interval: float,
    ) -> None:
        self._database = database
        self._instance = instance
        self._access = access
        self._inventory = inventory
        self._readiness = readiness
        self._events = events
        self._clock = clock
        self._interval = interval

    async def poll(self) -> None:
        """Keep every server's readiness current until cancelled; stands by while another process polls this store."""
        await self._access.require("server.poll", "servers")
        while not self._instance.take_poller_lock():  # noqa: ASYNC110 - another process's lock file sends no event
            await asyncio.sleep(STAND_BY_SECONDS)
        try:
            await self._while_permitted(self._poller().run())
        finally:
            self._instance.release_poller_lock()

    async def poll_once(self) -> int:
        """Check every server once; returns how many were checked, 0 when another process polls."""
        await self._access.require("server.poll", "servers")
        if not self._instance.take_poller_lock():
            return 0
        try:
            servers = await self._inventory.all()
            await asyncio.gather(*(self._readiness.check_quietly(server.id) for server in servers))
            return len(servers)
        finally:
            self._instance.release_poller_lock()

    async def _while_permitted(self, polling: Coroutine[object, object, None]) -> None:
        """Poll; by a token, only as long as it stands: one that ends ends the polling with its error."""
        by_token = self._access.principal.token_id
        task = asyncio.create_task(polling, name="poll")
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=LOOK_AGAIN_SECONDS if by_token else None)
                if by_token:
                    await self._access.require("server.poll", "servers")
            await task
        finally:
            task.cancel()
            await asyncio.wait({task})

    def _poller(self) -> Poller:
        async def marks() -> dict[str, str]:
            rows = await server_rows.fleet(self._database)
            return {row["id"]: f"{row['updated_at']} {row['approved_fingerprint']}" for row in rows}

        poller = Poller(self._readiness.check_quietly, marks, self._clock, self._interval)

        def follow(event: Event) -> None:
            if event.kind.startswith("server."):  # an action that changed a server or its trust
                poller.inventory_changed()

        self._events.subscribe(follow)
        return poller
