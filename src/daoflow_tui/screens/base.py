"""What every place has: header, breadcrumb, status line, footer, a way to ask the core, and a way back."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.dom import DOMNode
from textual.screen import Screen

from daoflow_core.stamps import span
from daoflow_tui.commands.everywhere import EVERYWHERE
from daoflow_tui.commands.keymap import canonical
from daoflow_tui.commands.listing import footer_keys
from daoflow_tui.commands.node import CommandNode, live_commands
from daoflow_tui.commands.palette import Thing
from daoflow_tui.screens.fleet import ROLES
from daoflow_tui.screens.search import SearchBar
from daoflow_tui.theme.themes import THEME_NAMES
from daoflow_tui.widgets.footer import KeyFooter
from daoflow_tui.widgets.header import Breadcrumb, Fact, TopBar
from daoflow_tui.widgets.header import Place as PlaceName
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, State
from daoflow_tui.widgets.status_line import StatusLine
from daoflow_tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_tui.app import DaoFlowApp
    from daoflow_tui.desk import Desk

T = TypeVar("T")

MODES = {"S": "servers", "T": "tunnels", "K": "keys", "A": "audit"}
SHORT = {"attention": "attn", "unknown": "unkn"}
PLACES = (
    PlaceName("S", "Servers"),
    PlaceName("T", "Tunnels"),
    PlaceName("K", "Keys & certificates", "Keys"),
    PlaceName("A", "Audit"),
)


def program_of(node: DOMNode) -> DaoFlowApp:
    """The app a node lives in, by its own type."""
    return cast("DaoFlowApp", node.app)


class Place(CommandNode, Screen[None]):
    """One screen of the console; `letter` is its key in the header, `crumbs` the way to it."""

    OFFERS = EVERYWHERE
    DEFAULT_CSS = """
    Place { layout: vertical; }
    Place #body { height: 1fr; }
    """
    letter = ""
    AUTO_FOCUS = None  # `begin` says where the keyboard begins: Textual would take the closed search line

    def __init__(self) -> None:
        super().__init__()
        self._footer = KeyFooter(lambda: footer_keys(self))
        self.status_line = StatusLine()
        self.search_bar = SearchBar()

    @property
    def program(self) -> DaoFlowApp:
        """The app, by its own type."""
        return program_of(self)

    @property
    def desk(self) -> Desk:
        """What the screens share."""
        return self.program.desk

    @property
    def crumbs(self) -> tuple[str, ...]:
        """The way here, the place first."""
        return (next(place.name for place in PLACES if place.key == self.letter),)

    @property
    def is_small(self) -> bool:
        """Whether there is room for one of several lists only."""
        return self.app.size.height < 30 or self.app.size.width < 100

    def compose(self) -> ComposeResult:
        """Header, breadcrumb, body, search line, status line, footer."""
        yield TopBar(PLACES, self.letter)
        yield Breadcrumb()
        with Vertical(id="body"):
            yield from self.body()
        yield self.search_bar
        yield self.status_line
        yield self._footer
        yield TooSmall()

    def body(self) -> ComposeResult:
        """What is between breadcrumb and status line."""
        yield from ()

    def on_mount(self) -> None:
        """Say where we are, and follow what happens."""
        self.query_one(Breadcrumb).go(*self.crumbs)
        self.program.news.subscribe(self, lambda _: self.refresh_place())
        self.program.seconds.subscribe(self, lambda _: self.tick())
        self.begin()
        self.refresh_place()

    def begin(self) -> None:
        """Once, before the first drawing: mostly where the keyboard begins."""

    def on_screen_resume(self) -> None:
        """Catch up with what happened while another screen was on top."""
        self.refresh_place()

    def on_key(self, event: events.Key) -> None:
        """A letter or sign that nothing here takes: say what it is for, if it is for anything."""
        from daoflow_tui.commands.elsewhere import meaning_elsewhere

        sign = canonical(event.key)
        if (
            len(sign) != 1
            or self.has_class("-held")
            or any(sign in live.keys for live in live_commands(self))
        ):
            return  # Textual runs bindings only after this
        words = meaning_elsewhere(sign, self.program.command_keys)
        if words is not None:
            self.notify(words, title="? lists the keys of this place", timeout=3, markup=False)

    # What subclasses draw

    def refresh_place(self) -> None:
        """Draw what the desk knows now; subclasses add their own."""
        self.query_one(TopBar).tell(self.facts())
        self.tick()

    def tick(self) -> None:
        """Once a second: ages and countdowns."""
        if self.is_current:
            self.status_line.show(self.status_left(), [*self.status_right(), *self._shells_open()])
            self._footer.read_keys()

    def _shells_open(self) -> list[Piece]:
        """How many shells are open, wherever one looks."""
        count = 0 if self.has_class("-held") else len(self.desk.open_shells())
        if not count:
            return []
        return ["   ", State("1 shell open" if count == 1 else f"{count} shells open", Role.RUNNING)]

    def facts(self) -> Iterable[Fact]:
        """What the header says at its right end."""
        desk = self.desk
        if desk.start.demo:
            yield Fact("DEMO FLEET", Role.RUNNING, "DEMO")
        if desk.vault_locked:
            yield Fact("VAULT LOCKED", Role.LOOK, "LOCKED")
        if desk.read_only:
            yield Fact("READ-ONLY", Role.READ_ONLY)
        if desk.principal:
            yield Fact(f"as {desk.principal}", Role.MUTED, "")
        for word, number in reversed(desk.fleet.counts(desk.now(), desk.interval).items()):
            yield Fact(f"{number} {word}", ROLES.get(word, Role.OLD), f"{number} {SHORT.get(word, word)}")

    def status_left(self) -> list[Piece]:
        """The last operation and how it went, or what is under way."""
        return self.desk.last_words()

    def status_right(self) -> list[Piece]:
        """What the place has to tell at the right end."""
        return []

    # What commands ask for

    def go_back(self) -> None:
        """End the search, else leave this screen; the first screen of a place stays."""
        if self.search_bar.is_open:
            self.end_search()
        elif len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def end_search(self) -> None:
        """Close the search line and forget its words."""
        self.search_bar.close()
        self.searched("")
        self.give_back_keyboard()

    def give_back_keyboard(self) -> None:
        """Put the keyboard where it belongs in this place."""
        self.screen.focus_next()

    def searched(self, words: str) -> None:
        """The words of the search changed."""

    def search_kept(self, words: str) -> None:
        """Enter was pressed: the words stand."""
        self.searched(words)

    @on(SearchBar.Changed)
    def _search_changed(self, event: SearchBar.Changed) -> None:
        self.searched(event.words)

    @on(SearchBar.Kept)
    def _search_kept(self, event: SearchBar.Kept) -> None:
        if not event.words:
            self.end_search()
            return
        self.search_bar.close()
        self.search_kept(event.words)  # the last letter's own message may still be on its way
        self.give_back_keyboard()

    @on(TopBar.PlaceAsked)
    async def _place_clicked(self, event: TopBar.PlaceAsked) -> None:
        await self.program.go(MODES[event.key])

    @on(KeyFooter.Pressed)
    async def _key_clicked(self, event: KeyFooter.Pressed) -> None:
        for live in live_commands(self):
            if live.command.id == event.command_id:
                await live.run()
                return

    def open_help(self) -> None:
        """Explain the keys."""
        from daoflow_tui.commands.listing import help_rows
        from daoflow_tui.screens.sheets.help import HelpSheet

        self.app.push_screen(HelpSheet(help_rows(self)))

    def choose_theme(self) -> None:
        """Offer the themes; the choice is for this run, `ui.theme` in the configuration keeps it."""
        from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet

        def take(name: str | None) -> None:
            if name:
                self.app.theme = name

        choices = [Choice(name, name, "in use" if name == self.app.theme else "") for name in THEME_NAMES]
        self.app.push_screen(ChoiceSheet("Theme for this run", choices), take)

    def palette_things(self) -> list[Thing]:
        """Every server and the latest operations, by their words."""
        desk, program = self.desk, self.program
        servers = [
            Thing(view.name, f"server {view.endpoint.host}", partial(program.show_server, view.id))
            for view in desk.fleet.views.values()
        ]
        logs = [
            Thing(f"{one.server_name} {one.words} {one.id}", "log", partial(program.show_log, one.id))
            for one in desk.operations
        ]
        if not servers:
            return logs
        from daoflow_tui.screens.shells import palette_things

        return [*servers, *palette_things(program), *logs]

    # Asking the core

    async def answer(self, question: Callable[[Console], Coroutine[Any, Any, T]]) -> T | None:
        """The core's answer; an error is told in a sheet, and the answer is None."""
        return await self.program.ask_or_tell(question)


def next_check(age: int | None, interval: float, blocked: bool) -> str:
    """When a server is asked again, as far as that is known."""
    if age is None:
        return "not checked yet"
    if blocked:
        return "asked less often while it fails"
    left = round(interval - age)
    return f"next check in {span(left)}" if left > 0 else "next check is due"
