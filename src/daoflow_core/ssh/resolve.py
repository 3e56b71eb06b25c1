"""Names to addresses, in threads of their own: a hanging resolver delays only the names it hangs on."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

Address = tuple[socket.AddressFamily, tuple[object, ...]]
Lookup = Callable[[str, int], list[Address]]


def lookup(host: str, port: int) -> list[Address]:
    """Ask the system's resolver; blocks. Raises socket.gaierror."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def literal(host: str, port: int) -> list[Address]:
    """The address that a host written as a number is; empty for a name."""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return []
    family = socket.AF_INET6 if number.version == 6 else socket.AF_INET
    return [(family, (host, port) if number.version == 4 else (host, port, 0, 0))]


@dataclass(slots=True)
class _Answer:
    """One name's addresses, or the wait for them, and when they stop being believed."""

    addresses: asyncio.Future[list[Address]]
    until: float


class Resolver:
    """Resolves names with a short memory; daemon threads, so a hung one never delays the program's end."""

    def __init__(self, *, ttl: float = 30.0, threads: int = 64, ask: Lookup = lookup) -> None:
        self._ttl = ttl
        self._ask = ask
        self._threads = threading.BoundedSemaphore(threads)
        self._answers: dict[tuple[str, int], _Answer] = {}

    async def addresses(self, host: str, port: int, timeout: float) -> list[Address]:
        """Where to connect to, in the system's order. Raises OSError (gaierror) or TimeoutError."""
        if here := literal(host, port):
            return here
        known = self._answers.get((host, port))
        if known is None or (known.addresses.done() and not self._fresh(known)):
            known = self._answers[host, port] = self._start(host, port)
        async with asyncio.timeout(timeout):
            return await asyncio.shield(known.addresses)

    def _fresh(self, answer: _Answer) -> bool:
        return time.monotonic() < answer.until and answer.addresses.exception() is None

    def _start(self, host: str, port: int) -> _Answer:
        """Begin one lookup; whoever asks for the name meanwhile shares it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Address]] = loop.create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be waiting
        if not self._threads.acquire(blocking=False):
            future.set_exception(TimeoutError("too many name lookups are hanging"))
            return _Answer(future, 0.0)
        threading.Thread(target=self._work, args=(loop, future, host, port), daemon=True).start()
        return _Answer(future, time.monotonic() + self._ttl)

    def _work(
        self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[list[Address]], host: str, port: int
    ) -> None:
        try:
            outcome: list[Address] | OSError | UnicodeError = self._ask(host, port)
        except (OSError, UnicodeError) as error:
            outcome = error
        finally:
            self._threads.release()
        try:
            loop.call_soon_threadsafe(_settle, future, outcome)
        except RuntimeError:
            return  # the loop was closed meanwhile: nobody asks any more


def _settle(future: asyncio.Future[list[Address]], outcome: list[Address] | OSError | UnicodeError) -> None:
    if future.done():
        return
    if isinstance(outcome, UnicodeError):
        future.set_exception(socket.gaierror(socket.EAI_NONAME, "not a host name"))
    elif isinstance(outcome, OSError):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
