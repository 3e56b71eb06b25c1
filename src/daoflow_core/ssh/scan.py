"""Asks a server for its host keys, one connection a kind, and sends neither a user name nor a key."""

from __future__ import annotations

import asyncio

from daoflow_core.errors import TimedOut
from daoflow_core.model.host import Target
from daoflow_core.model.identity import ScannedKey
from daoflow_core.model.server import Endpoint
from daoflow_core.ssh import failures
from daoflow_core.ssh.hostkeys import SIGNATURES, scanned
from daoflow_core.ssh.passage import Via
from daoflow_core.ssh.routes import Routes
from daoflow_core.ssh.transport import Transport


class KeyScanner:
    """The Scanner port over SSH.

    OpenSSH 9.8 and later punish a source that keeps hanging up before it logs in. So a scan first asks what
    is there, then makes one connection for each kind that is, in turn and with a gap: at most six.
    """

    def __init__(
        self,
        transport: Transport | None = None,
        *,
        routes: Routes | None = None,
        gap: float = 0.05,
        timeout: float = 30.0,
    ) -> None:
        self._routes = routes or Routes(transport or Transport())
        self._transport = self._routes.transport
        self._gap = gap
        self._timeout = timeout

    async def scan(self, host: str, port: int, jump: Target | None = None) -> tuple[ScannedKey, ...]:
        """Every host key offered, ed25519 first; all of them or an error. Raises Unreachable or TimedOut.

        Behind a hop the server is asked through it; the hop itself is logged in to as ever, pinned.
        """
        endpoint = Endpoint(host, port, "")
        return await self._routes.over(jump, lambda via: self._scan_in_time(endpoint, via))

    async def _scan_in_time(self, endpoint: Endpoint, via: Via | None) -> tuple[ScannedKey, ...]:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._scan(endpoint, via)
        except TimeoutError:
            raise TimedOut(
                f"{endpoint.address} did not show its host keys within {self._timeout:g} s.",
                why="It greets, but answers too slowly or not at all.",
                next_step="Check the load of the server and the path to it, then scan again.",
                address=endpoint.address,
            ) from None

    async def _scan(self, endpoint: Endpoint, via: Via | None) -> tuple[ScannedKey, ...]:
        offered = set(await self._transport.offered(endpoint, via))
        wanted = [names for names in SIGNATURES.values() if offered & set(names)]
        if not wanted:
            raise failures.no_common_algorithm(
                endpoint.address,
                "It has only host keys of kinds that are too weak or unknown to this program.",
            )
        keys = []
        for names in wanted:
            await asyncio.sleep(self._gap)
            keys.append(scanned(await self._transport.host_key(endpoint, names, via)))
        return tuple(keys)
