"""From a host and port to a socket on which an SSH server has greeted; nothing is sent."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from daoflow_core.model.server import Endpoint
from daoflow_core.ssh import failures
from daoflow_core.ssh.gate import Slots
from daoflow_core.ssh.greeting import MAX_PREAMBLE, greeted, identification, no_greeting, rejected
from daoflow_core.ssh.passage import Passage, Via, open_passage
from daoflow_core.ssh.resolve import Address, Resolver


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds each stage of a connection may take, and how many connections may be in a stage at once."""

    lookup: float = 5.0
    tcp: float = 5.0
    greeting: float = 5.0
    login: float = 20.0
    waits: int = 256
    handshakes: int = 16


class Dialer:
    """Opens TCP connections and waits for SSH greetings, many at once, so that dead hosts hold up nobody."""

    def __init__(self, limits: Limits, resolver: Resolver) -> None:
        self._limits = limits
        self._resolver = resolver
        self._waits = Slots(limits.waits)

    async def open(
        self, endpoint: Endpoint, *, patient: bool, via: Via | None = None
    ) -> socket.socket | Passage:
        """A connected socket, or `via` a hop a stream, with the whole greeting still in it. Raises Unreachable."""
        if via is not None:
            async with self._waits.hold(patient=patient):
                return await open_passage(via, endpoint, tcp=self._limits.tcp, greeting=self._limits.greeting)
        return await self._open_socket(endpoint, patient=patient)

    async def _open_socket(self, endpoint: Endpoint, *, patient: bool) -> socket.socket:
        addresses = await self._resolve(endpoint)
        async with self._waits.hold(patient=patient):
            connection = await self._connect(endpoint, addresses)
            try:
                await self._await_greeting(connection, endpoint.address)
            except BaseException:
                connection.close()
                raise
        return connection

    async def _resolve(self, endpoint: Endpoint) -> list[Address]:
        try:
            return await self._resolver.addresses(endpoint.host, endpoint.port, self._limits.lookup)
        except (OSError, TimeoutError) as error:
            raise failures.unresolved(endpoint, error) from None

    async def _connect(self, endpoint: Endpoint, addresses: list[Address]) -> socket.socket:
        """The first address that answers; each has its share of the time."""
        failure = failures.silent(endpoint.address, self._limits.tcp)
        for family, address in addresses:
            try:
                return await self._connect_to(family, address, self._limits.tcp / len(addresses))
            except TimeoutError:
                failure = failures.silent(endpoint.address, self._limits.tcp)
            except OSError as error:
                failure = failures.from_socket(endpoint.address, error)
        raise failure

    async def _connect_to(
        self, family: socket.AddressFamily, address: tuple[object, ...], seconds: float
    ) -> socket.socket:
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.setblocking(False)
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_connect(connection, address)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _await_greeting(self, connection: socket.socket, address: str) -> None:
        """Return once the identification line is in the receive buffer, untouched."""
        seen = b""
        try:
            async with asyncio.timeout(self._limits.greeting):
                while not greeted(seen):
                    seen = await _peek_beyond(connection, len(seen), address)
                    if len(seen) >= MAX_PREAMBLE:
                        raise failures.not_ssh(address)
        except TimeoutError:
            raise no_greeting(seen, address, self._limits.greeting) from None
        except OSError as error:
            raise failures.from_socket(address, error) from None
        if not identification(seen).isascii():
            raise failures.not_ssh(address)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)


async def _peek_beyond(connection: socket.socket, known: int, address: str) -> bytes:
    """The unread bytes once there are more than `known`; they stay unread. Raises Unreachable at EOF."""
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVLOWAT, known + 1
    )  # or polling would spin on old bytes
    await _readable(connection)
    seen = connection.recv(MAX_PREAMBLE, socket.MSG_PEEK)
    if len(seen) > known:
        return seen
    raise rejected(seen, address)


def _tell(news: asyncio.Future[None]) -> None:
    if not news.done():
        news.set_result(None)


async def _readable(connection: socket.socket) -> None:
    """Wait until the kernel has news on a socket."""
    loop = asyncio.get_running_loop()
    news: asyncio.Future[None] = loop.create_future()
    loop.add_reader(connection, _tell, news)
    try:
        await news
    finally:
        loop.remove_reader(connection)
