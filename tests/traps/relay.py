"""A machine in the middle: it passes SSH through to whoever it is told to, or does something odd instead."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable

from daoflow_core.model.server import Endpoint
from daoflow_core.ssh.peer import LOOPBACK

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PIECE = 64 * 1024


class Relay:
    """A listener on loopback whose behaviour towards later clients can be changed at any time."""

    def __init__(self) -> None:
        self.port = 0
        self.clients = 0
        self.heard = b""
        """What clients have sent to an odd behaviour."""
        self._talk: Talk = _hang_up
        self._silent = False
        self.delay = 0.0
        """Seconds that every byte takes, each way, from now on."""
        self._tasks: set[asyncio.Task[None]] = set()

    def endpoint(self, user: str) -> Endpoint:
        """Where a client finds it."""
        return Endpoint(LOOPBACK, self.port, user)

    def pass_to(self, port: int, *, preamble: bytes = b"") -> None:
        """Be a wire to this port, after `preamble`."""

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(preamble)
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, port)
            with contextlib.closing(far_writer):
                await _first(self._copy(reader, far_writer), self._copy(far_reader, writer))

        self._talk = talk

    def behave(self, talk: Talk) -> None:
        """Do this with every later client."""
        self._talk = talk

    def send(self, data: bytes, *, then_wait: float = 0.0) -> None:
        """Send these bytes to every later client, write down what it sends, and hang up."""

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(then_wait or 0.3):
                    while piece := await reader.read(PIECE):
                        self.heard += piece

        self._talk = talk

    def silence(self) -> None:
        """Swallow every byte from now on, as a path that broke does."""
        self._silent = True

    def drop(self) -> None:
        """Cut everybody off."""
        for task in list(self._tasks):
            task.cancel()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes; each piece arrives `delay` seconds after it was sent, however many are under way."""
        while data := await reader.read(PIECE):
            if self._silent:
                continue
            if self.delay:
                asyncio.get_running_loop().call_later(self.delay, writer.write, data)
            else:
                writer.write(data)
                await writer.drain()
        await asyncio.sleep(self.delay)

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)


async def _hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    return


async def _first(*ways: Awaitable[None]) -> None:
    """Until either way has ended."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def packet(payload: bytes) -> bytes:
    """An SSH packet as it looks before the keys are agreed."""
    padding = 8 - (5 + len(payload)) % 8 + 4
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def text(value: bytes) -> bytes:
    """A string as SSH packs it."""
    return struct.pack(">I", len(value)) + value


def kexinit(host_key_algorithms: bytes) -> bytes:
    """The first packet of a server that offers these host key algorithms."""
    lists = [b"curve25519-sha256", host_key_algorithms, *[b"aes128-ctr"] * 2, *[b"hmac-sha2-256"] * 2]
    names = b"".join(text(one) for one in [*lists, *[b"none"] * 2, b"", b""])
    return packet(b"\x14" + bytes(16) + names + bytes(5))


def disconnect(reason: bytes) -> bytes:
    """A server's goodbye in its own words."""
    return packet(b"\x01" + struct.pack(">I", 11) + text(reason) + text(b""))
