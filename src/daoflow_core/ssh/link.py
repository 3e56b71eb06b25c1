"""One authenticated, pinned connection, and the scripts that run on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import asyncssh

from daoflow_core.capture import Kept
from daoflow_core.errors import TimedOut, Unreachable
from daoflow_core.model.host import DEFAULT_LIMIT, CommandResult
from daoflow_core.model.server import Endpoint
from daoflow_core.ports import OutputSink
from daoflow_core.script_frame import wrap
from daoflow_core.ssh import failures
from daoflow_core.ssh.capture import Capture
from daoflow_core.ssh.channel import OPEN_SECONDS, SCRIPT, Channel, SessionRefusedError, open_channel
from daoflow_core.ssh.forward import forwarded
from daoflow_core.ssh.gate import Slots
from daoflow_core.ssh.spare import Spare

SESSIONS = 8  # OpenSSH allows ten a connection unless it was told otherwise
END_GRACE = 4.0  # seconds a script has to end once its time is over: the guard's TERM, two seconds, KILL
RELEASE_SECONDS = 1.0  # a server may take this long to give a session free that has ended
MAX_STUCK = 4  # sessions that did not end: with so many of them the connection should make room for a new one


class Link:
    """A connection with a bounded number of sessions; scripts that do not end in time are ended on the host."""

    def __init__(self, connection: asyncssh.SSHClientConnection, endpoint: Endpoint) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._slots = Slots(SESSIONS)
        self._left = asyncio.Event()
        self._ended_at = float("-inf")
        self._opening = asyncio.Lock()
        self._spare = Spare(self._open_spare)
        self.active = 0
        self.stuck = 0

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.is_closed()

    async def open(
        self, channel: Channel, timeout: float = OPEN_SECONDS, session: Mapping[str, Any] = SCRIPT
    ) -> None:
        """A session for a channel. Raises LinkLostError, Unreachable or TimedOut; nothing was sent then.

        Of a session that is not a script's, TerminalRefusedError too.
        """
        async with self._opening:  # one at a time, so that a refusal can be told from a full server
            while True:
                try:
                    return await open_channel(self._connection, channel, timeout, session)
                except TimeoutError:
                    raise self._no_session_in_time(timeout) from None
                except SessionRefusedError:
                    await self._wait_for_session()

    async def _open_spare(self, capture: Capture) -> None:
        """A session ahead of its need: one try, and whoever needs one now goes first."""
        async with self._opening:
            try:
                await open_channel(self._connection, capture, OPEN_SECONDS)
            except TimeoutError:
                raise self._no_session_in_time(OPEN_SECONDS) from None

    async def _wait_for_session(self) -> None:
        """The server allows fewer sessions than we use: wait until one of ours ends. Raises Unreachable."""
        if self._spare.drop():
            self._ended_at = time.monotonic()
        elif self.active:
            self._left.clear()
            await self._left.wait()
        elif time.monotonic() - self._ended_at < RELEASE_SECONDS:
            await asyncio.sleep(0.05)
        else:
            raise self._no_session()

    async def run(
        self,
        script: str,
        *,
        timeout: float,
        limit: int = DEFAULT_LIMIT,
        sink: OutputSink | None = None,
        survive: bool = False,
    ) -> CommandResult:
        """Run a POSIX sh script in a session of its own and wait for its end.

        An exit status of None means that the connection ended first: the outcome is unknown. At most `limit` bytes
        of each stream are kept and given to `sink`, which must not raise. A script that is not done after `timeout`
        seconds, and one whose caller is cancelled or whose connection is lost, is ended on the host, with all
        its children; with `survive` it is left to finish there. Raises TimedOut, InvalidInput, Unreachable, or
        LinkLostError when the script was never sent.
        """
        payload = wrap(script, survive=survive)
        kept = Kept(limit, sink)
        async with self._slots.hold(patient=False):
            capture, proof = await self._session(survive=survive)
            self.active += 1
            started = time.monotonic()
            try:
                capture.begin(kept, payload)
                await self._finish(capture, proof, timeout, survive)
                return kept.result(capture.exit_status, capture.signal, time.monotonic() - started)
            finally:
                capture.abort()
                self._leave()

    async def knock(self, address: str, port: int, said: bytes, *, timeout: float) -> bytes:
        """Have the server connect to an address of its own. Raises Unreachable or TimedOut."""
        return await forwarded(self._connection, address, port, said, timeout=timeout)

    def _leave(self) -> None:
        """One script less; the next one finds a session open."""
        self.active -= 1
        self._ended_at = time.monotonic()
        self._left.set()
        if not self.active and not self.closed:
            self._spare.open_later()

    async def _session(self, *, survive: bool) -> tuple[Capture, asyncio.Task[bool] | None]:
        """A session for a script; one that was open before comes with a proof under way that the server is there.

        What must not stop half-way is sent only after the server has answered.
        """
        capture = None if survive else self._spare.take()
        if capture is not None:
            return capture, self._spare.open_next()
        capture = Capture()
        await self.open(capture)
        return capture, None

    async def _finish(
        self, capture: Capture, proof: asyncio.Task[bool] | None, timeout: float, survive: bool
    ) -> None:
        try:
            async with asyncio.timeout(timeout):
                if proof is not None:
                    await self._hear(capture, proof)
                await capture.over.wait()
        except TimeoutError:
            raise await self._end_late(capture, timeout, survive) from None

    async def _hear(self, capture: Capture, proof: asyncio.Task[bool]) -> None:
        """Wait for the first sign of life. Raises TimedOut when neither the script nor the server gave one."""
        hearing = asyncio.create_task(capture.heard.wait())
        try:
            await asyncio.wait([hearing, proof], return_when=asyncio.FIRST_COMPLETED)
            if not capture.heard.is_set() and not proof.result():
                raise self._no_session_in_time(OPEN_SECONDS)
        finally:
            hearing.cancel()

    async def _end_late(self, capture: Capture, timeout: float, survive: bool) -> TimedOut:
        """End what took too long, and say whether it is known to have ended."""
        ended = False
        if not survive:
            capture.end_input()
            try:
                async with asyncio.timeout(END_GRACE):
                    await capture.over.wait()
                ended = capture.exit_status is not None
            except TimeoutError:
                self.stuck += 1
        why = "It was ended there." if ended else "It may still be running there."
        return TimedOut(
            f"The script on {self._endpoint.address} was not done after {timeout:g} s.",
            why=why,
            next_step="Look at the load of the server, then try again.",
            address=self._endpoint.address,
            ended=ended,
        )

    def _no_session(self) -> Unreachable:
        why = "Its SSH service opens no session, although the login was accepted."
        return failures.closed(self._endpoint.address, "before a shell was open", why)

    def _no_session_in_time(self, timeout: float) -> TimedOut:
        return TimedOut(
            f"{self._endpoint.address} opened no shell within {timeout:g} s.",
            why="It is logged in to, but does not answer: it is overloaded, or the path to it broke.",
            next_step="Check the load of the server and the path to it.",
            address=self._endpoint.address,
        )

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._spare.drop()
        self._connection.abort()

    async def aclose(self) -> None:
        """Close the connection and wait, a second at most, until its socket is gone."""
        self._spare.drop()
        self._connection.close()
        try:
            async with asyncio.timeout(1.0):
                await self._connection.wait_closed()
        except TimeoutError:
            self._connection.abort()
            await self._connection.wait_closed()
        await self._spare.settle()
