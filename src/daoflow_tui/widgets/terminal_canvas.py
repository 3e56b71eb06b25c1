"""Draws one emulated terminal: only rows that changed, at once when nothing was drawn just before."""

from __future__ import annotations

import asyncio
import contextvars
import time
from dataclasses import dataclass

from rich.cells import cell_len
from rich.style import Style as RichStyle
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from daoflow_tui.terminal.emulation import Emulation, Frame
from daoflow_tui.terminal.values import Cursor, Modes, Shape, Style
from daoflow_tui.theme.shell_palettes import PALETTES
from daoflow_tui.widgets.terminal_cursor import with_cursor
from daoflow_tui.widgets.terminal_marks import Marks
from daoflow_tui.widgets.terminal_painter import Palette, set_off
from daoflow_tui.widgets.terminal_strips import Strips

FRAME, SLOWEST = 1 / 60, 0.1
"""Seconds between two paintings while output keeps coming; the first after a rest is at once."""
HURRY, HURRIED = 1 / 250, 0.25
"""Seconds between two paintings right after a key, and for how long: what it does is waited for."""
SHARE = 4
"""How many times as long as a painting took the next one waits."""
SYNCHRONIZED = 0.15
"""Seconds that a program may hold painting back before it is done anyway."""
_NOWHERE = Cursor(0, 0, False, Shape.BLOCK, False, False)


class TerminalCanvas(Widget):
    """Shows `emulation`; `solid` says how its cursor is drawn."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"terminal--found", "terminal--here", "terminal--selected"}  # noqa: RUF012

    @dataclass
    class Sized(Message):
        """There is room for so many cells now."""

        canvas: TerminalCanvas
        columns: int
        rows: int

    @dataclass
    class Scrolled(Message):
        """Another part of the buffer is shown, or the buffer grew while one is."""

        canvas: TerminalCanvas

    def __init__(self) -> None:
        super().__init__()
        self.emulation: Emulation | None = None
        self.modes, self.cursor = Modes(), _NOWHERE
        self.history = self.scrolled = 0
        self.marks = Marks()
        self._strips = Strips()
        self._paint_context: contextvars.Context | None = None
        self._paint_loop: asyncio.AbstractEventLoop | None = None
        self._next_paint: asyncio.TimerHandle | None = None
        self._painted, self._held_since, self._typed = 0.0, 0.0, 0.0
        self._turn: asyncio.Handle | None = None
        self._again = False
        self._spent = self._cost = 0.0

    @property
    def solid(self) -> bool:
        """Whether what is typed goes where the cursor stands."""
        return False

    def painted(self) -> None:
        """Everything is as the last look found it; for subclasses."""

    def wake(self) -> None:
        """There is something new; called in the screen's thread, outside any message."""
        if self._paint_context is None or self._next_paint is not None or not self.is_shown:
            return
        wait = self._painted + self._frame() - time.monotonic()
        if wait <= 0:
            self._paint_context.run(self.paint)
        elif self._paint_loop is not None:
            self._next_paint = self._paint_loop.call_later(wait, self._timed, context=self._paint_context)

    def hurry(self) -> None:
        """A key was typed: show soon what comes of it."""
        self._typed = time.monotonic()
        if self._next_paint is not None:
            self._next_paint.cancel()
            self._next_paint = None
            self.wake()

    def _frame(self) -> float:
        """Seconds from one painting to the next: a flood must not cost the keys their time."""
        least = HURRY if time.monotonic() - self._typed < HURRIED else FRAME
        return min(max(least, SHARE * self._cost), SLOWEST)

    def _timed(self) -> None:
        self._next_paint = None
        self.paint()

    @property
    def is_shown(self) -> bool:
        """Whether anybody could see it: on a tab that is not chosen, output is fed and not drawn."""
        if self.emulation is None or not self.is_attached or not self.screen.is_active:
            return False
        return all(node.display for node in self.ancestors_with_self if isinstance(node, Widget))

    # Painting

    def on_mount(self) -> None:
        """Keep what a painting outside of a message needs, and follow the theme."""
        self._paint_loop, self._paint_context = asyncio.get_running_loop(), contextvars.copy_context()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._recolour())
        self._recolour()

    def _recolour(self) -> None:
        colours = PALETTES.get(self.app.theme, ())
        plain = self.rich_style
        front = plain.color.name if plain.color is not None and colours else ""
        back = plain.bgcolor.name if plain.bgcolor is not None and colours else ""
        self._strips.palette = Palette(front, back, colours, self.modes.reverse_screen)
        self._forget()
        self.paint()

    def _forget(self) -> None:
        """Have every row read and drawn anew."""
        self._strips.forget(*self.size)

    def paint(self, *, whole: bool = False) -> None:
        """Read what changed and put it on the outer screen, unless the program asks to wait.

        What takes long is done in turns, of which only the first is done here, unless the `whole` is asked for.
        """
        emulation = self.emulation
        if emulation is None or not self.is_shown:
            self.refresh()
            return
        if self._turn is not None and not whole:
            self._again = True
            return
        if not self._is_held(emulation):
            self._spent = 0.0
            self._work(whole=whole)

    def _work(self, *, whole: bool = False) -> None:
        """One turn, or all of them; each puts the rows that it drew on the screen, the last one the cursor too."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        emulation = self.emulation
        if emulation is None or not self.is_shown:
            return
        began = time.thread_time()
        frame = self._strips.work(emulation)
        while frame is None and whole:
            frame = self._strips.work(emulation)
        rows = self._strips.take_fresh()
        if frame is not None:
            rows = self._take(frame, rows)
        self._put(sorted(rows))
        self._spent += time.thread_time() - began
        self._painted, self._cost = time.monotonic(), self._spent
        if frame is None and self._paint_loop is not None:
            self._turn = self._paint_loop.call_soon(self._work, context=self._paint_context)
        elif self._again:
            self._again = False
            self.wake()

    def _is_held(self, emulation: Emulation) -> bool:
        if not emulation.modes.synchronized:
            self._held_since = 0.0
            return False
        now = time.monotonic()
        self._held_since = self._held_since or now
        if now - self._held_since > SYNCHRONIZED:
            self._held_since = 0.0
            return False
        if self._paint_loop is not None and self._next_paint is None:
            self._next_paint = self._paint_loop.call_later(FRAME, self._timed, context=self._paint_context)
        return True

    def _take(self, frame: Frame, rows: set[int]) -> set[int]:
        """Stand where the frame stands; the rows that look different by that, too."""
        before = (self.cursor, self.scrolled)
        self.cursor, self.modes = frame.cursor, frame.modes
        self.history, self.scrolled = frame.history, frame.offset
        if self.scrolled != before[1]:
            self.post_message(self.Scrolled(self))
        if (self.cursor, self.scrolled) != before:
            rows |= {before[0].row + before[1], self.cursor.row + self.scrolled}
        self.painted()
        height = self.size.height
        return set(range(height)) if self.marks.any else {row for row in rows if 0 <= row < height}

    def paint_all(self) -> None:
        """Draw every row again: what is set off in them changed."""
        self._put(list(range(self.size.height)))

    def _put(self, rows: list[int]) -> None:
        """Past Textual's own timer, which would keep an echo waiting for a frame."""
        if not rows:
            return
        regions = [Region(0, row, self.size.width, 1) for row in rows]
        screen = self.screen
        if not screen.is_current or self.app._batch_count:
            self.refresh(*regions)
            return
        self._set_dirty(*regions)
        screen._compositor.update_widgets({self})
        screen._compositor_refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows from what is kept of them: no style sheet has a say inside a shell."""
        filters = self.get_line_filters() if self.app.no_color else ()
        background = self.background_colors[1]
        lines = []
        for y in crop.line_range:
            strip = self._row(y)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            lines.append(strip.crop_extend(crop.x, crop.right, None))
        return lines

    def _row(self, y: int) -> Strip:
        width = self.size.width
        strip = self._strips.at(y)
        if strip is None:
            return Strip.blank(width, self._strips.palette.style(Style()))
        if self.marks.any:
            line = self.history - self.scrolled + y
            for name, parts in self.marks.on(line, width):
                strip = set_off(strip, parts, self._mark_style(name))
        at = self.cursor
        if at.visible and at.row + self.scrolled == y and self.emulation is not None:
            wide = 2 if _is_wide(strip, at.column) else 1
            return with_cursor(strip, at, wide, self._strips.palette, solid=self.solid)
        return strip

    def _mark_style(self, name: str) -> RichStyle:
        return self.get_component_rich_style(f"terminal--{name}", partial=True)

    def on_resize(self, event: events.Resize) -> None:
        """Emulate the size there is now; the host hears of it from the pane, once it stands still."""
        if self.emulation is not None and event.size.width > 1 and event.size.height > 1:
            self.emulation.resize(*event.size)
        self._forget()
        self.paint()
        self.post_message(self.Sized(self, *event.size))

    def on_show(self) -> None:
        """Catch up with what was not drawn."""
        self.paint()


def _is_wide(strip: Strip, column: int) -> bool:
    """Whether the character on this column takes two."""
    at = 0
    for text, _, _ in strip:
        for sign in text:
            width = 1 if sign.isascii() else cell_len(sign)
            if at == column:
                return width == 2
            at += width
    return False
