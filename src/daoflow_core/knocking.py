"""Asking a port whether somebody is there: connect, say something, hear the first bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from daoflow_core.errors import TimedOut, Unreachable

MOST_BYTES = 4096
KEPT_SECONDS = 0.5
"""A proxy takes a connection and ends it at once when nobody is behind it: one that is kept so long is real."""


class Reader(Protocol):
    """The near end of what the far side says."""

    async def read(self, n: int = -1, /) -> bytes:
        """The next bytes; empty at the end."""
        ...


class Writer(Protocol):
    """The near end of what is said to the far side."""

    def write(self, data: bytes, /) -> None:
        """Say it."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


Streams = tuple[Reader, Writer]


async def knock(
    connect: Callable[[], Awaitable[Streams]], place: str, said: bytes, *, timeout: float
) -> bytes:
    """The first bytes of an answer; empty when the connection is kept and nothing is said.

    Raises Unreachable (`reason` refused or closed) or TimedOut.
    """
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await connect()
            try:
                writer.write(said)
                return await _hear(reader, place, said)
            finally:
                writer.close()
    except TimeoutError:
        raise TimedOut(f"{place} did not answer within {timeout:g} s.", address=place) from None
    except OSError as error:
        raise unheard(place, "refused", f"{place} takes no connection.", error.strerror or "") from None


async def _hear(reader: Reader, place: str, said: bytes) -> bytes:
    try:
        async with asyncio.timeout(None if said else KEPT_SECONDS):
            answer = await reader.read(MOST_BYTES)
    except TimeoutError:
        return b""
    if not answer:
        raise unheard(place, "closed", f"{place} took the connection and ended it without a word.")
    return answer


def unheard(place: str, reason: str, message: str, why: str = "") -> Unreachable:
    """Nobody is behind a port."""
    return Unreachable(message, why=why, reason=reason, address=place)
