"""A pseudo-terminal around the console and a program in its shell that keeps every byte it reads."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from daoflow_core.console import Opening, open_console
from daoflow_core.model.registration import ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_tui.terminal.ghostty import GhosttyEngine
from daoflow_tui.terminal.values import Modes

COLUMNS, ROWS = 120, 36
SECONDS = 30.0
END = b"THE-END"
READER = """
import os, sys, tty
tty.setraw(0)
os.write(1, (sys.argv[2].encode().decode("unicode_escape") + "\\x1b[2J\\x1b[Hreading").encode())
with open(sys.argv[1], "wb", buffering=0) as kept:
    data = b""
    while not data.endswith(b"THE-END"):
        data += os.read(0, 65536)
    kept.write(data)
tty.setcbreak(0)
os.write(1, b"\\x1b[?1l\\x1b[<9u\\x1b[>4m\\r\\nread-all " + sys.argv[3].encode())
"""


class Outer:
    """A pseudo-terminal around the console, with nothing between that could change a key.

    An engine of ours takes what the console writes: it knows what was asked of the terminal, and answers.
    """

    def __init__(self, environ: dict[str, str], *words: str) -> None:
        self._shown = bytearray()
        self._engine, self._lock = GhosttyEngine(COLUMNS, ROWS), threading.Lock()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-m", "daoflow_tui", *words], environ)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._fd, 65536):
                with self._lock:
                    self._engine.feed(data)
                    self._shown += data
                    if replies := self._engine.replies():
                        os.write(self._fd, replies)

    @property
    def modes(self) -> Modes:
        """What the console asked of the terminal."""
        with self._lock:
            return self._engine.modes()

    def screen(self) -> list[str]:
        """The lines that are shown."""
        with self._lock:
            first = self._engine.history()
            return [self._engine.line(first + row) for row in range(ROWS)]

    def look(self, ask: Callable[[GhosttyEngine], Any]) -> Any:
        """Ask the engine something."""
        with self._lock:
            return ask(self._engine)

    def send(self, data: bytes) -> None:
        os.write(self._fd, data)

    def until(self, holds: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, f"{what}\n" + "\n".join(self.screen())
            time.sleep(0.02)

    def wait_for(self, text: str, seconds: float = SECONDS) -> None:
        self.until(lambda: text.encode() in self._shown, text, seconds)
        self._shown.clear()

    def ends(self) -> None:
        """Wait until the console is gone and everything it wrote was taken."""
        os.waitpid(self.pid, 0)
        self.pid = 0
        time.sleep(0.2)

    def close(self) -> None:
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, 15)
            os.waitpid(self.pid, 0)
        os.close(self._fd)


async def register(environ: dict[str, str]) -> None:
    async with await open_console(Opening(environ)) as console:
        await console.servers.add(
            ServerDraft(
                "here", Endpoint("localhost", 22, "me"), "default", ServerKind.ENGINE, Environment.NONE, None
            )
        )
        await console.grants.terminal("here", 900, "a test")


def read_by_program(
    outer: Outer, folder: Path, first: str, keys: Sequence[bytes], *, kitty_flags: int = 0
) -> bytes:
    """What a program that writes `first` reads while these keys are pressed."""
    (folder / "reader.py").write_text(READER)
    mark = f"the {len(keys)}"  # what an earlier run left on the screen may be painted once more
    outer.send(f"{sys.executable} {folder}/reader.py {folder}/kept '{first}' '{mark}'\r".encode())
    outer.wait_for("reading")
    outer.until(lambda: outer.modes.kitty_flags == kitty_flags, f"flags {kitty_flags}")
    for key in keys:
        outer.send(key)
        time.sleep(0.002)
    outer.send(b"\x1b[200~" + END + b"\x1b[201~")
    outer.wait_for(f"read-all {mark}")
    return (folder / "kept").read_bytes().removesuffix(END)
