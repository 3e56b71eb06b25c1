"""The terminal that the program is run in, held by its other end: what it shows, and how it is set."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daoflow_core.pty_process import set_size

SECONDS = 20.0


class OuterTerminal:
    """One real terminal with one command line in it."""

    def __init__(
        self, words: tuple[str, ...], environ: Mapping[str, str], size: tuple[int, int] = (90, 25)
    ) -> None:
        self._ours, self._theirs = pty.openpty()
        set_size(self._ours, *size)
        self.before = termios.tcgetattr(self._theirs)
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LEAD, os.ttyname(self._theirs), *words],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            env=dict(environ),
            start_new_session=True,
        )

    @property
    def settings(self) -> list[Any]:
        """How the terminal is set now."""
        return termios.tcgetattr(self._theirs)

    def type(self, text: bytes) -> None:
        os.write(self._ours, text)

    def resize(self, columns: int, rows: int) -> None:
        set_size(self._ours, columns, rows)

    def shows(self, text: bytes, seconds: float = SECONDS, *, after: bytes = b"") -> bytes:
        """Wait for a text, behind another one; returns all that was shown."""
        deadline = time.monotonic() + seconds
        while text not in self.shown.partition(after or b"\0")[2 if after else 0]:
            assert time.monotonic() < deadline, self.shown[-3000:]
            self._hear(0.1)
        return self.shown

    def ends(self, seconds: float = SECONDS) -> int:
        """Wait for the end of the program; returns its exit status."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.shown[-3000:]
            self._hear(0.05)
        while self._hear(0.05):
            pass
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def _hear(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if ready:
            self.shown += os.read(self._ours, 65536)
        return bool(ready)


# The terminal becomes the one that controls the program, as a login makes it.
_LEAD = """
import os, sys
os.close(os.open(sys.argv[1], os.O_RDWR))
os.execv(sys.executable, [sys.executable, "-m", "daoflow_tui", *sys.argv[2:]])
"""


def environment(home: Path) -> dict[str, str]:
    """What the program gets of its surroundings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home.parent),
        "DAOFLOW_HOME": str(home),
        "TERM": "xterm-256color",
    }
