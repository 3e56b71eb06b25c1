"""Who uses a key or a certificate: ticks are what is wished, `y` makes it so, outcomes stand beside each server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult

from daoflow_core.errors import DaoflowError
from daoflow_tui.commands.sheets import Yes
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.asset_questions import named, use_change
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.typed import TypedSheet
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_core.console import Console

COLUMNS = (
    Column("name", "SERVER", 18, flex=True, max_width=30),
    Column("env", "ENV", 8),
    Column("now", "LOGS IN WITH", 20),
    Column("outcome", "NOW", 22),
)
TALLEST, AT_ONCE = 10, 4

Change = Callable[["Console", str, bool], Coroutine[Any, Any, State]]


@dataclass(frozen=True, slots=True)
class Use:
    """A key or certificate as the sheet sees it: who uses it now, what a tick does, how it is asked for.

    `verbs`: the words for a tick and for its removal; `action`: as the audit trail calls it.
    """

    name: str
    about: Words
    effect: str
    verbs: tuple[str, str]
    action: str
    attached: frozenset[str]
    change: Change


class UsedBySheet(Sheet[None]):
    """Level 2: `y` applies; servers in prod ask for the name of the key or certificate."""

    OFFERS = (Yes,)
    DEFAULT_CSS = "UsedBySheet VirtualTable { height: auto; } UsedBySheet #wish { margin-top: 1; }"
    wide = 90

    def __init__(self, use: Use, servers: Sequence[ServerView]) -> None:
        super().__init__()
        self.use, self.servers = use, tuple(servers)
        self.title_words = f"Servers that use {use.name}"
        self.busy = False
        self._held = use.attached & {view.id for view in servers}
        self._outcomes: dict[str, State] = {}
        self.table = VirtualTable(COLUMNS, empty="No server can use it: none is registered.")
        self.wish = Told(id="wish")

    def words(self) -> ComposeResult:
        """What a tick means."""
        yield Told([self.use.about, [Toned(self.use.effect, Role.MUTED)]])

    def asks(self) -> ComposeResult:
        """The servers, and what y would do."""
        yield self.table
        yield self.wish

    def buttons(self) -> Iterable[SheetButton]:
        """The way out, then the deed."""
        yield SheetButton("cancel", "Close", "esc")
        yield SheetButton("apply", "Apply", "y", danger=True)

    def begin(self) -> None:
        """In the list, with those ticked that use it now."""
        self.table.styles.height = min(max(len(self.servers), 2), TALLEST) + 1
        self._draw_rows()
        self.table.rows.marked.update(self._held)
        self.table.focus()
        self.foot("space ticks")
        self._draw_wish()

    def _draw_rows(self) -> None:
        self.table.set_rows(self._row(view) for view in self.servers)

    def _row(self, view: ServerView) -> Row:
        env = Toned("PROD", Role.PROD) if view.is_prod else view.environment
        key = view.login_key or Toned("no key", Role.MUTED)
        outcome = self._outcomes.get(view.id) or (
            State("uses it", Role.GOOD) if view.id in self._held else Toned("-", Role.MUTED)
        )
        return Row(view.id, (view.name, env, key, outcome))

    # What is wished

    @property
    def changes(self) -> list[tuple[ServerView, bool]]:
        """The servers whose tick differs from what is, and whether it is set."""
        ticked = self.table.marked
        return [
            (view, view.id in ticked)
            for view in self.servers
            if (view.id in ticked) != (view.id in self._held)
        ]

    def _words_of(self, changes: Sequence[tuple[ServerView, bool]]) -> str:
        parts = []
        for verb, wanted in zip(self.use.verbs, (True, False), strict=True):
            names = [view.name for view, ticked in changes if ticked is wanted]
            if names:
                parts.append(f"{verb} {named(names)}")
        return "; ".join(parts)

    def _draw_wish(self) -> None:
        changes = self.changes
        words = self._words_of(changes)
        self.wish.show(
            [[State(words, Role.LOOK)]] if words else [[Toned("nothing is changed yet", Role.MUTED)]]
        )
        self.query_one("#button-apply").disabled = bool(self.busy or not changes)

    @on(VirtualTable.RowMarked)
    def _ticked(self, event: VirtualTable.RowMarked) -> None:
        event.stop()
        self._draw_wish()

    @on(VirtualTable.RowOpened)
    def _opened(self, event: VirtualTable.RowOpened) -> None:
        event.stop()
        self.table.toggle_mark()

    # Making it so

    def why_no_yes(self) -> str | None:
        """Nothing to do, or it is being done."""
        if self.busy:
            return "The servers are being asked already."
        return None if self.changes else "Nothing is changed: tick a server with space, or untick one."

    def say_yes(self) -> None:
        """Apply, once the name was typed if a server in prod is among them."""
        begin_work(self, self._apply, "use")

    def pressed(self, name: str) -> None:
        """The deed was clicked."""
        if self.why_no_yes() is None:
            self.say_yes()

    async def _apply(self) -> None:
        changes, use = self.changes, self.use
        if any(view.is_prod for view, _ in changes):
            question = use_change(use.about, use.name, self._words_of(changes), use.action)
            if not await self.app.push_screen_wait(TypedSheet(question, use.name, "its name")):
                return
        self.busy = True
        self._draw_wish()
        self._outcomes = {view.id: State("asking", Role.RUNNING) for view, _ in changes}
        self._draw_rows()
        self.program.run_worker(self._ask(changes), group="assets")

    async def _ask(self, changes: Sequence[tuple[ServerView, bool]]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(view: ServerView, *, ticked: bool) -> None:
            async with gate:
                self._outcomes[view.id] = await self._outcome(view, ticked=ticked)
            if self.is_attached:
                self._draw_rows()

        await asyncio.gather(*(one(view, ticked=ticked) for view, ticked in changes))
        await self.program.read_now()
        self.busy = False
        if self.is_attached:
            self._settle()
        else:
            failed = sum(state.role is Role.BAD for state in self._outcomes.values())
            self.notify(f"{self.use.name}: {len(changes) - failed} of {len(changes)} changed.", markup=False)

    async def _outcome(self, view: ServerView, *, ticked: bool) -> State:
        try:
            state = await self.program.session.ask(lambda console: self.use.change(console, view.id, ticked))
        except DaoflowError as error:
            return State(error.message, Role.BAD)
        self._held = self._held | {view.id} if ticked else self._held - {view.id}
        return state

    def _settle(self) -> None:
        """What is, is ticked now; what failed says why in full below."""
        fleet = self.desk.fleet
        self.servers = tuple(fleet.get(view.id) or view for view in self.servers)
        self.table.rows.marked.clear()
        self.table.rows.marked.update(self._held)
        self._draw_rows()
        self.table.refresh()
        self._draw_wish()
        names = {view.id: view.name for view in self.servers}
        told: list[Words] = [[f"{names[one]}  ", state] for one, state in self._outcomes.items()]
        self.wish.show(told)
