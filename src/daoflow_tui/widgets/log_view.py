"""A log of any length that draws only the lines on screen, follows its end, folds and finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from daoflow_tui.commands.node import CommandNode
from daoflow_tui.widgets.log_commands import LOG_COMMANDS
from daoflow_tui.widgets.log_layout import Spot, advance, fold, last_top
from daoflow_tui.widgets.log_pages import LogLine, LogPages, ReadPage
from daoflow_tui.widgets.log_painter import FRONT, LOG_CLASSES, LogPainter

Seek = Callable[[str, int, bool], None]
_SCAN_LINES = 20_000
_WHEEL = 3


class VirtualLog(CommandNode, ScrollView, can_focus=True):
    """Shows `count` lines that `page(offset, limit)` reads on demand; at the end it follows what is written.

    `page` may return None for "asked for, not here yet"; `fill` brings the lines. `seek(words, start,
    backwards)` begins to look for the next line with the words from `start` on, and ends with `show_found`;
    without it the pages are read through, 20,000 lines a press. `live` False says that no more lines will come.
    """

    OFFERS = LOG_COMMANDS
    ALLOW_SELECT = False
    COMPONENT_CLASSES = LOG_CLASSES
    DEFAULT_CSS = """
    VirtualLog { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    @dataclass
    class FollowChanged(Message):
        """Following began or paused, or lines came meanwhile: `unseen` of them are below the screen."""

        log: VirtualLog
        following: bool
        unseen: int

    @dataclass
    class Searched(Message):
        """A search ended at line `found`, or nowhere (None) after looking at `looked` lines."""

        log: VirtualLog
        found: int | None
        looked: int

    def __init__(
        self,
        page: ReadPage,
        count: int = 0,
        *,
        seek: Seek | None = None,
        live: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.count, self.live = count, live
        self.following, self.wrapping = live, True
        self.needle, self.unseen = "", 0
        self._pages, self._painter = LogPages(page), LogPainter(self)
        self._seek = seek or self._scan
        self._top, self._found = Spot(0, 0), -1
        self._spots: list[Spot] = []
        self._folded_at = -1

    # What the screen gives

    def set_count(self, count: int, *, live: bool = True) -> None:
        """Tell how many lines there are now; following shows the new ones, pausing counts them."""
        came, self.live = count - self.count, live
        self._pages.grown(self.count)
        self.count = count
        self.unseen = 0 if self.following else self.unseen + max(came, 0)
        self._place(self._end() if self.following else self._top)
        self.following = self.following and live
        self.post_message(self.FollowChanged(self, self.following, self.unseen))

    def fill(self, offset: int, lines: Sequence[LogLine]) -> None:
        """Bring the lines of a page that was not there when it was asked for."""
        self._pages.fill(offset, lines)
        self._place(self._end() if self.following else self._top)

    def open(self, page: ReadPage, count: int, *, live: bool = True) -> None:
        """Show another log from its end if it is live, else from its beginning."""
        self._pages = LogPages(page)
        self.count, self.live, self.following, self.unseen = count, live, live, 0
        self.needle, self._found = "", -1
        self._place(self._end() if live else Spot(0, 0))

    # What the operator does

    @property
    def page_lines(self) -> int:
        """How many lines fit on the screen, at least one."""
        return max(self.scrollable_content_region.height, 1)

    def step(self, parts: int) -> None:
        """Scroll by so many screen lines, up when negative; going up pauses following."""
        if parts < 0:
            self.follow(False)
        self._place(advance(self._top, parts, self.count, self._parts))

    def reveal(self, line: int) -> None:
        """Show a line at the top of the screen and pause."""
        self.follow(False)
        self._place(Spot(max(0, min(line, self.count - 1)), 0))

    def go_end(self) -> None:
        """Show the last line at the bottom of the screen."""
        self.unseen = 0
        self._place(self._end())

    def follow(self, on: bool) -> None:
        """Begin or pause following; beginning goes to the end at once."""
        if on == self.following:
            return
        self.following = on and self.live
        if self.following:
            self.go_end()
        self.refresh()
        self.post_message(self.FollowChanged(self, self.following, self.unseen))

    def wrap(self, on: bool) -> None:
        """Fold long lines, or cut them; the line at the top stays at the top."""
        self.wrapping = on
        self._place(self._end() if self.following else Spot(self._top.line, 0))

    def search(self, words: str) -> None:
        """Set off these words wherever they stand and go to the first from here; empty words end it."""
        self.needle, self._found = words, self._top.line - 1
        if words:
            self.find(backwards=False)
        self.refresh()

    def find(self, *, backwards: bool) -> None:
        """Go to the next or previous line with the words searched for; `Searched` says how it went."""
        start = self._found + (-1 if backwards else 1)
        if 0 <= start < self.count:
            self._seek(self.needle, start, backwards)
        else:
            self.show_found(None, 0)

    def show_found(self, found: int | None, looked: int) -> None:
        """End a search: go to the line that was found, or stay when after `looked` lines there was none."""
        if found is not None:
            self._found = found
            self.follow(False)
            self._place(advance(Spot(found, 0), -(self.page_lines // 3), self.count, self._parts))
        self.post_message(self.Searched(self, found, looked))

    def _scan(self, words: str, start: int, backwards: bool) -> None:
        wanted, looked = words.casefold(), 0
        stop = max(start - _SCAN_LINES, -1) if backwards else min(start + _SCAN_LINES, self.count)
        for number in range(start, stop, -1 if backwards else 1):
            line, looked = self._pages.line(number), looked + 1
            if line is not None and wanted in line.text.casefold():
                self.show_found(number, looked)
                return
        self.show_found(None, looked)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll by parts, so that a long folded line can be read to its end."""
        event.stop()
        event.prevent_default()
        self.step(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up and pause."""
        event.stop()
        event.prevent_default()
        self.step(-_WHEEL)

    def on_resize(self) -> None:
        """Fold anew for the new width."""
        self._place(self._end() if self.following else self._top)

    # Drawing

    def _parts(self, number: int) -> int:
        return len(self._folded(number))

    def _folded(self, number: int) -> list[str]:
        line = self._pages.line(number)
        width = self.scrollable_content_region.width - FRONT
        return [""] if line is None else fold(line.text, width, self.wrapping)

    def _end(self) -> Spot:
        return last_top(self.count, self.page_lines, self._parts)

    def _place(self, spot: Spot) -> None:
        """Put a spot at the top, but never blank lines below the end."""
        if not self.size:
            return
        end = self._end()
        self._top = min(spot, end)
        self._spots = self._below(self._top)
        if self._top == end:
            self.unseen = 0
        self.virtual_size = Size(0, end.line + self.page_lines)
        self.scroll_to(y=self._top.line, animate=False, force=True)
        self.refresh()

    def _below(self, spot: Spot) -> list[Spot]:
        """The spots drawn on screen, from this one down; fewer when the log ends above the bottom."""
        spots: list[Spot] = []
        self._folded_at = self.scrollable_content_region.width
        while self.count and len(spots) < self.page_lines and spot not in spots[-1:]:
            spots.append(spot)
            spot = advance(spot, 1, self.count, self._parts)
        return spots

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """A drag of the scroll bar goes to the beginning of a line."""
        super().watch_scroll_y(old_value, new_value)
        line = round(new_value)
        if line != self._top.line:
            self.follow(False)
            self._place(Spot(line, 0))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        if (
            width != self._folded_at
        ):  # the scroll bar came or went: no event says so, and lines fold elsewhere now
            self._top = Spot(self._top.line, 0)
            self._spots = self._below(self._top)
        strip = self._draw(y, width)
        if self.unseen and y == self.page_lines - 1:
            lines = "line" if self.unseen == 1 else "lines"
            return self._painter.with_note(strip, f"+{self.unseen:,} {lines}  f follows", width)
        return strip

    def _draw(self, y: int, width: int) -> Strip:
        if y >= len(self._spots):
            return self._painter.blank(width)
        spot = self._spots[y]
        line = self._pages.line(spot.line)
        if line is None:
            return self._painter.waiting(width)
        words = self._folded(spot.line)[spot.part]
        here = spot.line == self._found
        return self._painter.part(line, words, spot.part == 0, self.needle, here, width)
