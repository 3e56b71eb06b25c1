"""The keys that answer now, nearest first, as many as fit; a dimmed one says why when pressed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.screen import Screen

from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.line import Line, Piece
from daoflow_tui.widgets.state_mark import Role, Toned

_FULL_WIDTH = 100
_EDGES = 3  # a blank at each end of a line, and one before whatever stands at its right
_NARROW_KEYS = 6


@dataclass(frozen=True, slots=True)
class FooterKey:
    """One key of the footer; `on` False dims it, `pinned` keeps it at the right end of the keys."""

    command_id: str
    key: str
    title: str
    short: str = ""
    on: bool = True
    pinned: bool = False

    def words(self, full: bool) -> str:
        """The title for a wide or a narrow screen."""
        return self.title if full or not self.short else self.short


class KeyFooter(Line):
    """Asks `source` for its keys whenever the focus or a binding changes; six keys below 100 cells."""

    DEFAULT_CSS = "KeyFooter { background: $panel; }"

    @dataclass
    class Pressed(Message):
        """A key of the footer was clicked."""

        command_id: str

    def __init__(self, source: Callable[[], Sequence[FooterKey]]) -> None:
        super().__init__()
        self._source = source
        self._keys: tuple[FooterKey, ...] = ()

    def on_mount(self) -> None:
        """Follow the focus: Textual announces every change of the live bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)
        self.read_keys()

    def _bindings_updated(self, screen: Screen[object]) -> None:
        if screen.app.screen is screen:
            self.read_keys()

    def read_keys(self) -> None:
        """Ask for the keys again, and draw them when they changed."""
        keys = tuple(self._source())
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def fitting(self, width: int) -> list[FooterKey]:
        """The keys drawn in `width` cells: first come first kept, the pinned ones always."""
        full = width >= _FULL_WIDTH
        pinned = [key for key in self._keys if key.pinned]
        others = [key for key in self._keys if not key.pinned]
        if not full:
            others = others[: max(_NARROW_KEYS - len(pinned), 0)]
        while others and sum(_width(key, full) for key in [*others, *pinned]) > width - _EDGES:
            others.pop()
        return [*others, *pinned]

    def pieces(self, width: int) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """Key and words, two blanks between."""
        full = width >= _FULL_WIDTH
        drawn: list[Piece] = []
        for key in self.fitting(width):
            tone = Role.KEY if key.on else Role.MUTED
            drawn += [
                Toned(key.key, tone),
                Toned(f" {key.words(full)}  ", Role.PLAIN if key.on else Role.MUTED),
            ]
        return drawn, ()

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        event.stop()
        full, at = self.size.width >= _FULL_WIDTH, 1
        for key in self.fitting(self.size.width):
            width = _width(key, full)
            if at <= event.x < at + width:
                self.post_message(self.Pressed(key.command_id))
            at += width


def _width(key: FooterKey, full: bool) -> int:
    return len(plain(f"{key.key} {key.words(full)}  "))
