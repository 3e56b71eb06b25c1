"""What a peer runs for a client that asked for a terminal: a real shell under a real one."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from daoflow_core.pty_process import PtyProcess
from daoflow_core.ssh.peer_program import PeerProgram

if TYPE_CHECKING:
    from daoflow_core.ssh.peer_command import PeerShell

HELD = 256 * 1024
"""Bytes of output that wait for a client before the program has to."""


class PeerTerminal(PeerProgram):
    """One shell or command under a terminal; it is hung up when its channel closes, as sshd does."""

    def __init__(
        self,
        shell: PeerShell,
        line: str | None,
        environment: Mapping[str, str],
        directory: Path | None,
        flowing: asyncio.Event,
    ) -> None:
        self._shell = shell
        self._command = _command(line)
        self._environment = environment
        self._directory = directory
        self._flowing = flowing
        self._held = bytearray()
        self._news = asyncio.Event()
        self._carried = asyncio.Event()
        self._carried.set()
        self._process: PtyProcess | None = None
        super().__init__()

    def kill(self) -> None:
        """End everything in the terminal at once."""
        if self._process is not None:
            self._process.kill()

    def resize(self, columns: int, rows: int) -> None:
        """The client's terminal has another size."""
        if self._process is not None:
            self._process.resize(columns, rows)

    async def _run(self) -> None:
        try:
            self._process = process = await PtyProcess.start(
                self._command, self._environment, self._directory, self._shell.size or (80, 24), self._hold
            )
        except OSError:
            self._shell.channel.exit(127)
            return
        carrying = [asyncio.create_task(one) for one in (self._feed(process), self._pump(process))]
        hanging_up = asyncio.create_task(self._hang_up(process))
        try:
            status = await process.wait()
            await self._sent()
            self._report(status)
        finally:
            for one in (*carrying, hanging_up):
                one.cancel()
            await asyncio.wait([*carrying, hanging_up])

    def _hold(self, data: bytes) -> None:
        self._held += data
        self._news.set()
        self._carried.clear()
        if len(self._held) > HELD and self._process is not None:
            self._process.pause_reading()

    async def _feed(self, process: PtyProcess) -> None:
        """Carry what the client types."""
        while (data := await self._shell.stdin.get()) is not None:
            await self._flowing.wait()
            process.write(data)

    async def _pump(self, process: PtyProcess) -> None:
        """Carry what is shown, at the client's speed."""
        while True:
            await self._news.wait()
            await self._flowing.wait()
            await self._shell.writable.wait()
            data, self._held = bytes(self._held), bytearray()
            self._news.clear()
            self._carried.set()
            if not self._shell.closed.is_set():
                with contextlib.suppress(BrokenPipeError):
                    self._shell.channel.write(data)
            process.resume_reading()

    async def _sent(self) -> None:
        """Wait until the client has all that was shown, or has left."""
        waiting = [asyncio.create_task(one.wait()) for one in (self._carried, self._shell.closed)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()

    async def _hang_up(self, process: PtyProcess) -> None:
        await self._shell.closed.wait()
        process.hang_up()

    def _report(self, status: int) -> None:
        if self._shell.closed.is_set():
            return
        if status < 0:
            self._shell.channel.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            self._shell.channel.exit(status)


def _command(line: str | None) -> tuple[str, ...]:
    """A shell that edits lines where this machine has one; without its start-up files, which are the user's own."""
    if line is not None:
        return "/bin/sh", "-c", line
    bash = shutil.which("bash")
    return (bash, "--noprofile", "--norc", "-i") if bash else ("/bin/sh", "-i")
