"""What every program of a peer has in common: it runs as a task, and is waited for and ended with it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self


class PeerProgram(ABC):
    """A program that a session of a peer began."""

    def __init__(self) -> None:
        self._task = asyncio.create_task(self._run())

    @abstractmethod
    async def _run(self) -> None:
        """Run it to its end."""

    @abstractmethod
    def kill(self) -> None:
        """End all of it at once."""

    def when_ended(self, call: Callable[[Self], None]) -> None:
        """Have a function called with this once its processes are gone."""
        self._task.add_done_callback(lambda _: call(self))

    async def ended(self, patience: float) -> None:
        """Wait until its processes are gone; after `patience` seconds, see to it."""
        if not (await asyncio.wait([self._task], timeout=patience))[0]:
            self.kill()
            await asyncio.wait([self._task])
