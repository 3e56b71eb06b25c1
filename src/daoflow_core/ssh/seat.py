"""One server's place in the pool: connections for checks, for scripts and for each shell, so that none ends another."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

from daoflow_core.errors import Unreachable
from daoflow_core.model.host import CommandResult, ProbeReply, Target
from daoflow_core.model.terminal import ShellRequest
from daoflow_core.ports import Feed, OutputSink
from daoflow_core.ssh import failures
from daoflow_core.ssh.channel import LinkLostError
from daoflow_core.ssh.connector import Connector
from daoflow_core.ssh.link import MAX_STUCK, Link
from daoflow_core.ssh.resident import ResidentShell
from daoflow_core.ssh.shell import SshShell

OLDEST = (3600.0, 4 * 3600.0)  # seconds after which a connection is made anew, drawn at random for each
_WITHDRAWN = (
    "The connection was ended here: the server was removed, its address, key or host key was changed, "
    "or the program is ending."
)
IDLE = 120.0  # seconds a connection for scripts stays open unused


class Line:
    """At most one connection, made when it is needed, kept while it is good."""

    def __init__(self, routes: Connector, target: Target) -> None:
        self._routes = routes
        self._target = target
        self._making = asyncio.Lock()
        self._connecting: asyncio.Task[Link] | None = None
        self._renew_at = 0.0
        self.link: Link | None = None
        self.closed = False

    async def get(self, *, patient: bool) -> tuple[Link, bool]:
        """The connection, and whether a login was made for it. Raises what `Routes.connect` does."""
        async with self._making:
            if self.link is not None and not self._worn(self.link):
                return self.link, False
            if self.closed:
                raise self._withdrawn()
            await self.hang_up()
            self.link = await self._connect(patient=patient)
            self._renew_at = time.monotonic() + random.uniform(*OLDEST)  # noqa: S311 - spreads load, guards nothing
            return self.link, True

    def _worn(self, link: Link) -> bool:
        tired = link.stuck >= MAX_STUCK or time.monotonic() > self._renew_at
        return link.closed or (tired and not link.active)

    async def _connect(self, *, patient: bool) -> Link:
        self._connecting = asyncio.create_task(self._log_in(patient=patient))
        try:
            return await self._connecting
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self.closed and not (task and task.cancelling()):
                raise self._withdrawn() from None  # `close` ended the attempt, not our caller
            raise
        finally:
            self._connecting = None

    async def _log_in(self, *, patient: bool) -> Link:
        connection = await self._routes.connect(self._target, patient=patient)
        return Link(connection, self._target.endpoint)

    def _withdrawn(self) -> Unreachable:
        address = self._target.endpoint.address
        return failures.unreachable(
            address,
            "closed",
            f"The connection to {address} was ended here.",
            "The server's address, key or host key was changed meanwhile, or the program is ending.",
            "Check the server again.",
        )

    def cut(self) -> None:
        """Give the connection up without a word: something is wrong with it."""
        if self.link is not None:
            self.link.abort()

    async def hang_up(self) -> None:
        """Close the connection if there is one."""
        link, self.link = self.link, None
        if link is not None:
            await link.aclose()

    async def close(self) -> None:
        """End the connection, and an attempt at one, for good."""
        self.closed = True
        if self._connecting is not None:
            self._connecting.cancel()
        await self.hang_up()


class Seat:
    """The connections to one target; a changed target gets a new seat."""

    def __init__(self, routes: Connector, target: Target, script: str) -> None:
        self.target = target
        self._routes = routes
        self._script = script
        self._checks = Line(routes, target)
        self._scripts = Line(routes, target)
        self._asking = asyncio.Lock()
        self._shell: ResidentShell | None = None
        self._shells: set[SshShell] = set()
        self._closed = False
        self._eviction: asyncio.TimerHandle | None = None
        self._evicting: asyncio.Task[None] | None = None

    async def probe(
        self, sections: Sequence[str], *, timeout: float, patient: bool, anew: bool = False
    ) -> ProbeReply:
        """One question over the resident shell; a connection that went stale is replaced once, silently."""
        async with self._asking:
            if anew:
                await self._checks.hang_up()
            try:
                return await self._ask(sections, timeout, patient=patient)
            except LinkLostError:
                self._checks.cut()
            try:
                return await self._ask(sections, timeout, patient=patient)
            except LinkLostError:
                self._checks.cut()
                raise self._no_shell() from None

    async def _ask(self, sections: Sequence[str], timeout: float, *, patient: bool) -> ProbeReply:
        link, fresh = await self._checks.get(patient=patient)
        if fresh or self._shell is None or not self._shell.usable:
            self._shell = await self._open_shell(link, timeout)
        answer = await self._shell.ask(sections, timeout)
        return ProbeReply(answer.sections, round(answer.trip * 1000), fresh)

    async def _open_shell(self, link: Link, timeout: float) -> ResidentShell:
        """A new shell; a connection that can't give one in time is not worth keeping."""
        try:
            return await ResidentShell.open(
                link, self._script, address=self.target.endpoint.address, timeout=timeout
            )
        except BaseException:
            self._checks.cut()
            raise

    def _no_shell(self) -> Unreachable:
        endpoint = self.target.endpoint
        why = (
            f"The login works, but the shell of {endpoint.user} ends at once, or the server ends the session."
        )
        return failures.closed(endpoint.address, "before it answered the check", why)

    async def run(
        self, script: str, *, timeout: float, sink: OutputSink | None, survive: bool, limit: int
    ) -> CommandResult:
        """Run a script on the other connection; tried again only when it was certainly never sent."""
        if self._eviction is not None:
            self._eviction.cancel()
        try:
            for last in (False, True):
                link, _ = await self._scripts.get(patient=False)
                try:
                    return await link.run(script, timeout=timeout, limit=limit, sink=sink, survive=survive)
                except LinkLostError:
                    if last:
                        break
            raise self._no_shell()
        finally:
            self._evict_later()

    async def open_shell(self, request: ShellRequest, feed: Feed) -> SshShell:
        """A shell on a connection of its own, which ends with this seat."""
        shell = await SshShell.open(self._routes, self.target, request, feed)
        self._shells = {one for one in self._shells if not one.over} | {shell}
        if self._closed:
            await shell.leave(_WITHDRAWN)
        return shell

    async def knock(self, address: str, port: int, said: bytes, *, timeout: float) -> bytes:
        """Reach a port of the host over the other connection."""
        if self._eviction is not None:
            self._eviction.cancel()
        try:
            link, _ = await self._scripts.get(patient=False)
            return await link.knock(address, port, said, timeout=timeout)
        finally:
            self._evict_later()

    def _evict_later(self) -> None:
        link = self._scripts.link
        if link is not None and not link.active and not self._scripts.closed:
            self._eviction = asyncio.get_running_loop().call_later(IDLE, self._evict)

    def _evict(self) -> None:
        if self._scripts.link is not None and not self._scripts.link.active:
            self._evicting = asyncio.create_task(self._scripts.hang_up())

    async def close(self) -> None:
        """End every connection for good."""
        self._closed = True
        if self._eviction is not None:
            self._eviction.cancel()
        leaving = [shell.leave(_WITHDRAWN) for shell in self._shells]
        await asyncio.gather(self._checks.close(), self._scripts.close(), *leaving)
        if self._evicting is not None:
            await self._evicting
