"""Keeps what passes through a shell; when it can't be kept in time, the shell ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from daoflow_core.clock import Clock
from daoflow_core.errors import DaoflowError
from daoflow_core.model.recordings import Cause, Frame, Part
from daoflow_core.services.recording_file import RecordingFile

FLUSH_SECONDS = 0.5
PIECE, HIGH = 64 * 1024, 1024 * 1024
"""Bytes that make a piece worth writing, and those that may wait before the host has to."""
STALL_SECONDS = 10.0
"""How long one piece may take to reach the disk."""


class RecordingWriter:
    """A bounded queue in memory and one task that empties it; `failed` is called once, with the reason."""

    def __init__(
        self,
        recording_id: str,
        file: RecordingFile,
        clock: Clock,
        *,
        keeps_input: bool,
        causes: tuple[Cause, ...] = (Cause.ASKED,),
    ) -> None:
        self.id = recording_id
        self.causes = causes
        self.size = 0
        self.trouble: str | None = None
        """Why the end of it is not on the disk, once that is so."""
        self.failed: Callable[[str], None] = lambda _: None
        self.hold: Callable[[bool], None] = lambda _: None
        """Called with True when the host must wait, with False when it may go on."""
        self._file = file
        self._clock = clock
        self._begun = clock.monotonic()
        self._keeps_input = keeps_input
        self._frames: list[Frame] = []
        self._waiting = 0
        self._holding = self._closing = False
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    @property
    def seconds(self) -> float:
        """How long it has been recording."""
        return self._clock.monotonic() - self._begun

    def shown(self, data: bytes) -> None:
        """Keep what the terminal shows."""
        self.size += len(data)
        self._add(Part.OUTPUT, data)

    def typed(self, data: bytes) -> None:
        """Keep what is typed, if that was asked for."""
        if self._keeps_input:
            self._add(Part.INPUT, data)

    def resized(self, columns: int, rows: int) -> None:
        """Keep the new size."""
        self._add(Part.SIZE, f"{columns}x{rows}".encode())

    async def close(self) -> None:
        """Write what is left as the last piece; a failure has been told by then."""
        self._closing = True
        self._news.set()
        await asyncio.wait([self._task])

    def _add(self, part: Part, data: bytes) -> None:
        self._frames.append(Frame(self.seconds, part, data))
        self._waiting += len(data)
        if self._waiting >= PIECE:
            self._news.set()
        if self._waiting > HIGH and not self._holding:
            self._holding = True
            self.hold(True)

    async def _keep(self) -> None:
        try:
            while not self._closing:
                await self._soon()
                if self._frames and not self._closing:
                    await self._write(last=False)
            await self._write(last=True)
        except DaoflowError as error:
            self._fail(error.message)
        except TimeoutError:
            self._fail(f"The disk took nothing for {STALL_SECONDS:g} s.")
        except OSError as error:
            self._fail(f"{error.strerror}.")
        else:
            await asyncio.to_thread(self._file.close)

    def _fail(self, why: str) -> None:
        self.trouble = f"it can't be recorded any more: {why}"
        self.failed(self.trouble)

    async def _soon(self) -> None:
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return
        finally:
            self._news.clear()

    async def _write(self, *, last: bool) -> None:
        frames, self._frames, self._waiting = self._frames, [], 0
        async with asyncio.timeout(STALL_SECONDS):
            await asyncio.to_thread(self._file.append, frames, last=last)
        if self._holding:
            self._holding = False
            self.hold(False)
