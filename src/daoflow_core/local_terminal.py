"""A shell of this user on this machine, under a terminal of its own."""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
from pathlib import Path

from daoflow_core.model.terminal import Foreground, ShellChoice, ShellEnd, ShellRequest
from daoflow_core.ports import Feed
from daoflow_core.processes import own_environment
from daoflow_core.pty_process import PtyProcess
from daoflow_core.terminal_errors import TerminalRefused
from daoflow_core.text import decode

CLOSE_SECONDS = 3.0
SURROUNDINGS = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
"""What programs are told about the terminal: only what it draws."""
_NOT_ITS_OWN = ("COLUMNS", "LINES", "TMUX", "TMUX_PANE", "STY")


class LocalTerminal:
    """The Shell port on this machine."""

    def __init__(self, process: PtyProcess) -> None:
        self._process = process
        self.write = process.write
        self.resize = process.resize
        self.pause_reading = process.pause_reading
        self.resume_reading = process.resume_reading

    @classmethod
    async def open(cls, request: ShellRequest, feed: Feed) -> LocalTerminal:
        """Start a shell. Raises TerminalRefused."""
        user = pwd.getpwuid(os.geteuid())
        kept = {name: value for name, value in own_environment().items() if name not in _NOT_ITS_OWN}
        try:
            process = await PtyProcess.start(
                _command(request.shell, user.pw_shell),
                {**kept, **SURROUNDINGS},
                _folder(user.pw_dir),
                (request.columns, request.rows),
                feed,
            )
        except OSError as error:
            raise TerminalRefused(
                "No shell could be started on this machine.", why=f"{os.strerror(error.errno or 0)}."
            ) from None
        return cls(process)

    def pace(self, rate: float) -> None:
        """The kernel keeps no more than 4 KB of a terminal's output."""

    async def foreground(self) -> Foreground:
        """Whether another process group than the shell's own has the terminal."""
        group = self._process.foreground()
        if group is None:
            return Foreground()
        if group == self._process.pid:
            return Foreground(busy=False)
        return Foreground(busy=True, program=_name_of(group))

    async def ended(self) -> ShellEnd:
        """How the shell ended."""
        status = await self._process.wait()
        if status >= 0:
            return ShellEnd(exit_status=status)
        return ShellEnd(signal=signal.Signals(-status).name.removeprefix("SIG"))

    async def close(self) -> None:
        """Hang up as a closed terminal does, and wait."""
        self._process.hang_up()
        await asyncio.wait([asyncio.ensure_future(self.ended())], timeout=CLOSE_SECONDS)


def _command(choice: ShellChoice, login_shell: str) -> tuple[str, ...]:
    if choice is ShellChoice.LOGIN:
        return login_shell or "/bin/sh", "-l"
    return (choice.value,)


def _folder(home: str) -> Path | None:
    return Path(home) if Path(home).is_dir() else None


def _name_of(process: int) -> str | None:
    try:
        return decode(Path(f"/proc/{process}/comm").read_bytes().strip()) or None
    except OSError:
        return None
