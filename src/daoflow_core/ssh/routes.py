"""The way to every server: direct, or through the connection of a hop, which all that is behind it share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import asyncssh

from daoflow_core.errors import DaoflowError
from daoflow_core.jump_errors import JumpHostUnusable
from daoflow_core.model.host import Target
from daoflow_core.ssh.hop import Hop
from daoflow_core.ssh.passage import Via
from daoflow_core.ssh.transport import Transport

T = TypeVar("T")


class Routes:
    """Logs in to servers, to their hops first; a hop that changed in any part never carries anything again."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.when_logged_in: Callable[[Target], Awaitable[None]] | None = None
        self._hops: dict[str, Hop] = {}
        self._telling: set[asyncio.Task[None]] = set()

    async def connect(self, target: Target, *, patient: bool = False) -> asyncssh.SSHClientConnection:
        """An authenticated connection to a server.

        Raises what `Transport.connect` does, and JumpHostUnusable when a hop stands in the way. No slot is held
        while a hop is waited for, so any number of servers may wait for one.
        """
        hop = None if target.jump is None else self._hop(target.jump)

        async def log_in(via: Via | None) -> asyncssh.SSHClientConnection:
            connection = await self.transport.connect(target, patient=patient, via=via)
            if hop is not None and via is not None:
                hop.carries(via, connection)
            if self.when_logged_in is not None:
                self._begin(self._tell(self.when_logged_in(target)))
            return connection

        return await _over(hop, log_in)

    async def over(self, jump: Target | None, work: Callable[[Via | None], Awaitable[T]]) -> T:
        """Do something over the open connection of a hop, None for none; once more when that was lost before it began.

        Raises what it raises, and JumpHostUnusable.
        """
        return await _over(None if jump is None else self._hop(jump), work)

    def _begin(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(telling)
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    @staticmethod
    async def _tell(telling: Awaitable[None]) -> None:
        """Beside the work of the login: that it can't be noted harms nothing."""
        with contextlib.suppress(DaoflowError):
            await telling

    def _hop(self, jump: Target) -> Hop:
        known = self._hops.get(jump.server_id)
        if known is not None and known.target == jump:
            return known
        if known is not None:
            known.retire()
        hop = self._hops[jump.server_id] = Hop(jump, self.connect)
        return hop

    async def close(self, server_id: str) -> None:
        """End the connection that this server has as a hop, and of every hop that is reached through it."""
        gone = [hop for hop in self._hops.values() if leads_over(hop.target, server_id)]
        for hop in gone:
            del self._hops[hop.target.server_id]
        await asyncio.gather(*(hop.close() for hop in gone))

    async def aclose(self) -> None:
        """End them all."""
        hops, self._hops = list(self._hops.values()), {}
        await asyncio.gather(*(hop.close() for hop in hops), *self._telling)


async def _over(hop: Hop | None, work: Callable[[Via | None], Awaitable[T]]) -> T:
    """A hop's connection that was lost before it reached the server is made anew, once, silently."""
    if hop is None:
        return await work(None)
    async with hop.use() as via:
        try:
            return await work(via)
        except JumpHostUnusable:
            if not via.connection.is_closed():
                raise
    async with hop.use() as via:
        return await work(via)


def leads_over(target: Target, server_id: str) -> bool:
    """Whether a server is this one, or is reached through it."""
    return target.server_id == server_id or (target.jump is not None and leads_over(target.jump, server_id))
