"""The rows of a shell as strips, read and drawn a few at a time: a screen of colours must not hold up a key."""

from __future__ import annotations

import time

from textual.strip import Strip

from daoflow_tui.terminal.emulation import Emulation, Frame
from daoflow_tui.terminal.values import Run
from daoflow_tui.widgets.terminal_painter import Palette, strip_of

TURN = 0.001
"""Seconds of CPU for which rows are read, or drawn, before a key has its turn."""


class Strips:
    """What is known of each row, and in `runs` what it was drawn from."""

    def __init__(self) -> None:
        self.palette = Palette()
        self.runs: dict[int, tuple[Run, ...]] = {}
        self._rows: list[Strip | None] = []
        self._width = 0
        self._fresh: set[int] = set()
        self._frame: Frame | None = None

    def forget(self, width: int, height: int) -> None:
        """Have every row read and drawn anew, in this size."""
        self._rows, self._width = [None] * height, width
        self.runs.clear()
        self._fresh.clear()
        self._frame = None

    def at(self, row: int) -> Strip | None:
        """One row, as far as it is drawn."""
        return self._rows[row] if row < len(self._rows) else None

    def work(self, emulation: Emulation) -> Frame | None:
        """One turn's work on the frame that is under way; the frame, once every row of it is drawn."""
        if self._frame is None:
            frame = emulation.look(TURN)
            if frame.modes.reverse_screen != self.palette.reverse:
                self._turn_round(reverse=frame.modes.reverse_screen)
            for row, runs in frame.rows.items():
                if row < len(self._rows):
                    self._draw(row, runs)
            if not frame.complete:
                return None
            self._frame = frame
        if not self._draw_missing(emulation):
            return None
        frame, self._frame = self._frame, None
        return frame

    def _turn_round(self, *, reverse: bool) -> None:
        """The program has foreground and background change places."""
        known = self.palette
        self.palette = Palette(known.foreground, known.background, known.colours, reverse)
        self._rows = [None] * len(self._rows)

    def _draw_missing(self, emulation: Emulation) -> bool:
        """Rows that did not change but are not known: all of them after a change of size or colours."""
        missing = [row for row, strip in enumerate(self._rows) if strip is None]
        if not missing:
            return True
        began = time.thread_time()
        with emulation.engine() as engine:
            for row in missing:
                runs = engine.runs(row) if row < engine.rows else ()
                self._draw(row, runs)
                if time.thread_time() - began > TURN:
                    return row == missing[-1]
        return True

    def _draw(self, row: int, runs: tuple[Run, ...]) -> None:
        self.runs[row] = runs
        self._rows[row] = strip_of(runs, self.palette, self._width)
        self._fresh.add(row)

    def take_fresh(self) -> set[int]:
        """The rows that were drawn since the last call."""
        fresh, self._fresh = self._fresh, set()
        return fresh
