"""One session opened ahead of its script, so that a script on a warm connection costs one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from daoflow_core.errors import TimedOut
from daoflow_core.ssh.capture import Capture
from daoflow_core.ssh.channel import LinkLostError, SessionRefusedError

OPENING_DELAY = 0.2  # seconds of rest before one is opened: a program that runs one command never needs it


class Spare:
    """Holds at most one idle session; whoever takes it opens the next at once, which also proves the way.

    `open_session` raises TimedOut when the far side does not answer.
    """

    def __init__(self, open_session: Callable[[Capture], Awaitable[None]]) -> None:
        self._open = open_session
        self._idle: Capture | None = None
        self._opening: asyncio.Task[bool] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def ready(self) -> bool:
        """Whether a session is open, and its shell has not ended."""
        return self._idle is not None and self._idle.waiting

    def take(self) -> Capture | None:
        """The idle session, if it is good; it is the caller's from now on."""
        if not self.ready:
            self.drop()
        capture, self._idle = self._idle, None
        return capture

    def open_next(self) -> asyncio.Task[bool]:
        """Open one now; the task says whether the far side answered at all, be it with a refusal."""
        self._stop_timer()
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open_one())
        return self._opening

    def open_later(self) -> None:
        """Open one when the connection has rested for a moment."""
        if not self.ready and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(OPENING_DELAY, self.open_next)

    async def _open_one(self) -> bool:
        if self.ready:
            return True
        capture = Capture()
        try:
            await self._open(capture)
        except (SessionRefusedError, LinkLostError):
            return True  # there is none to spare; that a connection is lost everyone on it learns by itself
        except TimedOut:
            return False
        self._idle = capture
        return True

    def drop(self) -> bool:
        """Give the idle session back, and open no other for now; False when there was none."""
        self._stop_timer()
        capture, self._idle = self._idle, None
        if capture is None:
            return False
        capture.abort()
        return True

    async def settle(self) -> None:
        """Wait for an opening under way, which ends with its connection."""
        if self._opening is not None:
            await asyncio.wait([self._opening])

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
