"""The top of every screen: the places with their keys, facts on the right, and where you are below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from rich.cells import cell_len
from textual import events
from textual.message import Message

from daoflow_tui.widgets.line import Line, Piece
from daoflow_tui.widgets.state_mark import Role, Toned, glyphs_of

_FULL_WIDTH = 100
_BRAND = "DaoFlow"


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the program and the key that goes there: `Place("S", "Servers")`; `short` when words have no room."""

    key: str
    name: str
    short: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something said at the right end; `short` is said on a narrow screen, an empty one leaves it out."""

    text: str
    role: Role = Role.MUTED
    short: str | None = None


class TopBar(Line):
    """Brand, places and facts; below 100 cells the places shrink to their letters."""

    DEFAULT_CSS = "TopBar { background: $panel; }"

    @dataclass
    class PlaceAsked(Message):
        """A place was clicked; `key` is its letter."""

        key: str

    def __init__(self, places: Iterable[Place], current: str = "") -> None:
        super().__init__()
        self._places, self._current = tuple(places), current
        self._facts: tuple[Fact, ...] = ()

    def go(self, current: str) -> None:
        """Point out the place with this key."""
        self._current = current
        self.refresh()

    def tell(self, facts: Iterable[Fact]) -> None:
        """Replace the facts at the right end."""
        self._facts = tuple(facts)
        self.refresh()

    def pieces(self, width: int) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """Full words from 100 cells on while they fit, letters and short facts below."""
        if width < _FULL_WIDTH:
            return self._named(None), self._told(full=False)
        places = tuple(place.short or place.name for place in self._places)
        tries = (
            (self._named(tuple(place.name for place in self._places)), self._told(full=True)),
            (self._named(places), self._told(full=True)),
            (self._named(places), self._told(full=False)),
        )
        return next((one for one in tries if _length(one[0]) + _length(one[1]) < width - 2), tries[-1])

    def _named(self, names: Sequence[str] | None) -> list[Piece]:
        said: Sequence[str | None] = names or [None] * len(self._places)
        places = (self._place(place, name) for place, name in zip(self._places, said, strict=True))
        return [Toned(_BRAND, Role.STRONG), *chain.from_iterable(places)]

    def _place(self, place: Place, name: str | None) -> list[Piece]:
        here = place.key == self._current
        tone = Role.KEY if here else Role.MUTED
        if name is None:
            gap = "  " if place is self._places[0] else " "
            return [gap, Toned(place.key, tone)]
        gap = "   " if place is self._places[0] else "  "
        letter, rest = f"[{place.key}]", name.removeprefix(place.key)
        return [gap, Toned(letter, Role.KEY), Toned(rest, Role.STRONG if here else Role.MUTED)]

    def _told(self, full: bool) -> list[Piece]:
        words = [(fact.text if full or fact.short is None else fact.short, fact.role) for fact in self._facts]
        told: list[Piece] = []
        for text, role in words:
            if text:
                told += ["  "] if told else []
                told.append(Toned(text, role))
        return told

    def on_click(self, event: events.Click) -> None:
        """Ask for the place whose words were clicked."""
        event.stop()
        at = 1
        for piece in self.pieces(self.size.width)[0]:
            words = piece if isinstance(piece, str) else piece[0]
            if at <= event.x < at + len(words) and (place := self._place_of(words)):
                self.post_message(self.PlaceAsked(place.key))
            at += len(words)

    def _place_of(self, words: str) -> Place | None:
        for place in self._places:
            names = {name.removeprefix(place.key) for name in (place.name, place.short or place.name)}
            if words in {place.key, f"[{place.key}]", *names}:
                return place
        return None


def _length(pieces: Sequence[Piece]) -> int:
    """The cells that pieces of a top bar take."""
    return sum(cell_len(piece if isinstance(piece, str) else piece[0]) for piece in pieces)


class Breadcrumb(Line):
    """Where you are: `Servers ▸ edge-us-2 ▸ Cleanup`, the last word strongest."""

    def go(self, *words: str) -> None:
        """Show the way to the current pane, the outermost place first."""
        crumb = Toned(f" {glyphs_of(self).crumb} ", Role.MUTED)
        way: list[Piece] = []
        for word in words[:-1]:
            way += [Toned(word, Role.MUTED), crumb]
        self.show([*way, *(Toned(word, Role.STRONG) for word in words[-1:])])
