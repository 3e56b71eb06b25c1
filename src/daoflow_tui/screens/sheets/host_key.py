"""Level 2 or 3: whether a server is who it says. The first approval is a `y`; a changed key has to be typed."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from daoflow_core.errors import DaoflowError
from daoflow_core.model.identity import HostKey, IdentityReport, Verification
from daoflow_core.model.readiness import Readiness
from daoflow_tui.commands.sheets import LookAgain, Yes
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets import host_key_words as say
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.message import error_lines
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.table import VirtualTable

TAIL = "To trust it, press tab and type the last 4 characters of the fingerprint shown now:"
NAME = "This is a PROD server. To trust the key under the cursor, tab to the field and type its name:"
APPROVE = "server.ssh-host-identity.approve"
COLUMNS = (Column("algorithm", "TYPE", 9), Column("fingerprint", "FINGERPRINT IT SHOWS NOW", 50, flex=True))


class Stage(Enum):
    """What the sheet is about now."""

    LOOKING = auto()
    NONE = auto()
    FIRST = auto()
    CHANGED = auto()
    MATCH = auto()
    TRUSTING = auto()
    DONE = auto()
    FAILED = auto()


STAGES = {
    Verification.UNAPPROVED: Stage.FIRST,
    Verification.MISMATCH: Stage.CHANGED,
    Verification.MATCH: Stage.MATCH,
}


class HostKeySheet(Sheet[None]):
    """Shows every key a server shows; what was seen before stands there at once, `c` looks again."""

    OFFERS = (Yes, LookAgain)
    DEFAULT_CSS = """
    HostKeySheet VirtualTable { margin-top: 1; }
    """

    def __init__(self, view: ServerView, lead: Iterable[Words] = ()) -> None:
        super().__init__()
        self.view, self.title_words = view, f"Is this really {view.name}?"
        self.stage = Stage.LOOKING
        self.report: IdentityReport | None = None
        self._lead = list(lead)
        self._after: list[Words] = []
        self.told = Told(say.looking_lines(view))
        self.keys = VirtualTable(COLUMNS, marking=False)
        self.field = Field("Type to approve", max_length=100)
        self.request = Told()

    def words(self) -> ComposeResult:
        """What the sheet states at this stage."""
        yield self.told

    def asks(self) -> ComposeResult:
        """The keys to choose from, and what has to be typed."""
        yield self.keys
        yield self.request
        yield self.field

    def buttons(self) -> Iterable[SheetButton]:
        """The safe one first."""
        yield SheetButton("cancel", "Not now", "esc")
        yield SheetButton("apply", "Approve", "y", danger=True)

    def begin(self) -> None:
        """Show what is known; ask the server only when nothing is."""
        super().begin()
        self._draw()
        begin_work(self, self._begin, "host-key")

    # Asking the core

    async def _begin(self) -> None:
        try:
            self._take(await self.program.session.ask(lambda console: console.identity.report(self.view.id)))
        except DaoflowError as error:
            self._fail(error)
            return
        if self.stage is Stage.NONE and self.program.why_denied("server.ssh-host-identity.observe") is None:
            self.scan()

    def scan(self) -> None:
        """Ask the server for its keys again."""
        self._turn(Stage.LOOKING)
        begin_work(self, self._scan, "host-key")

    async def _scan(self) -> None:
        try:
            self._take(await self.program.session.ask(lambda console: console.identity.scan(self.view.id)))
        except DaoflowError as error:
            self._fail(error)

    def _trust(self, key: HostKey) -> None:
        """Hand over to the app: closing the sheet must not end what was approved half-way."""
        rotating = self.stage is Stage.CHANGED
        self._turn(Stage.TRUSTING)
        self.program.run_worker(self._approve(key.fingerprint, rotating), group="approvals")

    async def _approve(self, fingerprint: str, rotating: bool) -> None:
        session, server_id = self.program.session, self.view.id
        try:
            if rotating:
                await session.ask(lambda console: console.identity.rotate(server_id, fingerprint))
            else:
                await session.ask(lambda console: console.identity.approve(server_id, fingerprint))
            readiness = await session.ask(lambda console: console.readiness.check(server_id))
        except DaoflowError as error:
            self._fail(error)
            return
        self._done(readiness, fingerprint)

    # What came

    def _take(self, report: IdentityReport) -> None:
        self.report = report
        shown = say.shown_now(report)
        self.keys.set_rows(Row(key.id, (say.key_type(key), key.fingerprint)) for key in shown)
        self._turn(STAGES[report.verification] if shown else Stage.NONE)

    def _done(self, readiness: Readiness, fingerprint: str) -> None:
        self._after = say.result_lines(self.view, readiness, fingerprint)
        self._turn(Stage.DONE)

    def _fail(self, error: DaoflowError) -> None:
        self._after = error_lines(error)
        if self.is_attached:
            self._turn(Stage.FAILED)
        else:
            self.program.tell_error(error)

    def _turn(self, stage: Stage) -> None:
        self.stage = stage
        if self.is_attached:
            self._draw()

    # Drawing

    @property
    def busy(self) -> bool:
        """Whether the server or the core is being asked."""
        return self.stage in (Stage.LOOKING, Stage.TRUSTING)

    @property
    def chosen(self) -> HostKey | None:
        """The key under the cursor of the list."""
        shown = () if self.report is None else say.shown_now(self.report)
        return next((key for key in shown if key.id == self.keys.cursor_id), None)

    @property
    def word(self) -> str:
        """What has to be typed: the end of a changed key's fingerprint, a prod server's name, or nothing."""
        if self.stage is Stage.CHANGED and self.chosen is not None:
            return self.chosen.fingerprint[-say.TAIL :]
        return self.view.name if self.stage is Stage.FIRST and self.view.is_prod else ""

    def _draw(self) -> None:
        asking = self.stage in (Stage.FIRST, Stage.CHANGED)
        lead = [] if self.stage in (Stage.TRUSTING, Stage.DONE) else self._lead
        self.told.show([*lead, *self._lines()])
        self.keys.display = asking and (self.stage is Stage.FIRST or len(self.keys.rows) > 1)
        self.keys.styles.height = len(self.keys.rows) + 1
        self.field.display = self.request.display = bool(self.word)
        self.request.show([[], [TAIL if self.stage is Stage.CHANGED else NAME]])
        self.query_one("#frame").set_class(self.stage is Stage.CHANGED or self.view.is_prod, "-danger")
        self._draw_buttons(asking)
        self.call_after_refresh(self.fit)
        looks = self.stage in (Stage.FIRST, Stage.CHANGED, Stage.MATCH, Stage.NONE, Stage.FAILED)
        self.foot("c looks again" if looks else "")

    def _draw_buttons(self, asking: bool) -> None:
        cancel, apply = (
            self.query_one("#button-cancel", SheetButton),
            self.query_one("#button-apply", SheetButton),
        )
        keep = {
            Stage.FIRST: "Not now",
            Stage.CHANGED: "Keep it blocked",
            Stage.TRUSTING: "Leave it to finish",
        }
        cancel.words = keep.get(self.stage, "Close")
        apply.display = asking
        apply.key = "enter" if self.word else "y"
        apply.disabled = bool(self.word) and not self._matches
        cancel.refresh(layout=True)
        apply.refresh(layout=True)

    def _lines(self) -> list[Words]:
        view, desk, report = self.view, self.desk, self.report
        if self.stage is Stage.NONE:
            return say.none_lines(view)
        if report is None:
            return self._after or say.looking_lines(view)
        match self.stage:
            case Stage.FIRST:
                return say.first_lines(view, report, desk)
            case Stage.CHANGED:
                return say.changed_lines(view, report, self.chosen, desk)
            case Stage.MATCH:
                return say.match_lines(view, report, desk)
            case Stage.DONE | Stage.FAILED:
                return self._after
            case Stage.TRUSTING:
                return say.trusting_lines(view)
            case _:
                return say.looking_lines(view)

    # Answering

    @property
    def _matches(self) -> bool:
        return self.field.value.strip() == self.word

    def why_no_yes(self) -> str | None:
        """`y` is for a first approval outside prod only."""
        refused = self.program.session.why_not(APPROVE, server_read_only=self.view.read_only)
        if refused is not None:
            return refused
        if self.stage is Stage.FIRST and not self.word:
            return None
        if self.word:
            return "This needs more than a key press: tab, then type what the sheet asks for."
        return "There is nothing to approve now."

    def say_yes(self) -> None:
        """Approve the key under the cursor."""
        if self.chosen is not None:
            self._trust(self.chosen)

    def pressed(self, name: str) -> None:
        """The deed was clicked."""
        if self.word:
            self._send(self.field.value)
        elif self.why_no_yes() is None:
            self.say_yes()

    @on(Input.Changed)
    def _judge(self) -> None:
        self.field.error = ""
        self._draw_buttons(self.stage in (Stage.FIRST, Stage.CHANGED))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self._send(event.value)

    def _send(self, typed: str) -> None:
        refused = self.program.session.why_not(APPROVE, server_read_only=self.view.read_only)
        if refused is not None:
            self.field.error = refused
        elif self.word and typed.strip() == self.word and self.chosen is not None:
            self._trust(self.chosen)
        elif self.word:
            self.field.error = "That is not it. Nothing was changed; look at the whole fingerprint again."

    @on(VirtualTable.RowHighlighted)
    def _other_key(self) -> None:
        self.field.value = ""
        self._draw()
