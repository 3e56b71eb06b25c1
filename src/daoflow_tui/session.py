"""The core as the screens see it: questions in, coalesced news out, and why something is not allowed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from daoflow_core.errors import DaoflowError
from daoflow_core.events import Event
from daoflow_core.paths import database_path
from daoflow_core.secret import Secret
from daoflow_core.store.reader import Reader
from daoflow_tui.bridge import Bridge
from daoflow_tui.start import Start

if TYPE_CHECKING:
    from daoflow_core.console import Console

T = TypeVar("T")
GATHERING = 0.05
"""Seconds in which events of the core are gathered into one message: at most twenty messages a second."""

OPENING = "The console is still opening its store; try again in a moment."


class Courier:
    """Gathers events in the core's thread and hands them over in bundles."""

    def __init__(self, deliver: Callable[[tuple[Event, ...]], object]) -> None:
        self._deliver = deliver
        self._lock = threading.Lock()
        self._gathered: list[Event] = []

    def __call__(self, event: Event) -> None:
        """Take one event, on the core's loop."""
        with self._lock:
            self._gathered.append(event)
            if len(self._gathered) > 1:
                return
        asyncio.get_running_loop().call_later(GATHERING, self._hand_over)

    def _hand_over(self) -> None:
        with self._lock:
            bundle, self._gathered = tuple(self._gathered), []
        self._deliver(bundle)


class Session:
    """One opened console behind the screens; `deliver` gets the news, in the core's thread."""

    def __init__(self, start: Start, deliver: Callable[[tuple[Event, ...]], object]) -> None:
        self.start = start
        self.console: Console | None = None
        self._deliver = deliver
        self._passphrase: Secret | None = None
        self._bridge = self._make_bridge()
        self._reader: Reader | None = None

    def _make_bridge(self) -> Bridge:
        start = self.start
        return Bridge(
            start.opener or self._open_own, Courier(self._deliver), poll=start.poll, beside=start.beside
        )

    async def _open_own(self) -> Console:
        """Runs in the core's thread, which pays for loading the transport, the store and the vault."""
        from daoflow_core.console import Opening, open_console
        from daoflow_core.vault.sources import VaultSources

        start = self.start
        sources = VaultSources.from_environment(start.environ, passphrase=self._passphrase)
        return await open_console(Opening(start.environ, start.overrides, sources, clock=start.clock))

    async def open(self) -> None:
        """Start the core and wait for its store. Raises what opening it raised."""
        self._bridge.start()
        self.console = await self._bridge.console()

    async def open_with(self, passphrase: Secret) -> None:
        """Close the core and open it again with a passphrase for the vault."""
        self.console, self._passphrase = None, passphrase
        await self._bridge.close()
        self._bridge = self._make_bridge()
        await self.open()

    async def ask(self, question: Callable[[Console], Coroutine[Any, Any, T]]) -> T:
        """Have the core answer a question. Raises a DaoflowError."""
        return await self._bridge.ask(question)

    def tell(self, call: Callable[[], object]) -> None:
        """Have the core do something small at once, such as typing a key into a shell."""
        self._bridge.tell(call)

    def why_not(self, action: str, *, server_read_only: bool = False) -> str | None:
        """Why the principal may not do an action now, or None when it may."""
        if self.console is None:
            return OPENING
        return self.console.access.why_not(action, server_read_only=server_read_only)

    def changed_elsewhere(self) -> bool:
        """Whether anything was written since the last look, by whichever process; False while there is no store."""
        try:
            if self._reader is None:
                self._reader = Reader(database_path(self.start.environ))
                return True
            return self._reader.refresh()
        except DaoflowError:
            self._forget_reader()
            return False

    async def close(self) -> None:
        """Let the core finish what it writes."""
        self._forget_reader()
        await self._bridge.close()

    def _forget_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
