"""A shell that stays open on a host and answers framed questions: one round trip a check, no process started."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Sequence
from typing import NamedTuple

from daoflow_core.errors import TimedOut
from daoflow_core.model.host import Section
from daoflow_core.parse.probe import ReplyReader
from daoflow_core.remote import probe_line
from daoflow_core.ssh.channel import OPEN_SECONDS, STDERR, Channel, LinkLostError
from daoflow_core.ssh.link import Link

MAX_NOISE = 1024 * 1024  # bytes a host may send around one answer


class Answer(NamedTuple):
    """What was answered, and how long the question and the first word of the answer were on their way, in seconds."""

    sections: dict[str, Section]
    trip: float


class _FloodError(Exception):
    """The host sends and sends, and it is no answer."""


class _Listener(Channel):
    """The shell's channel: between questions, whatever it says is noise and is dropped."""

    def __init__(self) -> None:
        super().__init__()
        self._reader: ReplyReader | None = None
        self._reply: asyncio.Future[Answer] | None = None
        self._heard = 0
        self._asked_at = 0.0
        self._trip: float | None = None

    def listen(self, nonce: str) -> asyncio.Future[Answer]:
        """The reply to come for one nonce, which is asked now."""
        self._reader, self._heard = ReplyReader(nonce), 0
        self._asked_at, self._trip = time.monotonic(), None
        self._reply = asyncio.get_running_loop().create_future()
        return self._reply

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Part of the answer, or noise."""
        if self._reply is None or self._reply.done() or self._reader is None:
            return
        self._heard += len(data)
        found = self._reader.feed(data) if datatype != STDERR else None
        if self._trip is None and self._reader.begun:
            self._trip = time.monotonic() - self._asked_at
        if found is not None:
            self._reply.set_result(Answer(found, self._trip or 0.0))
        elif self._heard > MAX_NOISE:
            self._reply.set_exception(_FloodError())

    def connection_lost(self, exc: Exception | None) -> None:
        """No answer will come any more."""
        super().connection_lost(exc)
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(LinkLostError())


class ResidentShell:
    """The shell and the script it was fed; one question at a time, and after a missed deadline never again."""

    def __init__(self, listener: _Listener, address: str) -> None:
        self._listener = listener
        self._address = address

    @classmethod
    async def open(cls, link: Link, script: str, *, address: str, timeout: float) -> ResidentShell:
        """Start the shell and feed it a script that defines `dft_probe`. Raises what `Link.open` does."""
        listener = _Listener()
        await link.open(listener, min(timeout, OPEN_SECONDS))
        listener.write(script.encode("utf-8") + b"\n")
        return cls(listener, address)

    @property
    def usable(self) -> bool:
        """Whether the shell can be asked again."""
        return not self._listener.over.is_set()

    async def ask(self, sections: Sequence[str], timeout: float) -> Answer:
        """One answer. Raises TimedOut, and LinkLostError when the shell is gone."""
        nonce = secrets.token_hex(8)
        reply = self._listener.listen(nonce)
        try:
            self._listener.write(probe_line(nonce, sections).encode("ascii"))
            async with asyncio.timeout(timeout):
                return await reply
        except TimeoutError:
            raise self._late(timeout) from None
        except _FloodError:
            raise self._noisy() from None
        finally:
            if not reply.done() or reply.cancelled() or reply.exception() is not None:
                self.close()  # a late answer would still be on its way: no later question may meet it

    def close(self) -> None:
        """Close the shell's channel; its connection stays."""
        self._listener.abort()
        self._listener.over.set()

    def _late(self, timeout: float) -> TimedOut:
        return TimedOut(
            f"{self._address} did not finish the check within {timeout:g} s.",
            why="The login works, but a command of the check hangs there, or the path to the server broke.",
            next_step="Check the load of the server, its disks and its Docker daemon.",
            address=self._address,
        )

    def _noisy(self) -> TimedOut:
        return TimedOut(
            f"{self._address} sent over {MAX_NOISE // 1024} KiB and no answer to the check.",
            why="A start-up file of the shell there prints without end.",
            next_step="Log in by hand and see what the shell prints before its first prompt.",
            address=self._address,
        )
