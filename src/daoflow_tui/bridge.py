"""The bridge between two loops: the screen's, and the core's in a thread of its own.

A burst of SSH handshakes costs the core's loop hundreds of milliseconds; on the screen's loop every key press would
wait for it. So the core lives in one thread, and only this module crosses over.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeVar

from daoflow_core.errors import DaoflowError
from daoflow_core.events import Event

if TYPE_CHECKING:
    from daoflow_core.console import (
        Console,
    )  # loads the store and the vault: the core's thread does that, not the screen's

T = TypeVar("T")
Opener = Callable[[], Awaitable["Console"]]
CLOSING = 10.0
"""Seconds the core gets to finish what it writes when the screen closes."""


class Bridge:
    """Owns the core's thread; `ask` is the one way in, events are the one way out."""

    def __init__(
        self,
        opener: Opener,
        on_event: Callable[[Event], None],
        *,
        poll: bool = True,
        beside: AsyncExitStack | None = None,
    ) -> None:
        """`beside` holds what the opener opened besides the console; it is closed after it, in the core's thread."""
        self._opener = opener
        self._beside = beside or AsyncExitStack()
        self._on_event = on_event
        self._poll = poll
        self._loop: asyncio.AbstractEventLoop | None = None
        self._opened: Future[Console] = Future()
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._work, name="daoflow-core", daemon=True)

    def start(self) -> None:
        """Start the core's thread; importing the transport and opening the store happen there."""
        self._thread.start()

    async def console(self) -> Console:
        """The opened console; awaits the opening, raises what it raised. For reading its plain facts only."""
        return await asyncio.shield(asyncio.wrap_future(self._opened))

    async def ask(self, question: Callable[[Console], Coroutine[Any, Any, T]]) -> T:
        """Run `question` on the core's loop and await its answer here; cancelling here cancels there."""
        console = await self.console()
        if self._loop is None or self._loop.is_closed():
            raise DaoflowError("The console is closing.", next_step="Start it again.")
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(question(console), self._loop))

    def tell(self, call: Callable[[], object]) -> None:
        """Have the core's loop call something soon, in the order told; nobody hears how it went."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)

    async def close(self) -> None:
        """End the core: it finishes its writes, drops its connections, and the thread ends."""
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)
        await asyncio.to_thread(self._thread.join, CLOSING)

    def _work(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:
            if not self._opened.done():
                self._opened.set_exception(error)
                return
            raise

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with self._beside:
            console = await self._open(self._stop)
            if console is not None:
                await self._serve(console, self._stop)

    async def _open(self, stop: asyncio.Event) -> Console | None:
        """The console; None when the screen closed first, so that quitting never waits for an opening that hangs."""
        opening = asyncio.ensure_future(self._opener())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if opening.done():
            return opening.result()
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        self._opened.set_exception(DaoflowError("The console is closing.", next_step="Start it again."))
        return None

    async def _serve(self, console: Console, stop: asyncio.Event) -> None:
        try:
            console.events.subscribe(self._on_event)
            self._opened.set_result(console)
            duties = [console.tend(), console.poll()] if self._poll else [console.tend()]
            tasks = [asyncio.create_task(duty) for duty in duties]
            await stop.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await console.close()
