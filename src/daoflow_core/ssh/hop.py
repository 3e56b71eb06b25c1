"""One hop: a connection of its own that carries those to the servers behind it, made once for all that wait."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncssh

from daoflow_core.errors import DaoflowError
from daoflow_core.model.host import Target
from daoflow_core.ssh import hop_failures
from daoflow_core.ssh.passage import Via
from daoflow_core.ssh.seat import IDLE, OLDEST

Connect = Callable[[Target], Awaitable[asyncssh.SSHClientConnection]]
GOODBYE_SECONDS = 1.0


class _Span:
    """A connection to a hop, and what it carries."""

    def __init__(self, via: Via) -> None:
        self.via = via
        self.users = 0
        self.carried: set[asyncssh.SSHClientConnection] = set()
        self.renew_at = time.monotonic() + random.uniform(*OLDEST)  # noqa: S311 - spreads load, guards nothing

    @property
    def closed(self) -> bool:
        return self.via.connection.is_closed()

    @property
    def idle(self) -> bool:
        self.carried = {one for one in self.carried if not one.is_closed()}
        return not self.users and not self.carried

    async def close(self) -> None:
        connection = self.via.connection
        connection.close()
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await connection.wait_closed()
        except TimeoutError:
            connection.abort()
            await connection.wait_closed()


class Hop:
    """At most one connection for new servers; an old one goes when the last that it carries has gone."""

    def __init__(self, target: Target, connect: Connect) -> None:
        self.target = target
        self._connect = connect
        self._spans: list[_Span] = []
        self._making: asyncio.Task[_Span] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Via]:
        """The hop's connection, which is not given up within the block. Raises JumpHostUnusable."""
        span = await self._span()
        span.users += 1
        try:
            yield span.via
        finally:
            span.users -= 1
            self._tidy_later()

    def carries(self, via: Via, connection: asyncssh.SSHClientConnection) -> None:
        """Note what a connection of this hop carries from now on."""
        for span in self._spans:
            if span.via is via:
                span.carried.add(connection)

    async def _span(self) -> _Span:
        """The newest connection while it is good, else a new one: one login for all who wait, and one refusal."""
        newest = self._spans[-1] if self._spans else None
        if newest is not None and not newest.closed and time.monotonic() < newest.renew_at:
            return newest
        if self._closed:
            raise hop_failures.withdrawn(self.target)
        if self._making is None:
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await self._share(self._making)

    async def _share(self, making: asyncio.Task[_Span]) -> _Span:
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and not (task and task.cancelling()):
                raise hop_failures.withdrawn(self.target) from None  # `close` ended it, not our caller
            raise

    async def _make(self) -> _Span:
        try:
            span = _Span(Via(self.target, await self._connect(self.target)))
        except DaoflowError as error:
            raise hop_failures.blocked(self.target, error) from None
        finally:
            self._making = None
        self._spans.append(span)
        self._tidy_later()
        return span

    def _tidy_later(self) -> None:
        if self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(IDLE, self._tidy)

    def _tidy(self) -> None:
        """Give up what carries nothing."""
        self._timer = None
        for span in [one for one in self._spans if one.idle]:
            self._spans.remove(span)
            self._end(span.close())
        if self._spans:
            self._tidy_later()

    def retire(self) -> None:
        """Close without waiting for it."""
        self._end(self.close())

    def _end(self, closing: Awaitable[None]) -> None:
        task = asyncio.ensure_future(closing)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """End the connection, and an attempt at one, for good; what it carries ends with it."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._making is not None:
            self._making.cancel()
        spans, self._spans = self._spans, []
        await asyncio.gather(*(span.close() for span in spans))
