"""Every key of a real xterm through a real pseudo-terminal and the whole console into a real shell, byte for byte."""

import asyncio
import contextlib
import fcntl
import json
import os
import pty
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.model.registration import ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind

RECORDED = json.loads((Path(__file__).parents[1] / "recorded/keys/xterm-379.json").read_text())
NORMAL = {key: bytes.fromhex(raw) for key, raw in RECORDED["normal"].items()}
CURSOR = {key: bytes.fromhex(raw) for key, raw in RECORDED["application-cursor"].items()}
pytestmark = pytest.mark.e2e
OURS = {b"\x1d", b"\x1b[24~"}
"""What gives the keyboard back: ctrl+] and f12."""
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
os.write(1, b"\\x1b[?1l\\r\\nread-all " + sys.argv[3].encode())
"""


class Outer:
    """A pseudo-terminal around the console, with nothing between that could change a key."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._shown = bytearray()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-m", "daoflow_tui"], environ)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._fd, 65536):
                self._shown += data

    def send(self, data: bytes) -> None:
        os.write(self._fd, data)

    def wait_for(self, text: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while text.encode() not in self._shown:
            assert time.monotonic() < end, (text, bytes(self._shown[-2000:]))
            time.sleep(0.02)
        self._shown.clear()

    def close(self) -> None:
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


@pytest.fixture
def outer(tmp_path: Path) -> Iterator[Outer]:
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAOFLOW_HOME": str(tmp_path / "store"),
        "TERM": "xterm-256color", "LANG": "C.UTF-8", "SHELL": "/bin/sh",
    }  # fmt: skip
    asyncio.run(register(environ))
    opened = Outer(environ)
    try:
        opened.wait_for("this machine")
        opened.send(b"t")
        opened.wait_for("THE SHELL HAS THE KEYBOARD")
        yield opened
    finally:
        opened.close()


def read_by_program(outer: Outer, folder: Path, first: str, keys: list[bytes]) -> bytes:
    """What a program in the shell reads while these keys are pressed."""
    (folder / "reader.py").write_text(READER)
    mark = f"the {len(keys)}"  # what an earlier run left on the screen may be painted once more
    outer.send(f"{sys.executable} {folder}/reader.py {folder}/kept '{first}' '{mark}'\r".encode())
    outer.wait_for("reading")
    for key in keys:
        outer.send(key)
        time.sleep(0.002)
    outer.send(b"THE-END")
    outer.wait_for(f"read-all {mark}")
    return (folder / "kept").read_bytes().removesuffix(b"THE-END")


def test_a_program_in_the_shell_reads_every_key_as_a_real_xterm_sends_it(
    outer: Outer, tmp_path: Path
) -> None:
    keys = [raw for raw in NORMAL.values() if raw not in OURS]
    assert len(keys) > 590
    assert read_by_program(outer, tmp_path, "", keys) == b"".join(keys)
    cursor = [NORMAL[key] for key in CURSOR]
    assert read_by_program(outer, tmp_path, "\\x1b[?1h", cursor) == b"".join(CURSOR.values())
