"""The palette: every command within reach with its key, and the things the screen knows, found by typing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from daoflow_tui.commands.base import key_label
from daoflow_tui.commands.node import Live, live_commands
from daoflow_tui.widgets.cells import plain

_MAX_FOUND = 50


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to go to, such as a server: the words it is found by, its kind, and how to get there."""

    words: str
    kind: str
    go: Callable[[], Awaitable[None] | None]


@runtime_checkable
class OffersThings(Protocol):
    """A screen or app that knows things to go to."""

    def palette_things(self) -> Iterable[Thing]:
        """The things found by typing their words; read once when the palette opens."""
        ...


class CommandsProvider(Provider):
    """The live commands of the screen below; one that is off is listed, and says why when chosen."""

    async def startup(self) -> None:
        """Take the commands as they are when the palette opens."""
        live = live_commands(self.screen)
        self._live = [each for each in live if each.command.in_palette and each.command.id != OPENER_ID]

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for live in self._live:
            yield DiscoveryHit(_shown(live, Content(live.command.title)), live.run, live.command.title)

    async def search(self, query: str) -> Hits:
        """Those whose title or group match what is typed."""
        matcher = self.matcher(query)
        for live in self._live:
            title = live.command.title
            score = max(matcher.match(title), matcher.match(f"{live.command.group} {title}"))
            if score > 0:
                yield Hit(score, _shown(live, _highlit(title, query)), live.run, title)


class ThingsProvider(Provider):
    """The servers, operations and other things that the screen or the app names."""

    async def startup(self) -> None:
        """Ask for the things once."""
        self._things = list(_things(self.screen, self.app))

    async def search(self, query: str) -> Hits:
        """Those whose words match, at most fifty."""
        matcher = self.matcher(query)
        scored = ((matcher.match(plain(thing.words)), thing) for thing in self._things)
        best = sorted(((s, t) for s, t in scored if s > 0), key=lambda pair: pair[0], reverse=True)
        for score, thing in best[:_MAX_FOUND]:
            words = plain(thing.words)
            shown = Content.assemble(_highlit(words, query), ("  " + plain(thing.kind), "$muted"))
            yield Hit(score, shown, partial(_go, thing), words)


def _things(*places: object) -> Iterator[Thing]:
    for place in places:
        if isinstance(place, OffersThings):
            yield from place.palette_things()


async def _go(thing: Thing) -> None:
    outcome = thing.go()
    if isinstance(outcome, Awaitable):
        await outcome


def _highlit(words: str, query: str) -> Content:
    """The words with what was typed underlined; Textual's own highlighter reads them as markup and can crash."""
    at = words.lower().find(query.lower().strip())
    content = Content(words)
    return content if at < 0 else content.stylize("underline", at, at + len(query.strip()))


def _shown(live: Live, title: Content) -> Content:
    keys = " ".join(map(key_label, live.keys))
    off = "" if live.why_off is None else f"  off: {live.why_off}"
    return Content.assemble(title, (f"  {keys}", "bold $accent"), (plain(off), "$muted"))


OPENER_ID = "app.palette"


def open_palette(app: App[Any]) -> None:
    """Put the palette over the current screen, once."""
    if not CommandPalette.is_open(app):
        app.push_screen(
            CommandPalette([CommandsProvider, ThingsProvider], placeholder="command, server or operation")
        )
