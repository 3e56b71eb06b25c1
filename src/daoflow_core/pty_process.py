"""A program on this machine under a terminal of its own."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from daoflow_core.processes import end_session

CHUNK = 64 * 1024
READS = 16
MOST_LEFT = 64
"""Reads of what is still in a terminal when its program has ended."""
HANG_UP_SECONDS = 2.0
"""How long what runs in a terminal has between its hang-up and its end."""

# The shell of this line leads a session of its own (`start_new_session`), so the terminal that it opens becomes the one
# that controls it: no code of ours runs between fork and exec, which a program with threads must not do.
_TAKE = 'exec 0<>"$1" 1>&0 2>&0; shift; exec "$@"'


class PtyProcess:
    """One program and its terminal; `feed` hears every byte it shows, in the event loop, as it comes."""

    def __init__(
        self, process: asyncio.subprocess.Process, master: int, feed: Callable[[bytes], None]
    ) -> None:
        self._process = process
        self._master = master
        self._feed = feed
        self._loop = asyncio.get_running_loop()
        self._unsent = bytearray()
        self._reading = False
        self._shown_all = False
        self._resumed = asyncio.Event()
        self._ending = asyncio.create_task(self._await_end())
        self.resume_reading()

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path | None,
        size: tuple[int, int],
        feed: Callable[[bytes], None],
    ) -> PtyProcess:
        """Run a command in a terminal of so many columns and rows. Raises OSError."""
        master, slave = pty.openpty()
        try:
            set_size(master, *size)
            os.set_blocking(master, False)
            process = await asyncio.create_subprocess_exec(
                *("/bin/sh", "-c", _TAKE, "sh", os.ttyname(slave), *command),
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=dict(environment),
                cwd=directory,
                start_new_session=True,
            )
        except BaseException:
            os.close(master)
            raise
        finally:
            os.close(slave)
        return cls(process, master, feed)

    @property
    def pid(self) -> int:
        """The program's process id, which is also its session."""
        return self._process.pid

    def write(self, data: bytes) -> None:
        """Type bytes; what the terminal does not take at once is kept and follows."""
        if self._master < 0:
            return
        first = not self._unsent
        self._unsent += data
        if first:
            self._send()

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; the program is told with SIGWINCH."""
        if self._master >= 0:
            set_size(self._master, columns, rows)

    def pause_reading(self) -> None:
        """Hear nothing more for now: the program waits once the terminal's buffer is full."""
        if self._reading:
            self._reading = False
            self._resumed.clear()
            self._loop.remove_reader(self._master)

    def resume_reading(self) -> None:
        """Hear what the program shows."""
        if not self._reading and self._master >= 0 and not self._shown_all:
            self._reading = True
            self._resumed.set()
            self._loop.add_reader(self._master, self._read)

    def foreground(self) -> int | None:
        """The process group that has the terminal, or None when that can't be told."""
        try:
            return os.tcgetpgrp(self._master) if self._master >= 0 else None
        except OSError:
            return None

    def hang_up(self) -> None:
        """Tell everything in the terminal that it is gone; what does not end by itself is ended."""
        if not self._ending.done():
            end_session(self.pid, signal.SIGHUP)
            end_session(self.pid, signal.SIGCONT)
            self._loop.call_later(HANG_UP_SECONDS, self.kill)

    def kill(self) -> None:
        """End everything in the terminal at once; what it showed last may stay unheard."""
        self._resumed.set()
        if not self._ending.done():
            end_session(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """The exit status, negative for a signal, once the program is gone and everything it showed was heard."""
        return await asyncio.shield(self._ending)

    async def _await_end(self) -> int:
        status = await self._process.wait()
        for _ in range(
            MOST_LEFT
        ):  # what stays behind in the background may go on for ever: that is not waited for
            if not self._more():
                break
            if not self._reading:
                await self._resumed.wait()
            self._read()
        self._close()
        return status

    def _more(self) -> bool:
        """Whether there is output that nobody has read."""
        if self._shown_all:
            return False
        waiting = bytearray(4)
        try:
            fcntl.ioctl(self._master, termios.FIONREAD, waiting)
        except OSError:
            return False
        return bool(struct.unpack("i", waiting)[0])

    def _read(self) -> None:
        """Take what is there: a terminal gives 4 KiB at a time, so a few times, but not for ever."""
        for _ in range(READS):
            try:
                data = os.read(self._master, CHUNK)
            except BlockingIOError:
                return
            except OSError:
                data = b""  # Linux says EIO when no process holds the other end any more
            if not data:
                self._shown_all = True
                self.pause_reading()
                return
            self._feed(data)
            if not self._reading:
                return

    def _send(self) -> None:
        try:
            sent = os.write(self._master, self._unsent[:4096])
        except BlockingIOError:
            sent = 0
        except OSError:
            self._unsent.clear()  # nobody reads any more; the end of the program tells the rest
            self._loop.remove_writer(self._master)
            return
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._master, self._send)
        else:
            self._loop.remove_writer(self._master)

    def _close(self) -> None:
        self.pause_reading()
        self._loop.remove_writer(self._master)
        master, self._master = self._master, -1
        with contextlib.suppress(OSError):
            os.close(master)


def set_size(terminal: int, columns: int, rows: int) -> None:
    """Set the size of a terminal by either of its ends."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
