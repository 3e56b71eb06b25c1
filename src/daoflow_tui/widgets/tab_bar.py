"""The tabs of a place with their digits; they never move, and one that is off stays where it is, dimmed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from daoflow_tui.widgets.line import Line, Piece
from daoflow_tui.widgets.state_mark import Role, Toned

_FULL_WIDTH = 100
_WIDE = 118


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab and the digit that picks it: `Tab("3", "Cleanup")`."""

    key: str
    name: str


class TabBar(Line):
    """` 2 Resources  [3 Cleanup]  4 Patches `; below 100 cells only the chosen one has its name."""

    @dataclass
    class TabAsked(Message):
        """A tab was clicked; `key` is its digit."""

        key: str

    def __init__(self, tabs: Sequence[Tab], current: str) -> None:
        super().__init__()
        self._tabs, self._current = tuple(tabs), current
        self._off: frozenset[str] = frozenset()
        self._news: frozenset[str] = frozenset()

    def go(self, current: str) -> None:
        """Point out the tab with this digit."""
        self._current = current
        self.refresh()

    def tell(self, off: Collection[str], news: Collection[str]) -> None:
        """Say which tabs are off, and which have something new to show."""
        told = frozenset(off), frozenset(news)
        if told != (self._off, self._news):
            self._off, self._news = told
            self.refresh()

    def pieces(self, width: int) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """Every tab keeps its place whichever is chosen, on a wide screen."""
        return [self._piece(tab, width) for tab in self._tabs], ()

    def _piece(self, tab: Tab, width: int) -> Piece:
        here = tab.key == self._current
        full = here or width >= _FULL_WIDTH
        name = f"{tab.key} {tab.name}" if full else tab.key
        mark = "*" if tab.key in self._news else " "
        gap = "  " if width >= _WIDE else "" if not full else " "
        words = f"[{name}]{gap}" if here else f" {name}{mark}{gap}" if full else f" {name}{mark.strip()}"
        if here:
            return Toned(words if width >= _FULL_WIDTH else f" {words}", Role.KEY)
        return Toned(words, Role.MUTED) if tab.key in self._off else words

    def on_click(self, event: events.Click) -> None:
        """Ask for the tab that was clicked."""
        event.stop()
        at = 1
        for tab in self._tabs:
            piece = self._piece(tab, self.size.width)
            length = len(piece if isinstance(piece, str) else piece[0])
            if at <= event.x < at + length:
                self.post_message(self.TabAsked(tab.key))
            at += length
