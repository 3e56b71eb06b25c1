"""One open shell: what passes through it is counted, and it ends for one reason, which is told."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Protocol

from daoflow_core.clock import Clock
from daoflow_core.model.server import Server
from daoflow_core.model.terminal import (
    LARGEST,
    SMALLEST,
    EndReason,
    Foreground,
    Notice,
    SessionEnd,
    ShellEnd,
    ShellRequest,
)
from daoflow_core.ports import Shell
from daoflow_core.services.recording_writer import RecordingWriter


class TerminalSink(Protocol):
    """Where a shell is shown; both are called in the core's loop and must not block."""

    def feed(self, data: bytes) -> None:
        """What the terminal shows, as it comes; not returning holds the host back."""
        ...

    def notice(self, notice: Notice) -> None:
        """The session will end unless something changes."""
        ...


class TerminalSession:
    """What a front end holds while a shell is open; every call is made in the core's loop."""

    def __init__(
        self, operation_id: str, server: Server, request: ShellRequest, sink: TerminalSink, clock: Clock
    ) -> None:
        self.operation_id = operation_id
        self.server = server
        self.shell_choice = request.shell
        self.size = (request.columns, request.rows)
        self.bytes_in = self.bytes_out = 0
        self._sink = sink
        self._clock = clock
        self._opened = self._active = clock.monotonic()
        self._shell: Shell | None = None
        self._recording: RecordingWriter | None = None
        self._told: asyncio.Future[tuple[EndReason, str]] = asyncio.get_running_loop().create_future()
        self._end: SessionEnd | None = None
        self._recorded = asyncio.Event()
        self._holders: set[str] = set()

    @property
    def idle_seconds(self) -> float:
        """How long nothing has been typed and nothing was shown."""
        return self._clock.monotonic() - self._active

    @property
    def over(self) -> bool:
        """Whether it has ended, or is about to."""
        return self._told.done()

    def feed(self, data: bytes) -> None:
        """Take what the host shows; a fault of whoever shows it ends this session and no other."""
        self.bytes_out += len(data)
        self._active = self._clock.monotonic()
        if self._told.done():
            return
        if self._recording is not None:
            self._recording.shown(data)
        try:
            self._sink.feed(data)
        except Exception as error:  # noqa: BLE001 - raised on, it would cut the connection without a reason
            self.end(EndReason.CONSOLE_FAULT, f"the screen of this terminal failed: {type(error).__name__}")

    def write(self, data: bytes) -> None:
        """Type bytes; after the end nothing happens."""
        if self._shell is None or self._told.done():
            return
        self.bytes_in += len(data)
        self._active = self._clock.monotonic()
        if self._recording is not None:
            self._recording.typed(data)
        self._shell.write(data)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; the program on the host is told."""
        columns, rows = (min(max(one, SMALLEST), LARGEST) for one in (columns, rows))
        if self._shell is not None and (columns, rows) != self.size:
            self.size = (columns, rows)
            if self._recording is not None:
                self._recording.resized(columns, rows)
            self._shell.resize(columns, rows)

    def pause_reading(self) -> None:
        """Hear nothing more for now: the host is held back."""
        self._hold("screen", True)

    def resume_reading(self) -> None:
        """Hear what comes, beginning with what was held back."""
        self._hold("screen", False)

    def pace(self, rate: float) -> None:
        """Tell the host's end how many bytes a second are shown, while they come in a flood."""
        if self._shell is not None:
            self._shell.pace(rate)

    @property
    def recording_id(self) -> str | None:
        """The recording that this session is kept in, if any: whoever shows it says so."""
        return None if self._recording is None else self._recording.id

    def record(self, writer: RecordingWriter) -> None:
        """Keep what passes from now on; what can't be kept ends the session."""
        self._recording = writer
        writer.failed = lambda why: self.end(EndReason.RECORDING_FAILED, why)
        writer.hold = lambda is_full: self._hold("recording", is_full)

    def _hold(self, who: str, is_held: bool) -> None:
        """The host goes on only when nobody holds it back."""
        before = bool(self._holders)
        (self._holders.add if is_held else self._holders.discard)(who)
        if self._shell is None or bool(self._holders) == before:
            return
        (self._shell.pause_reading if self._holders else self._shell.resume_reading)()

    async def foreground(self) -> Foreground:
        """Whether a program runs in the shell now, as far as that can be known."""
        return Foreground() if self._shell is None else await self._shell.foreground()

    def warn(self, notice: Notice) -> None:
        """Say to whoever looks that the session will end."""
        with contextlib.suppress(Exception):  # what shows it failed: the end itself does not depend on it
            self._sink.notice(notice)

    def end(self, reason: EndReason, words: str) -> None:
        """Have the session end; the first reason counts."""
        if not self._told.done():
            self._told.set_result((reason, words))

    async def close(self) -> SessionEnd:
        """Hang up because the operator wants to, and wait until that is on record."""
        self.end(EndReason.CLOSED, "closed here by the operator")
        return await self.ended()

    async def ended(self) -> SessionEnd:
        """How it ended, once that is on record, or known not to be writable now."""
        await self._recorded.wait()
        return self._end or self._judge(ShellEnd(lost="this program failed"))

    async def until_over(self, shell: Shell) -> SessionEnd:
        """Carry the session to its end, whatever ends it, and leave nothing running here."""
        self._shell = shell
        if self._holders:
            shell.pause_reading()
        self._opened = self._active = self._clock.monotonic()
        ending = asyncio.ensure_future(shell.ended())
        either: list[asyncio.Future[Any]] = [ending, self._told]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.end(EndReason.CANCELLED, "somebody asked for the end of this session")
        if not ending.done():
            await shell.close()
        return self._judge(await ending)

    def conclude(self, end: SessionEnd) -> None:
        """Take this as how it ended."""
        self._end = end

    def settle(self) -> None:
        """Let everybody who waits for the end know it."""
        self._recorded.set()

    def _judge(self, shell: ShellEnd) -> SessionEnd:
        if self._told.done():
            reason, words = self._told.result()
        elif shell.known:
            reason, words = EndReason.EXITED, _exit_words(shell)
        else:
            reason, words = EndReason.LINK_LOST, shell.lost or "the connection was lost"
        self.end(reason, words)
        seconds = self._clock.monotonic() - self._opened
        return SessionEnd(
            reason, words, shell.exit_status, shell.signal, seconds, self.bytes_in, self.bytes_out
        )


def _exit_words(shell: ShellEnd) -> str:
    if shell.signal is not None:
        return f"the shell was ended by signal {shell.signal}"
    return f"the shell ended with status {shell.exit_status}"
