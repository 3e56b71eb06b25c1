"""One emulated terminal between two threads: fed where the bytes arrive, looked at where they are drawn."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from daoflow_tui.terminal.engine import Engine
from daoflow_tui.terminal.values import Cursor, Event, Modes, Run, Shape

FOREVER = float("inf")
SMALLEST_PIECE, FIRST_PIECE, LARGEST_PIECE = 256, 1024, 64 * 1024
SHORT, LONG = 0.0005, 0.002
"""Seconds of CPU between which one piece should take: what is fed in a time can end no closer to it than that."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is to be drawn: rows that changed since the last look, and where everything stood then."""

    rows: dict[int, tuple[Run, ...]]
    cursor: Cursor
    modes: Modes
    history: int
    offset: int
    complete: bool
    """Whether these are all of them; else the next look brings more of the same frame."""


_NOTHING = Frame({}, Cursor(0, 0, False, Shape.BLOCK, False, False), Modes(), 0, 0, True)


class Emulation:
    """An engine behind a lock. `wake` is called in the feeding thread, once until the next `look`.

    Nothing is queued here: what `feed` does not take stays with whoever brought it.
    """

    def __init__(self, engine: Engine, wake: Callable[[], None], reply: Callable[[bytes], None]) -> None:
        self._engine, self._wake, self._reply = engine, wake, reply
        self._lock = threading.Lock()
        self._told = self._closed = False
        self._events: list[Event] = []
        self.modes = Modes()
        self.name = engine.name
        self.received = 0
        self._piece = FIRST_PIECE
        self._reading: Iterator[int | None] | None = None
        self._stood: tuple[Cursor, Modes, int, int] | None = None

    def feed(self, data: bytes, seconds: float = FOREVER) -> int:
        """Take the host's bytes until so much CPU is spent; answers to its questions go back at once.

        Returns how many bytes were taken: all of them when there is no limit.
        """
        with self._lock:
            if self._closed:
                return len(data)
            taken = self._take(data, seconds)
            self.received += taken
            replies = self._engine.replies()
            self.modes = self._engine.modes()
            events = self._engine.events()
            told, self._told = self._told and not events, True
            self._events += events
        if replies:
            self._reply(replies)
        if not told:
            self._wake()
        return taken

    def _take(self, data: bytes, seconds: float) -> int:
        """Feed in pieces whose size follows what they cost: a screenful of scrolling costs ten times plain text."""
        taken, began = 0, time.thread_time()
        now = began
        while taken < len(data) and (not taken or now - began < seconds):
            piece = data[taken : taken + self._piece]
            self._engine.feed(piece)
            taken += len(piece)
            before, now = now, time.thread_time()
            if now - before > LONG:
                self._piece = max(self._piece // 2, SMALLEST_PIECE)
            elif now - before < SHORT and len(piece) == self._piece:
                self._piece = min(self._piece * 2, LARGEST_PIECE)
        return taken

    @property
    def engine_rows(self) -> int:
        """The height in cells."""
        return self._engine.rows

    def look(self, seconds: float = FOREVER) -> Frame:
        """The rows that changed since the last look, as many as can be read in so much CPU, and the rest."""
        with self._lock:
            engine = self._engine
            if self._closed:
                return _NOTHING
            if self._reading is None:
                self._told = False
                self._reading = engine.changes()
            began, rows, is_complete = time.thread_time(), {}, True
            for row in self._reading:
                if row is not None:
                    rows[row] = engine.runs(row)
                if time.thread_time() - began > seconds:
                    is_complete = False
                    break
            if self._stood is None:
                self.modes = engine.modes()
                self._stood = (engine.cursor(), self.modes, engine.history(), engine.offset())
            frame = Frame(rows, *self._stood, is_complete)
            if is_complete:
                self._begin_anew()
            return frame

    def _begin_anew(self) -> None:
        """The next look begins a frame."""
        self._reading = self._stood = None

    def take_events(self) -> list[Event]:
        """What the program asked of the console since the last call."""
        with self._lock:
            found, self._events = self._events, []
        return found

    def resize(self, columns: int, rows: int) -> None:
        """Draw on another size."""
        with self.engine() as engine:
            if (engine.columns, engine.rows) != (columns, rows):
                engine.resize(columns, rows)

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine for a moment, with nobody feeding it."""
        with self._lock:
            self._begin_anew()
            yield self._engine

    def close(self) -> None:
        """Give its memory back; what still arrives is dropped."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._begin_anew()
                self._engine.close()
