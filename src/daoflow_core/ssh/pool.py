"""The connections to every server: the Hosts port over SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from daoflow_core.model.host import DEFAULT_LIMIT, CommandResult, ProbeReply, Target
from daoflow_core.model.terminal import ShellRequest
from daoflow_core.ports import Feed, OutputSink, Shell
from daoflow_core.remote import probe_script
from daoflow_core.ssh import failures
from daoflow_core.ssh.channel import LinkLostError
from daoflow_core.ssh.link import Link
from daoflow_core.ssh.routes import Routes, leads_over
from daoflow_core.ssh.seat import Seat
from daoflow_core.ssh.transport import Transport

PROOF_SECONDS = 15.0
"""How long a proof of a login may take once it is logged in."""


class HostPool:
    """Pinned, persistent connections by server; a target that changed in any part never meets an old connection."""

    def __init__(self, transport: Transport | None = None, *, script: str | None = None) -> None:
        self.routes = Routes(transport or Transport())
        self._script = script if script is not None else probe_script()
        self._seats: dict[str, Seat] = {}

    async def probe(
        self, target: Target, sections: Sequence[str], *, timeout: float, patient: bool, anew: bool = False
    ) -> ProbeReply:
        """One check; `timeout` is for the answer, connecting has its own limits; `anew` logs in afresh for it.

        Raises Unreachable, HostIdentityChanged, AuthFailed, TimedOut or KeyRejected.
        """
        seat = await self._seat(target)
        return await seat.probe(sections, timeout=timeout, patient=patient, anew=anew)

    async def run(
        self,
        target: Target,
        script: str,
        *,
        timeout: float,
        sink: OutputSink | None = None,
        survive: bool = False,
        limit: int = DEFAULT_LIMIT,
    ) -> CommandResult:
        """Run a script as `Link.run` does; an exit status of None is an unknown outcome. Raises what `probe` does."""
        seat = await self._seat(target)
        return await seat.run(script, timeout=timeout, sink=sink, survive=survive, limit=limit)

    async def open_shell(self, target: Target, request: ShellRequest, feed: Feed) -> Shell:
        """A shell under a terminal. Raises what `Transport.connect` does, and TerminalRefused."""
        return await (await self._seat(target)).open_shell(request, feed)

    async def knock(self, target: Target, address: str, port: int, said: bytes, *, timeout: float) -> bytes:
        """Have the host connect to a port of its own, as the port says; nothing is needed there but SSH itself."""
        seat = await self._seat(target)
        return await seat.knock(address, port, said, timeout=timeout)

    async def prove(self, target: Target) -> None:
        """One login that disturbs no other connection, and that scripts can be run with. Raises what `probe` does."""
        link = Link(await self.routes.connect(target), target.endpoint)
        try:
            done = await link.run("exit 0\n", timeout=PROOF_SECONDS)
        except LinkLostError:
            done = None
        finally:
            await link.aclose()
        if done is None or done.exit_status != 0:
            why = "The login works with this key, but nothing can be run with it: a forced command, or no shell."
            raise failures.closed(target.endpoint.address, "after the login", why)

    async def _seat(self, target: Target) -> Seat:
        known = self._seats.get(target.server_id)
        if known is not None and known.target == target:
            return known
        seat = self._seats[target.server_id] = Seat(self.routes, target, self._script)
        if known is not None:
            await known.close()
        return seat

    async def close(self, server_id: str) -> None:
        """End every connection of one server, and those through it; what waits for one is told."""
        gone = [seat for seat in self._seats.values() if leads_over(seat.target, server_id)]
        for seat in gone:
            del self._seats[seat.target.server_id]
        await asyncio.gather(*(seat.close() for seat in gone))
        await self.routes.close(server_id)

    async def aclose(self) -> None:
        """End every connection; takes a second at most for all of them."""
        seats, self._seats = list(self._seats.values()), {}
        await asyncio.gather(*(seat.close() for seat in seats))
        await self.routes.aclose()
