"""The channel of one script: what it says is kept, and the end is known."""

from __future__ import annotations

import asyncio

from daoflow_core.capture import Kept
from daoflow_core.ssh.channel import STDERR, Channel

SETTLE = (
    2.0  # seconds of silence after the exit status when something in the background keeps the channel open
)


MAX_NOISE = 64 * 1024  # bytes that a shell may say before it was sent a script


class Capture(Channel):
    """A channel whose output is kept; `over` also comes when the status is known and all is quiet.

    Until `begin` it waits for its script, and what the shell says is noise and dropped.
    """

    def __init__(self, kept: Kept | None = None) -> None:
        super().__init__()
        self.kept = kept
        self.heard = asyncio.Event()
        self._noise = 0
        self._settling: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether the shell waits for its script: it has not ended, and did not flood."""
        ended = self.over.is_set() or self.exit_status is not None or self.signal is not None
        return not ended and self._noise <= MAX_NOISE

    def begin(self, kept: Kept, payload: bytes) -> None:
        """Send the script and keep what it says from now on. Raises LinkLostError when the shell is gone."""
        self.kept = kept
        self.write(payload)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Output of the script."""
        if self.kept is None:
            self._drop_noise(data)
            return
        self.heard.set()
        self.kept.add("stderr" if datatype == STDERR else "stdout", data)
        if self._settling is not None:
            self._settle()

    def exit_status_received(self, status: int) -> None:
        """The status may overtake the last output, so output has some more time."""
        super().exit_status_received(status)
        self.heard.set()
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        if self._settling is not None:
            self._settling.cancel()
        self.heard.set()
        super().connection_lost(exc)

    def _drop_noise(self, data: bytes) -> None:
        self._noise += len(data)
        if self._noise > MAX_NOISE:
            self.abort()

    def _settle(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(SETTLE, self.over.set)
