"""The fourth tab: which updates a server could take, why that answer can be trusted, and nothing that installs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from daoflow_core.model.operation import Operation, OperationKind
from daoflow_core.model.patches import Package, PatchPlan
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.commands.patches import PATCH_COMMANDS
from daoflow_tui.screens.hub_core import failure_of, newest_of
from daoflow_tui.screens.panes import patch_words as say
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.operation_log import OperationLog
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet, ToldSheet
from daoflow_tui.screens.undertakings import undertake
from daoflow_tui.screens.words import Told
from daoflow_tui.widgets.blank import Blank, Denied, Empty, Failed, Loading, NextKey, PaneState
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_core.console import Console

KIND = OperationKind.PATCH_PLAN.value
READING = Loading("reading what the store knows of this server's updates")
AGAIN = (NextKey("p", "plan again"), NextKey("L", "read its log"))
NEVER = Empty(
    "No patch plan was made for this server yet.",
    "A plan asks the host's own package manager which updates it could take. It installs and refreshes nothing.",
    (NextKey("p", "make one"),),
)


@dataclass(frozen=True)
class PatchNews:
    """The newest plan that was made, and the newest that was asked for; parsed once."""

    newest: Operation | None = None
    planned: Operation | None = None
    failure: Failed | None = None

    @cached_property
    def plan(self) -> PatchPlan | None:
        """What the newest plan says; while none could be made, what the newest failure tells."""
        return say.plan_of(self.planned) or say.plan_of(self.newest)

    @property
    def running(self) -> Operation | None:
        """A plan under way, in whichever process."""
        return self.newest if self.newest is not None and self.newest.completed_at is None else None


async def read_patches(console: Console, server_id: str) -> PatchNews:
    """All of it, from the store alone."""
    newest = next(iter(await newest_of(console, server_id, OperationKind.PATCH_PLAN)), None)
    failure = None if newest is None else await failure_of(console, newest, *AGAIN)
    news = PatchNews(newest, await console.patches.latest(server_id), failure)
    _ = news.plan  # parsed here, in the core's thread
    return news


async def ask(console: Console, server_id: str) -> Operation:
    """One plan."""
    return await console.patches.plan(server_id)


class PatchesPane(HubPane):
    """The list, and beside it what the list rests on."""

    OFFERS = PATCH_COMMANDS
    DEFAULT_CSS = """
    PatchesPane Horizontal { height: 1fr; }
    PatchesPane #plan { width: 1fr; }
    PatchesPane #trust { width: 30; padding: 0 1; }
    PatchesPane #said { height: auto; max-height: 10; padding: 0 1; margin-top: 1; }
    PatchesPane.-thin #trust { display: none; }
    PatchesPane.-low #said { max-height: 6; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.news: PatchNews | None = None
        self.order, self.reverse, self.filter = "why", False, ""
        self.blank = Blank(READING)
        self.table = VirtualTable(
            say.COLUMNS, empty="No package fits the filter; esc clears it.", marking=False, id="packages"
        )
        self.said, self.trust = Told(id="said"), Told()
        self.live = OperationLog(id="live")

    def compose(self) -> ComposeResult:
        """Two panes."""
        with Horizontal():
            with Pane("Patch plan", id="plan"):
                yield self.blank
                yield self.table
                yield self.said
                yield self.live
            with Pane("Why trust this plan", id="trust"), VerticalScroll():
                yield self.trust

    @property
    def seat(self) -> Widget:
        """The log while something runs, else the list."""
        return self.live.view if self.live.display else self.table

    async def read(self) -> None:
        """What the store knows."""
        news = await self.answer(partial(read_patches, server_id=self.server_id))
        if news is not None:
            self.take(news)

    def take(self, news: PatchNews) -> None:
        """Show it."""
        self.news = news
        plan, running = news.plan, news.running
        self.live.display = running is not None
        if running is not None:
            self.live.open_log(running.id)
        self.table.display = running is None and plan is not None and bool(plan.packages)
        self.said.display = running is None and plan is not None
        if plan is not None:
            self._draw_rows(plan)
            self.said.show(say.summary_lines(plan))
            self.trust.show(say.trust_lines(plan))
        self.keep_keyboard()
        self.hub.tick()

    def _draw_rows(self, plan: PatchPlan) -> None:
        accepts = say.accepting(self.filter)
        shown = [one for one in plan.packages if accepts is None or accepts(one)]
        self.table.set_rows(say.row_of(one) for one in say.in_order(shown, self.order, self.reverse))
        self.table.set_sort(self.order, descending=self.reverse)

    def tick(self) -> None:
        """The age of the plan."""
        self.blank.show(self._state())
        pane, news = self.query_one("#plan", Pane), self.news
        plan = None if news is None else news.plan
        if news is not None and news.running is not None:
            pane.name_it("Patch plan", "", State("running", Role.RUNNING))
        elif news is not None and news.planned is not None and plan is not None:
            age = span(seconds_between(plan.planned_at, self.desk.now()))
            pane.name_it("Patch plan", say.title_of(news.planned, plan, age))
            shown, whole = len(self.table.rows), len(plan.packages)
            rows = f"{whole:,} packages" if whole else ""
            pane.foot(f"{shown:,} of {whole:,} shown" if self.filter else rows)
        else:
            failed = news is not None and news.failure is not None
            pane.name_it("Patch plan", "", State("failed", Role.BAD) if failed else None)

    def _state(self) -> PaneState | None:
        news, desk = self.news, self.desk
        if news is None:
            return READING
        if news.running is not None:
            return None
        if asked := desk.asked_for(self.server_id, KIND):
            return Loading(f"asking the package manager, {asked}")
        if error := desk.refused.get((self.server_id, KIND)):
            return Failed(" ".join(filter(None, (error.message, error.why, error.next_step))), keys=AGAIN)
        if news.failure is not None:
            return news.failure
        denied = self.hub.why_refused("server.patch.plan")
        return None if news.plan is not None else Denied(denied) if denied else NEVER

    def status_left(self) -> list[Piece] | None:
        """The filter and the order, while there is a list."""
        if not self.table.display:
            return None
        shown = self.filter or "(none)"
        return [Toned("/ filter: ", Role.MUTED), Toned(shown, Role.KEY if self.filter else Role.MUTED),
                Toned(f"   sort: {say.ORDERS[self.order]}", Role.MUTED)]  # fmt: skip

    def status_right(self) -> list[Piece] | None:
        """The promise."""
        return [Toned("read only: nothing is installed from here", Role.MUTED)]

    # What commands ask for

    def why_no_errand(self) -> str | None:
        """As its key."""
        return self.why_no_plan()

    def begin_errand(self) -> None:
        """As its key."""
        self.plan()

    def why_no_plan(self) -> str | None:
        """One at a time."""
        refused = self.hub.why_refused("server.patch.plan")
        running = self.news is not None and self.news.running is not None
        if refused is None and (running or (self.server_id, KIND) in self.desk.asked):
            return "A patch plan of this server is under way already; its log is on screen."
        return refused

    def plan(self) -> None:
        """Ask the host."""
        undertake(self.program, self.server_id, KIND, partial(ask, server_id=self.server_id))

    def open_search(self) -> None:
        """The line to type a filter into."""
        self.hub.search_bar.open(self.filter, "words, !not, security, held, kept, reboot, restart")

    def searched(self, words: str) -> None:
        """Narrow the list while one types."""
        self.filter = words.strip()
        if self.news is not None and (plan := self.news.plan) is not None:
            self._draw_rows(plan)
        self.tick()

    def end_something(self) -> bool:
        """The filter."""
        had = bool(self.filter)
        if had:
            self.searched("")
        return had

    def choose_sort(self) -> None:
        """Offer the orders."""
        here = "turned around" if self.reverse else "in use"
        choices = [Choice(key, words, here if key == self.order else "") for key, words in say.ORDERS.items()]
        self.app.push_screen(ChoiceSheet("Sort by", choices, at=self.order), self._sort_by)

    def _sort_by(self, key: str | None) -> None:
        if key is not None:
            self.reverse = not self.reverse if key == self.order else False
            self.order = key
            self.searched(self.filter)

    def copy_row(self) -> bool:
        """The commands for the change window first."""
        plan, package = None if self.news is None else self.news.plan, self._package()
        if plan is None or self.news is None or self.news.planned is None:
            return False
        choices = [
            *([Choice("commands", "commands", "\n".join(plan.commands))] if plan.commands else []),
            *([Choice("name", "package", package.name)] if package else []),
            Choice("names", "all packages", " ".join(one.name for one in plan.packages)),
            Choice("id", "operation id", self.news.planned.id),
            Choice("json", "JSON", self._json()),
        ]
        offer_copy(self.hub, "Copy", choices)
        return True

    def _json(self) -> str:
        plan = None if self.news is None else self.news.plan
        return "" if plan is None else json.dumps(plan.document(), indent=2, ensure_ascii=False)

    def show_json(self) -> bool:
        """The plan as it is stored."""
        if text := self._json():
            self.app.push_screen(TextSheet("Patch plan as JSON", text))
        return bool(text)

    def log_of_row(self) -> str | None:
        """Of the newest plan."""
        return None if self.news is None or self.news.newest is None else self.news.newest.id

    def _package(self) -> Package | None:
        plan = None if self.news is None else self.news.plan
        packages = () if plan is None else plan.packages
        return next((one for one in packages if say.key_of(one) == self.table.cursor_id), None)

    @on(VirtualTable.RowOpened, "#packages")
    def _open_package(self, event: VirtualTable.RowOpened) -> None:
        event.stop()
        if (package := self._package()) is not None:
            self.app.push_screen(ToldSheet(package.name, say.detail_lines(package)))
