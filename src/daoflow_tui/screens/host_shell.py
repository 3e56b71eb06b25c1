"""One shell as the screens keep it: its terminal, what it is in now, and the session behind it in the core."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError
from daoflow_core.model.terminal import EndReason, Notice, SessionEnd, ShellChoice
from daoflow_tui.terminal.choice import choose
from daoflow_tui.terminal.emulation import FOREVER, Emulation
from daoflow_tui.terminal.values import Bell, Clipboard, Event, Notification, Title
from daoflow_tui.widgets.cells import plain

if TYPE_CHECKING:
    from daoflow_core.services.terminal_session import TerminalSession
    from daoflow_tui.session import Session
    from daoflow_tui.widgets.terminal_view import TerminalView

TURN = 0.002
"""Seconds of CPU that output may take before a key, or another session, has its turn."""
TELLING = 4096
"""Bytes from which on the time that they took says how fast output is shown."""
RESIZE_WAIT = 0.05
"""Seconds that a size has to stand before the host hears of it."""
LONGEST_TITLE = 80
_FRESH = (
    "\x1b[?1049l\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[?2026l\x1b[?1l\x1b>"
    "\x1b[<9u\x1b[>4m\x1b[?6l\x1b[?7h\x1b[r\x1b[0m\x1b[?25h"
)
"""Takes back what the program before may have asked for, and keeps the lines."""


class ShellState(Enum):
    """How far a shell is."""

    OPENING = "opening"
    OPEN = "open"
    OVER = "over"
    REFUSED = "refused"


class HostShell:
    """Outlives the tab it is shown on. `feed` and `notice` run in the core's thread, all else in the screen's."""

    def __init__(
        self, session: Session, server: tuple[str, str], choice: ShellChoice, size: tuple[int, int]
    ) -> None:
        self.server_id, self.server_name = server
        self.choice, self.size = choice, size
        self.state = ShellState.OPENING
        self.began: datetime | None = None
        self.operation_id = ""
        self.error: DaoflowError | None = None
        self.end: SessionEnd | None = None
        self.warned: Notice | None = None
        self.title = ""
        self.may_copy: bool | None = None
        self.view: TerminalView | None = None
        self.rang = 0.0
        self.told: Callable[[Event | Notice], None] = _nobody
        self._core = session
        self._loop = asyncio.get_running_loop()
        self._live: TerminalSession | None = None
        self._typed: list[bytes] = []
        self._replies = bytearray()
        self._arrived = bytearray()
        self._is_held = False
        self._resizing: asyncio.TimerHandle | None = None
        self.emulation = Emulation(choose(*size), self._wake, self._reply)

    @property
    def is_open(self) -> bool:
        """Whether the host has a shell of ours, or is about to."""
        return self.state in (ShellState.OPENING, ShellState.OPEN)

    # In the core's thread

    def feed(self, data: bytes) -> None:
        """What the host shows; what arrives in many small packets goes to the emulator in one piece."""
        if not self._arrived:
            asyncio.get_running_loop().call_soon(self._pass_on, TURN)
        self._arrived += data

    def drain(self) -> None:
        """Show all that has arrived: the session is over."""
        self._pass_on(FOREVER)

    def _pass_on(self, seconds: float) -> None:
        began = time.monotonic()
        try:
            taken = self.emulation.feed(bytes(self._arrived), seconds)
            del self._arrived[:taken]
            if taken >= TELLING and self._live is not None:
                self._live.pace(taken / max(time.monotonic() - began, 1e-6))
        except Exception as error:  # noqa: BLE001 - a fault of one screen ends that session and no other
            self._arrived.clear()
            if self._live is not None:
                words = f"the screen of this terminal failed: {type(error).__name__}"
                self._live.end(EndReason.CONSOLE_FAULT, words)
        if self._arrived:
            asyncio.get_running_loop().call_soon(self._pass_on, seconds)
        self._hold(bool(self._arrived))

    def _hold(self, is_full: bool) -> None:
        """Have the host wait while what has arrived is not shown: a Ctrl-C overtakes nothing that is under way."""
        if self._live is not None and is_full != self._is_held:
            self._is_held = is_full
            (self._live.pause_reading if is_full else self._live.resume_reading)()

    def notice(self, notice: Notice) -> None:
        """The session ends soon unless something changes."""
        self._loop.call_soon_threadsafe(self._warn, notice)

    def attach(self, live: TerminalSession) -> None:
        """The session is there: what the terminal had to answer meanwhile goes first."""
        self._live = live
        if self._replies:
            live.write(bytes(self._replies))
            self._replies.clear()

    def _reply(self, data: bytes) -> None:
        if self._live is None:
            self._replies += data
        else:
            self._live.write(data)

    def _wake(self) -> None:
        self._loop.call_soon_threadsafe(self._woken)

    # In the screen's thread

    def _woken(self) -> None:
        if self.view is not None:
            self.view.wake()
        for event in self.emulation.take_events():
            self._heed(event)

    def _heed(self, event: Event) -> None:
        if isinstance(event, Title):
            self.title = plain(event.text)[:LONGEST_TITLE]
        if isinstance(event, (Title, Bell, Clipboard, Notification)):
            self.told(event)

    def _warn(self, notice: Notice) -> None:
        self.warned = notice
        self.told(notice)

    @property
    def recording_id(self) -> str | None:
        """The recording that is kept of it, if one is."""
        return None if self._live is None else self._live.recording_id

    @property
    def live(self) -> TerminalSession | None:
        """The session in the core, while there is one."""
        return self._live if self.state is ShellState.OPEN else None

    def type(self, data: bytes) -> None:
        """Type bytes; what is typed while the shell opens is typed into it once it is open."""
        if self.state is ShellState.OPENING:
            self._typed.append(data)
        elif data and (live := self.live) is not None:
            self.warned = None
            self._core.tell(partial(live.write, data))

    def resize(self, columns: int, rows: int) -> None:
        """Tell the host of another size, once it stands still."""
        self.size = (columns, rows)
        if self._resizing is not None:
            self._resizing.cancel()
        self._resizing = self._loop.call_later(RESIZE_WAIT, self._tell_size)

    def _tell_size(self) -> None:
        self._resizing = None
        if (live := self.live) is not None:
            self._core.tell(partial(live.resize, *self.size))

    def opened(self, live: TerminalSession, now: datetime) -> None:
        """The host has a shell."""
        self.state, self.operation_id, self.began = ShellState.OPEN, live.operation_id, now
        if live.size != self.size:
            self._tell_size()
        typed, self._typed = b"".join(self._typed), []
        self.type(typed)

    def refused(self, error: DaoflowError) -> None:
        """No shell came about."""
        self.state, self.error = ShellState.REFUSED, error
        self._typed.clear()
        operation_id = error.details.get("operationId")
        self.operation_id = operation_id if isinstance(operation_id, str) else ""
        self.rule(f"no shell: {error.message}")

    def over(self, end: SessionEnd | None, now: datetime) -> None:
        """The shell is gone; what it showed stays, under a rule that says why. None: nobody knows how it ended."""
        self.state, self.end, self.warned = ShellState.OVER, end, None
        at = now.astimezone().strftime("%H:%M:%S")
        words = "the console lost sight of it" if end is None else end.words
        if end is not None and end.reason is EndReason.EXITED:
            self.rule(f"{words} at {at}")
        elif end is not None and end.reason is EndReason.CLOSED:
            self.rule(f"closed at {at}")
        else:
            lost = end is None or end.reason is EndReason.LINK_LOST
            self.rule(f"{'connection lost' if lost else 'ended'} {at}: {words}")
            self.rule("your screen is kept; what ran in the shell may have stopped")

    def rule(self, words: str) -> None:
        """A line of ours below what the host showed."""
        row = self.emulation.engine_rows
        last = f"\x1b[{row};1H" if self.emulation.modes.alternate_screen else ""
        self.emulation.feed(f"\x1b[0m\x1b[?2026l{last}\r\n\x1b[7m--- {plain(words)} ---\x1b[0m\r\n".encode())

    def begin_again(self) -> None:
        """A new session in the same window, below what is left of the one before."""
        self.emulation.feed(_FRESH.encode() + f"\x1b[{self.emulation.engine_rows};1H\r\n".encode())
        self.state, self.error, self.end, self.warned = ShellState.OPENING, None, None, None
        self._live, self._is_held = None, False
        self.operation_id, self.title, self.may_copy = "", "", None
        self._replies.clear()


def _nobody(_: Event | Notice) -> None:
    """Nobody has to be told."""
