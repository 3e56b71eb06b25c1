"""What a script says: both streams up to a limit, handed on as they come, and how the script ended."""

from __future__ import annotations

import signal

from daoflow_core.model.host import CommandResult
from daoflow_core.ports import OutputSink


class Kept:
    """One or two streams with a limit each: the rest is drained, so that the script can go on, and thrown away."""

    def __init__(self, limit: int, sink: OutputSink | None) -> None:
        self._limit = limit
        self._sink = sink
        self.streams = {"stdout": bytearray(), "stderr": bytearray()}
        self.truncated = False

    def add(self, name: str, data: bytes) -> None:
        """Keep what fits, and hand it on."""
        kept = self.streams[name]
        piece = data[: max(0, self._limit - len(kept))]
        self.truncated = self.truncated or len(piece) < len(data)
        if piece:
            kept += piece
            if self._sink:
                self._sink(name, piece)

    def result(self, exit_status: int | None, killed_by: str | None, seconds: float) -> CommandResult:
        """The end of the story; a signal counts as an exit status of 128 and its number, as in every shell."""
        if killed_by is not None:
            exit_status = 128 + _number(killed_by)
        stdout, stderr = (bytes(self.streams[name]) for name in ("stdout", "stderr"))
        return CommandResult(exit_status, stdout, stderr, seconds, self.truncated, killed_by)


def _number(name: str) -> int:
    """The number of a signal by its name without SIG; 0 for one this machine does not know."""
    found = getattr(signal, f"SIG{name}", None)
    return int(found) if isinstance(found, signal.Signals) else 0
