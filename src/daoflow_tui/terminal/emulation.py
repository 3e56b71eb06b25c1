"""One emulated terminal between two threads: fed where the bytes arrive, looked at where they are drawn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from daoflow_tui.terminal.engine import Engine
from daoflow_tui.terminal.values import Cursor, Event, Modes, Run


@dataclass(frozen=True, slots=True)
class Frame:
    """What is to be drawn: rows that changed since the last look, and where everything stands now."""

    rows: dict[int, tuple[Run, ...]]
    cursor: Cursor
    modes: Modes
    history: int
    offset: int


class Emulation:
    """An engine behind a lock. `wake` is called in the feeding thread, once until the next `look`.

    Not returning from `feed` is what holds the host back; nothing is queued here.
    """

    def __init__(self, engine: Engine, wake: Callable[[], None], reply: Callable[[bytes], None]) -> None:
        self._engine, self._wake, self._reply = engine, wake, reply
        self._lock = threading.Lock()
        self._told = self._closed = False
        self._events: list[Event] = []
        self.modes = Modes()
        self.name = engine.name
        self.received = 0

    def feed(self, data: bytes) -> None:
        """Take the host's bytes; answers to its questions go back at once."""
        with self._lock:
            if self._closed:
                return
            self._engine.feed(data)
            self.received += len(data)
            replies = self._engine.replies()
            self.modes = self._engine.modes()
            events = self._engine.events()
            told, self._told = self._told and not events, True
            self._events += events
        if replies:
            self._reply(replies)
        if not told:
            self._wake()

    @property
    def engine_rows(self) -> int:
        """The height in cells."""
        return self._engine.rows

    def look(self) -> Frame:
        """The rows that changed since the last look, and the rest."""
        with self._lock:
            self._told = False
            engine = self._engine
            rows = {row: engine.runs(row) for row in engine.changed() if row < engine.rows}
            self.modes = engine.modes()
            return Frame(rows, engine.cursor(), self.modes, engine.history(), engine.offset())

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
            yield self._engine

    def close(self) -> None:
        """Give its memory back; what still arrives is dropped."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._engine.close()
