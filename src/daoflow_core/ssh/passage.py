"""A way to a server through a hop's connection: opened and greeted first, then taken over by the SSH conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import asyncssh

from daoflow_core.model.host import Target
from daoflow_core.model.server import Endpoint
from daoflow_core.ssh import failures, hop_failures
from daoflow_core.ssh.greeting import MAX_PREAMBLE, greeted, identification, no_greeting, rejected


@dataclass(frozen=True, slots=True)
class Via:
    """A hop that is logged in to: which one, and its open, pinned connection."""

    hop: Target
    connection: asyncssh.SSHClientConnection


class Passage(asyncssh.SSHTCPSession[bytes]):
    """The near end of a forwarded stream; it keeps what comes until somebody takes it over.

    To asyncssh it is the tunnel of a connection: `create_connection` hands the open stream on.
    """

    def __init__(self) -> None:
        self.seen = b""
        self.ended = False
        self.given_up = False
        self._news = asyncio.Event()
        self._chan: asyncssh.SSHTCPChannel[bytes] | None = None
        self._inner: asyncssh.SSHTCPSession[bytes] | None = None

    # What the hop's connection tells

    def connection_made(self, chan: asyncssh.SSHTCPChannel[bytes]) -> None:
        """The hop has reached the server; nobody waits for it any more when that took too long."""
        self._chan = chan
        if self.given_up:
            chan.abort()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Bytes of the server."""
        if self._inner is not None:
            self._inner.data_received(data, datatype)
            return
        self.seen += data
        self._news.set()

    def eof_received(self) -> bool:
        """The server says no more."""
        self._end()
        return bool(self._inner.eof_received()) if self._inner is not None else False

    def connection_lost(self, exc: Exception | None) -> None:
        """The stream is gone, or the hop's connection with it."""
        self._end()
        if self._inner is not None:
            self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """The hop takes no more for now."""
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The hop takes more again."""
        if self._inner is not None:
            self._inner.resume_writing()

    def _end(self) -> None:
        self.ended = True
        self._news.set()

    # What this side does with it

    async def more(self) -> None:
        """Wait until more has come than was seen up to now, or the end."""
        if not self.ended:
            self._news.clear()
            await self._news.wait()

    def write(self, data: bytes) -> None:
        """Send bytes to the server. Raises ConnectionResetError."""
        if self._chan is None or self._chan.is_closing():
            raise ConnectionResetError("closed")
        self._chan.write(data)

    def close(self) -> None:
        """Give the stream up; the hop's connection stays."""
        self.given_up = True
        if self._chan is not None:
            self._chan.abort()

    async def create_connection(
        self, session_factory: Callable[[], Any], _host: str, _port: int
    ) -> tuple[asyncssh.SSHTCPChannel[bytes], Any]:
        """Hand the stream on, beginning with what has come: asyncssh asks its tunnel for this."""
        chan = self._chan
        if chan is None or self.ended or chan.is_closing():
            raise asyncssh.ConnectionLost("Connection lost")
        inner = self._inner = session_factory()
        inner.connection_made(chan)
        inner.session_started()
        inner.data_received(self.seen, None)
        return chan, inner

    async def wait_closed(self) -> None:
        """Wait until the stream is gone."""
        if self._chan is not None:
            await self._chan.wait_closed()


async def open_passage(via: Via, endpoint: Endpoint, *, tcp: float, greeting: float) -> Passage:
    """A stream to a server on which it has greeted; nothing is sent. Raises Unreachable."""
    passage = Passage()
    try:
        await _reach(via, endpoint, passage, tcp)
        await _await_greeting(passage, endpoint.address, greeting)
    except BaseException:
        passage.close()
        raise
    return passage


async def _reach(via: Via, endpoint: Endpoint, passage: Passage, seconds: float) -> None:
    """Have the hop connect; an attempt that is given up is left to end, so that nothing stays half-open there."""
    opening = asyncio.create_task(
        via.connection.create_connection(lambda: passage, endpoint.host, endpoint.port, encoding=None)
    )
    opening.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        async with asyncio.timeout(seconds):
            await asyncio.shield(opening)
    except TimeoutError:
        raise hop_failures.no_answer(via.hop, endpoint, seconds) from None
    except (OSError, asyncssh.Error) as error:
        raise hop_failures.not_forwarded(via.hop, endpoint, error, lost=via.connection.is_closed()) from None


async def _await_greeting(passage: Passage, address: str, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not greeted(passage.seen):
                if passage.ended:
                    raise rejected(passage.seen, address)
                if len(passage.seen) >= MAX_PREAMBLE:
                    raise failures.not_ssh(address)
                await passage.more()
    except TimeoutError:
        raise no_greeting(passage.seen, address, seconds) from None
    if not identification(passage.seen).isascii():
        raise failures.not_ssh(address)
