"""A shell on a server in the terminal that this program runs in: every key goes there, and the terminal comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from daoflow_core.model.terminal import EndReason, Notice
from daoflow_tui.cli.tty_keys import Keys

if TYPE_CHECKING:
    from daoflow_core.model.terminal import SessionEnd, ShellRequest
    from daoflow_core.services.terminal_session import TerminalSession
    from daoflow_core.services.terminals import TerminalService

INPUT, OUTPUT = 0, 1
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Signals that end the session; the keys that make them elsewhere go to the host."""
HIGH, LOW = 256 * 1024, 64 * 1024
"""Bytes that wait for this terminal before the host has to, and at which it may go on."""
_OFF = (1047, 1000, 1002, 1003, 1006, 1004, 2004, 1)
AFTER_A_BREAK = b"".join(b"\x1b[?%dl" % mode for mode in _OFF) + b"\x1b>\x1b[?25h\x1b[0m"
"""Takes back what a program on the host asked for and could not end: its screen, the mouse, pastes, a hidden cursor."""


class TtyScreen:
    """The sink: a thread writes to the terminal, so that one that stands still stops nothing but its shell."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()
        self._news = threading.Condition()
        self._closing = self._paused = False
        self.session: TerminalSession | None = None
        self._thread = threading.Thread(target=self._write, daemon=True, name="terminal")

    def show(self) -> None:
        """Begin with what has come so far."""
        self._thread.start()

    def feed(self, data: bytes) -> None:
        """What the host shows."""
        with self._news:
            self._waiting += data
            self._news.notify()
            pause = len(self._waiting) > HIGH and not self._paused
            self._paused = self._paused or pause
        if pause and self.session is not None:
            self.session.pause_reading()

    def notice(self, notice: Notice) -> None:
        """What the person at the keys must know."""
        self.feed(f"\a\r\n[daoflow-tui: {notice.words}]\r\n".encode())

    async def close(self, seconds: float = 2.0) -> None:
        """Show what is left; a terminal that stands still is not waited for."""
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, seconds)

    def _write(self) -> None:
        while True:
            with self._news:
                while not self._waiting:
                    if self._closing:
                        return
                    self._news.wait()
                data, self._waiting = bytes(self._waiting), bytearray()
            try:
                write_all(data)
            except OSError:
                return  # the terminal is gone: its end of input ends the session
            if self._paused:
                self._loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        if self._paused and len(self._waiting) < LOW and self.session is not None:
            self._paused = False
            self.session.resume_reading()


async def attach(
    terminals: TerminalService,
    server_id: str,
    request: ShellRequest,
    greeting: Callable[[TerminalSession], str],
) -> SessionEnd:
    """Open a shell and give it this terminal until it ends; the terminal is as before when this returns or raises."""
    screen = TtyScreen()
    session = screen.session = await terminals.open(server_id, request, screen)
    end: SessionEnd | None = None
    try:
        with raw(INPUT), _wired(session):
            write_all(f"{greeting(session)}\r\n".encode())
            screen.show()
            end = await session.ended()
    finally:
        await screen.close()
        if end is None or end.reason is not EndReason.EXITED:
            write_all(AFTER_A_BREAK + b"\r\n")
    return end


@contextmanager
def raw(terminal: int) -> Iterator[None]:
    """Every key as it is, until the block is left, however that happens."""
    before = termios.tcgetattr(terminal)
    try:
        tty.setraw(terminal, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextmanager
def _wired(session: TerminalSession) -> Iterator[None]:
    """Keys, sizes and signals of this terminal go to the session."""
    loop, keys = asyncio.get_running_loop(), Keys()

    def read() -> None:
        try:
            data = os.read(INPUT, 64 * 1024)
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(INPUT)
            session.end(EndReason.PROGRAM_ENDED, "the terminal that it was shown in went away")
            return
        session.write(keys.feed(data))
        if keys.hung_up:
            session.end(EndReason.CLOSED, "hung up by the operator")

    def resized() -> None:
        size = os.get_terminal_size(OUTPUT)
        session.resize(size.columns, size.lines)

    def told_to_end(name: str) -> None:
        session.end(EndReason.PROGRAM_ENDED, f"daoflow-tui was told to end ({name})")

    loop.add_reader(INPUT, read)
    loop.add_signal_handler(signal.SIGWINCH, resized)
    for number in ENDING:
        loop.add_signal_handler(number, told_to_end, number.name)
    resized()
    try:
        yield
    finally:
        loop.remove_reader(INPUT)
        for number in (signal.SIGWINCH, *ENDING):
            loop.remove_signal_handler(number)


def write_all(data: bytes) -> None:
    """Write to the terminal, however often it takes only a part."""
    view = memoryview(data)
    while view:
        view = view[os.write(OUTPUT, view) :]
