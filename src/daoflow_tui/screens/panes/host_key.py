"""The eighth tab: whether the server is who it says, every key it ever showed, and the way to the sheet."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget

from daoflow_core.errors import DaoflowError
from daoflow_core.model.identity import HostKey, HostKeyStatus, IdentityReport, Verification
from daoflow_tui.commands.host_key import HOST_KEY_COMMANDS
from daoflow_tui.commands.servers import THIS_MACHINE
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.sheets import host_key_words as say
from daoflow_tui.screens.sheets.message import error_lines
from daoflow_tui.screens.times import ago
from daoflow_tui.screens.words import Told, Words, key_line
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.blank import Blank, Loading, NotHere
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State
from daoflow_tui.widgets.table import VirtualTable

COLUMNS = (
    Column("state", "STATE", 13),
    Column("type", "TYPE", 8),
    Column("fingerprint", "FINGERPRINT", 50, flex=True),
    Column("seen", "LAST SEEN", 9, "right", drop=1),
)
STANDINGS = {
    HostKeyStatus.APPROVED: State("trusted", Role.GOOD),
    HostKeyStatus.OBSERVED: State("seen", Role.UNKNOWN),
    HostKeyStatus.SUPERSEDED: State("superseded", Role.OLD),
}
READING = Loading("reading what the store knows of this server's host keys")


class HostKeyPane(HubPane):
    """Says what the sheet says; approving is done in the sheet alone."""

    OFFERS = HOST_KEY_COMMANDS
    DEFAULT_CSS = """
    HostKeyPane #identity { height: 1fr; }
    HostKeyPane #identity VerticalScroll { padding: 0 1; }
    HostKeyPane #keys { height: 9; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.report: IdentityReport | None = None
        self.error: DaoflowError | None = None
        self.looking = False
        self.blank = Blank(READING)
        self.told = Told()
        self.keys = VirtualTable(COLUMNS, empty="No host key of it was seen yet.", marking=False)

    def compose(self) -> ComposeResult:
        """The judgement above, the keys below."""
        with Pane("Is this really the server?", id="identity"):
            yield self.blank
            with VerticalScroll(can_focus=False):
                yield self.told
        with Pane("Host keys it showed", id="keys"):
            yield self.keys

    @property
    def seat(self) -> Widget:
        """The keys."""
        return self.keys

    async def read(self) -> None:
        """What the store knows."""
        if self.view is None or self.view.is_local:
            self._draw()
            return
        try:
            self.take(await self.program.session.ask(lambda console: console.identity.report(self.server_id)))
        except DaoflowError as error:
            self.error = error
            self._draw()

    def take(self, report: IdentityReport) -> None:
        """Show it."""
        self.report = report
        self._draw()

    def _draw(self) -> None:
        view, report = self.view, self.report
        self.blank.show(self._blank())
        self.told.show([] if view is None or report is None else self._lines(report))
        if view is not None:
            self.query_one("#identity", Pane).name_it(f"Is this really {view.name}?", view.address)
        known = () if report is None else report.identities
        order = {HostKeyStatus.APPROVED: 0, HostKeyStatus.OBSERVED: 1, HostKeyStatus.SUPERSEDED: 2}
        self.keys.set_rows(
            self._row(key) for key in sorted(known, key=lambda key: (order[key.status], key.algorithm))
        )

    def tick(self) -> None:
        """Ages."""
        self._draw()

    def _blank(self) -> NotHere | Loading | None:
        if self.view is not None and self.view.is_local:
            return NotHere(THIS_MACHINE)
        if self.looking:
            return Loading(
                "asking for its host keys; nothing else is sent: no user name, no password, no key"
            )
        return READING if self.report is None and self.error is None else None

    def _lines(self, report: IdentityReport) -> list[Words]:
        view = self.view
        if view is None:
            return []
        trouble = [] if self.error is None else [*error_lines(self.error), []]
        if not report.identities:
            return [*trouble, *say.none_lines(view)]
        if report.verification is Verification.MATCH:
            lines = say.match_lines(view, report, self.desk)
        elif report.verification is Verification.MISMATCH:
            shown = say.shown_now(report)
            lines = say.mismatch_lines(view, report, shown[0] if shown else None, self.desk)
        else:
            lines = say.waiting_lines(view, report, self.desk)
        return [
            *trouble,
            *lines,
            [],
            key_line("i", "opens the sheet in which a key is compared and approved", "Next"),
        ]

    def _row(self, key: HostKey) -> Row:
        seen = ago(key.last_observed_at, self.desk.now(), self.desk.times)
        return Row(
            key.id, (STANDINGS[key.status], say.key_type(key), key.fingerprint, seen.removesuffix(" ago"))
        )

    # What commands ask for

    def why_no_look(self) -> str | None:
        """A local server has none; one look at a time."""
        view = self.view
        if view is not None and view.is_local:
            return THIS_MACHINE
        if self.looking:
            return "The server is being asked for its host keys already."
        return self.hub.why_refused("server.ssh-host-identity.observe")

    def look(self) -> None:
        """Ask the server for its keys."""
        self.looking, self.error = True, None
        self._draw()
        begin_work(self, self._look, "look")

    async def _look(self) -> None:
        try:
            self.report = await self.program.session.ask(
                lambda console: console.identity.scan(self.server_id)
            )
        except DaoflowError as error:
            self.error = error
        finally:
            self.looking = False
        self._draw()

    def copy_row(self) -> bool:
        """The fingerprint under the cursor."""
        from daoflow_tui.screens.sheets.choice import Choice
        from daoflow_tui.screens.sheets.copy import offer_copy

        known = () if self.report is None else self.report.identities
        key = next((one for one in known if one.id == self.keys.cursor_id), None)
        if key is not None:
            offer_copy(
                self.hub,
                "Copy",
                [
                    Choice("print", "fingerprint", key.fingerprint),
                    Choice("command", "command that prints it on the server", say.COMMAND),
                ],
            )
        return key is not None
