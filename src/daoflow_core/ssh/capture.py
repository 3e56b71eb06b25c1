"""The channel of one script: what it says is kept, and the end is known."""

from __future__ import annotations

import asyncio

from daoflow_core.capture import Kept
from daoflow_core.ssh.channel import STDERR, Channel

SETTLE = (
    2.0  # seconds of silence after the exit status when something in the background keeps the channel open
)


class Capture(Channel):
    """A channel whose output is kept; `over` also comes when the status is known and all is quiet."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.kept = kept
        self._settling: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Output of the script."""
        self.kept.add("stderr" if datatype == STDERR else "stdout", data)
        if self._settling is not None:
            self._settle()

    def exit_status_received(self, status: int) -> None:
        """The status may overtake the last output, so output has some more time."""
        super().exit_status_received(status)
        self._settle()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will come."""
        if self._settling is not None:
            self._settling.cancel()
        super().connection_lost(exc)

    def _settle(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(SETTLE, self.over.set)
