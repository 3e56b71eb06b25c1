"""The stacks of a server: what was deployed from here, its revisions, and a plan that can be applied."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from daoflow_core.model.operation import OperationKind
from daoflow_core.model.stack import StackRevision, StackVerb
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.commands.stacks import STACK_COMMANDS
from daoflow_tui.screens.panes import stack_words as say
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.operation_log import OperationLog
from daoflow_tui.screens.panes.stack_asking import change, deploy_plan, removal_plan, rollback_plan
from daoflow_tui.screens.panes.stack_news import KINDS, StackNews, read_stacks
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet, ToldSheet
from daoflow_tui.screens.sheets.stacks import StackForm, StackSheet, apply_sheet
from daoflow_tui.screens.undertakings import undertake
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.widgets.blank import Blank, Denied, Empty, Failed, Loading, NextKey, PaneState
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_core.services.stack_source import StackRequest

PLAN = OperationKind.STACK_PLAN.value
READING = Loading("reading what the store knows of this server's stacks")
NEVER = Empty(
    "No stack was deployed to this server from here yet.",
    "A stack is a compose file under a name. Its plan says what would change before anything does.",
    (NextKey("p", "plan a deploy from a compose file"),),
)
UNDER_WAY = "A plan or a change of a stack is under way on this server; its log is on screen."


class StacksPane(HubPane):
    """Plan, review, apply, look back; the log is live here while something runs."""

    OFFERS = STACK_COMMANDS
    DEFAULT_CSS = """
    StacksPane #lists { height: 10; }
    StacksPane #names { width: 1fr; }
    StacksPane #past { width: 1fr; }
    StacksPane #plan { height: 1fr; }
    StacksPane #said { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    StacksPane.-low #lists { height: 7; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.news: StackNews | None = None
        self.blank = Blank(READING)
        self.names = VirtualTable(say.STACKS, empty="none yet", marking=False, id="stacks")
        self.past = VirtualTable(say.REVISIONS, empty="none", marking=False, id="revisions")
        self.said, self.live = Told(), OperationLog(id="live")
        self.form = StackForm()
        self.requests: dict[str, StackRequest] = {}

    def compose(self) -> ComposeResult:
        """Stacks, their revisions, and below them what was planned or came of it."""
        with Horizontal(id="lists"):
            with Pane("Stacks", id="names"):
                yield self.names
            with Pane("Revisions", id="past"):
                yield self.past
        with Pane("Plan", id="plan"):
            yield self.blank
            with VerticalScroll(id="said", can_focus=True):
                yield self.said
            yield self.live

    @property
    def seat(self) -> Widget:
        """The log while something runs, else the list of stacks."""
        return self.live.view if self.live.display else self.names

    # Reading and drawing

    async def read(self) -> None:
        """What the store knows."""
        news = await self.answer(partial(read_stacks, server_id=self.server_id))
        if news is not None:
            self.take(news)

    def take(self, news: StackNews) -> None:
        """Show it."""
        self.news = news
        running = news.running
        self.live.display = running is not None
        if running is not None:
            self.live.open_log(running.id)
        self.names.set_rows(say.stack_row(one, self.desk) for one in news.standings)
        self._draw_past()
        lines = [] if running is not None else self._lines(news)
        self.query_one("#said").display = bool(lines)
        self.said.show(lines)
        self.keep_keyboard()
        self.hub.tick()

    @staticmethod
    def _lines(news: StackNews) -> list[Words]:
        if news.plan is not None:
            return say.plan_lines(news.plan)
        return [] if news.ran is None or news.newest is None else say.run_lines(news.newest, news.ran)

    def _draw_past(self) -> None:
        stack = self.names.cursor_id
        news = self.news or StackNews()
        self.past.set_rows(say.revision_row(one, self.desk) for one in news.revisions.get(stack or "", ()))
        self.query_one("#past", Pane).name_it(f"Revisions of {stack}" if stack else "Revisions")

    @on(VirtualTable.RowHighlighted, "#stacks")
    def _other_stack(self, event: VirtualTable.RowHighlighted) -> None:
        event.stop()
        self._draw_past()

    def tick(self) -> None:
        """The state in words, and the plan's name."""
        self.blank.show(self._state())
        pane, news = self.query_one("#plan", Pane), self.news
        if news is None or news.newest is None:
            pane.name_it("Plan")
        elif news.running is not None:
            pane.name_it(news.newest.kind.value.replace("_", " "), "", State("running", Role.RUNNING))
        elif news.plan is not None:
            refused = bool(news.plan.refusals)
            off = self.why_no_apply()
            state = (
                State("refused", Role.BAD) if refused else None if off else State("! applies it", Role.GOOD)
            )
            age = span(seconds_between(news.newest.started_at, self.desk.now()))
            pane.name_it(say.plan_title(news.plan, news.newest), f"{age} old", state)
        else:
            pane.name_it(f"What came of the {news.newest.kind.value.replace('_', ' ')}")

    def _state(self) -> PaneState | None:
        news, desk = self.news, self.desk
        if news is None:
            return READING
        if news.running is not None:
            return None
        for kind in KINDS:
            if asked := desk.asked_for(self.server_id, kind.value):
                return Loading(f"asking the host, {asked}")
            if error := desk.refused.get((self.server_id, kind.value)):
                return Failed(" ".join(filter(None, (error.message, error.why, error.next_step))))
        if news.plan is not None or news.ran is not None:
            return None
        if news.failure is not None:
            return news.failure
        denied = self.hub.why_refused("server.stack.plan")
        return None if news.standings else Denied(denied) if denied else NEVER

    def status_left(self) -> list[Piece] | None:
        """That what runs goes on without being watched."""
        if self.news is None or self.news.running is None:
            return None
        words = self.news.running.kind.value.replace("_", " ")
        return [
            State(f"{words} under way", Role.RUNNING),
            Toned("   esc leaves it running; its log stays in 6", Role.MUTED),
        ]

    # What commands ask for

    def why_no_plan(self) -> str | None:
        """One at a time."""
        busy = self.news is not None and self.news.running is not None
        asked = any((self.server_id, kind.value) in self.desk.asked for kind in KINDS)
        return self.hub.why_refused("server.stack.plan") or (UNDER_WAY if busy or asked else None)

    def why_no_stack(self) -> str | None:
        """A rollback and a removal are of a stack in the list."""
        return (
            None
            if self.names.cursor_id
            else "No stack was deployed to this server from here yet: p plans one."
        )

    def why_no_apply(self) -> str | None:
        """Everything that stands between the plan and its change; the core asks it again."""
        news = self.news
        if news is None or news.plan is None or news.newest is None:
            return "There is no plan on screen: p plans a deploy, b a rollback, x a removal."
        refused = self.hub.why_refused(f"server.stack.{news.plan.verb}")
        if refused or (off := self.why_no_plan()):
            return refused or off
        if news.plan.verb is StackVerb.DEPLOY and news.newest.id not in self.requests:
            return "The files of this plan are not at hand here, only where it was made: p plans them again."
        return news.why

    def ask_for_files(self) -> None:
        """The form; what was typed last stands in it."""
        self.app.push_screen(StackSheet(self.form), self._typed)

    def _typed(self, form: StackForm | None) -> None:
        if form is not None:
            self.form = form
            undertake(self.program, self.server_id, PLAN, deploy_plan(self.server_id, form, self.requests))

    def plan_rollback(self) -> None:
        """To the revision under the cursor when the keyboard is there, else to the last good one."""
        revision = self._revision()
        to = revision.number if revision is not None and self.past.has_focus else None
        question = rollback_plan(self.server_id, self.names.cursor_id or "", to)
        undertake(self.program, self.server_id, PLAN, question)

    def plan_removal(self) -> None:
        """Of the stack under the cursor."""
        question = removal_plan(self.server_id, self.names.cursor_id or "")
        undertake(self.program, self.server_id, PLAN, question)

    def ask_to_apply(self) -> None:
        """The sheet; what is answered there applies this plan and no other."""
        self.run_worker(self._ask_to_apply(), group="ask", exclusive=True)

    async def _ask_to_apply(self) -> None:
        news, view = self.news, self.view
        if news is None or news.plan is None or news.newest is None or view is None:
            return
        plan, plan_id = news.plan, news.newest.id
        if await self.app.push_screen_wait(apply_sheet(view, news.newest, plan, self.desk)):
            question = change(self.server_id, plan_id, plan, self.requests.get(plan_id))
            undertake(self.program, self.server_id, f"stack_{plan.verb}", question)

    def copy_row(self) -> bool:
        """The plan or the result, and the stack."""
        news = self.news
        if news is None or news.newest is None:
            return False
        choices = [
            Choice("text", "what is on screen", self.said.text),
            *([Choice("stack", "stack", self.names.cursor_id)] if self.names.cursor_id else []),
            Choice("id", "operation id", news.newest.id),
            Choice("json", "JSON", self._json()),
        ]
        offer_copy(self.hub, "Copy", choices)
        return True

    def _json(self) -> str:
        newest = None if self.news is None else self.news.newest
        return (
            ""
            if newest is None
            else json.dumps(dict(newest.result), indent=2, ensure_ascii=False, default=dict)
        )

    def show_json(self) -> bool:
        """The newest plan or result."""
        if text := self._json():
            self.app.push_screen(TextSheet("Stacks as JSON", text))
        return bool(text)

    def log_of_row(self) -> str | None:
        """Of the revision under the cursor, else of what is on screen."""
        revision = self._revision()
        if self.past.has_focus and revision is not None:
            return revision.operation_id
        return self.news.newest.id if self.news is not None and self.news.newest is not None else None

    def _revision(self) -> StackRevision | None:
        found = () if self.news is None else self.news.revisions.get(self.names.cursor_id or "", ())
        return next((one for one in found if str(one.number) == self.past.cursor_id), None)

    @on(VirtualTable.RowOpened, "#revisions")
    def _open_revision(self, event: VirtualTable.RowOpened) -> None:
        event.stop()
        if (revision := self._revision()) is not None:
            title = f"Revision {revision.number} of {revision.stack}"
            self.app.push_screen(ToldSheet(title, say.revision_lines(revision)))

    @on(VirtualTable.RowOpened, "#stacks")
    def _open_stack(self, event: VirtualTable.RowOpened) -> None:
        event.stop()
        self.screen.set_focus(self.past)

    def end_something(self) -> bool:
        """From the revisions to the stacks, from the stacks to the tab one came from."""
        if self.past.has_focus:
            self.screen.set_focus(self.names)
            return True
        return self.live.display and self.live.end_search()
