"""What can be done with servers, the same in the list and in the detail of one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from daoflow_core.model.registration import Registration
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.checks import check
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet

CHECK = "readiness_check"
TROUBLED = ("blocked", "attention")


class ServerActions(Place):
    """A place that acts on `server`, or on the `chosen` ones."""

    @property
    def server(self) -> ServerView | None:
        """The one under the cursor or on screen."""
        return None

    @property
    def chosen(self) -> Sequence[ServerView]:
        """What a command on several acts on."""
        return [] if self.server is None else [self.server]

    @property
    def row_id(self) -> str | None:
        """The server's id."""
        return None if self.server is None else self.server.id

    def why_refused(self, action: str) -> str | None:
        """Why the action is off for this server: its mark counts as well as the session's."""
        marked = self.server is not None and self.server.read_only and action != "server.update"
        return self.program.session.why_not(action, server_read_only=marked)

    def check_now(self) -> None:
        """Ask the server; several are asked with a view of the progress."""
        program = self.program
        if len(self.chosen) > 1:
            self.begin_bulk("readiness_check")
            return
        for server_id in self.desk.begin_check([view.id for view in self.chosen]):
            program.run_worker(check(program, server_id), group="checks")
        program.news.publish(())

    def plan(self) -> None:
        """Offer what can be planned."""
        from daoflow_tui.screens.planning import choose_plan

        choose_plan(self)

    def begin_bulk(self, kind: str) -> None:
        """Ask it of one server on its tab, of several with a view of the progress."""
        from daoflow_tui.screens.planning import why_refused

        if (why := why_refused(self, kind)) is not None:
            self.notify(why, severity="warning", markup=False)
            return
        self.run_worker(self._begin_bulk(kind), group="begin", exclusive=True)

    async def _begin_bulk(self, kind: str) -> None:
        from daoflow_tui.screens import bulk
        from daoflow_tui.screens.bulk_progress import BulkProgress
        from daoflow_tui.screens.errands import ERRANDS

        chosen = list(self.chosen)
        if len(chosen) == 1 and kind != "readiness_check":
            await self.program.begin_errand(chosen[0].id, kind)
        elif chosen:
            await self.app.push_screen(BulkProgress(bulk.begin(self.program, ERRANDS[kind], chosen)))

    def why_no_progress(self) -> str | None:
        """Nothing was begun yet."""
        return (
            None
            if self.desk.bulks
            else "No bulk command was begun yet: mark servers with space, then c or p."
        )

    def open_progress(self) -> None:
        """Of the newest bulk command."""
        from daoflow_tui.screens.bulk_progress import BulkProgress

        if self.desk.bulks:
            self.app.push_screen(BulkProgress(self.desk.bulks[-1]))

    def open_host_key(self) -> None:
        """The sheet with its host keys."""
        from daoflow_tui.screens.sheets.host_key import HostKeySheet

        if self.server is not None:
            self.app.push_screen(HostKeySheet(self.server))

    def why_no_terminal(self) -> str | None:
        """Nothing is sent to a server whose host key nobody approved, nor from a session that changes nothing."""
        view = self.server
        if view is None:
            return "There is no server to open a shell on."
        if view.awaits_trust:
            return f"No host key of {view.name} is approved yet, so nothing is sent there: i compares and approves it."
        if self.desk.read_only:
            return "This session is read-only, and a shell can change anything."
        return "This server is marked read-only." if view.read_only else None

    async def open_terminal(self) -> None:
        """A shell on the terminal tab of this server."""
        if self.server is not None:
            await self.program.show_terminal(self.server.id)

    def add_server(self) -> None:
        """The form for a new server."""
        from daoflow_tui.screens.sheets.server_form import ServerForm

        self.app.push_screen(ServerForm(), self._registered)

    def _registered(self, done: Registration | None) -> None:
        """Go on where the form ended: to the host key, or to what the first check found."""
        self._go_on(done, "registered")

    def _saved(self, done: Registration | None) -> None:
        """The same after an edit."""
        self._go_on(done, "saved")

    def _go_on(self, done: Registration | None, word: str) -> None:
        from daoflow_tui.screens.sheets.registered import next_sheet

        if done is not None:
            self.found_new(done.server.id)
            view = self.desk.fleet.get(done.server.id)
            if view is not None:
                self.app.push_screen(next_sheet(view, done, word))

    def found_new(self, server_id: str) -> None:
        """A server was added: the list puts its cursor on it."""

    def edit_server(self) -> None:
        """The form with what is known of this server."""
        from daoflow_tui.screens.sheets.server_form import ServerForm

        if self.server is not None:
            self.app.push_screen(ServerForm(self.server), self._saved)

    def remove_server(self) -> None:
        """Ask, and then take it out of the inventory."""
        view = self.server
        others = self.desk.fleet.behind(view.id) if view is not None else []
        if view is not None and others:
            names = ", ".join(one.name for one in others[:5]) + (" and more" if len(others) > 5 else "")
            why = f"{view.name} is the jump host of {names}. Give them another way first (e)."
            self.notify(why, severity="warning", markup=False)
        elif view is not None:
            self.run_worker(self._remove(view), group="remove", exclusive=True)

    async def _remove(self, view: ServerView) -> None:
        from daoflow_tui.screens.sheets.removal import removal_sheet

        if not await self.app.push_screen_wait(removal_sheet(view, self.desk)):
            return
        gone = await self.answer(lambda console: console.servers.remove(view.id))
        if gone is not None:
            self.notify(f"{view.name} was removed. Its history stays in the audit trail (A).", markup=False)
            self.removed(view.id)

    def removed(self, server_id: str) -> None:
        """A server is gone: the detail of it closes."""

    def copy_row(self) -> None:
        """Name, id, address, fingerprint, JSON."""
        view = self.server
        if view is None:
            return
        end, fingerprint = view.endpoint, view.row["approved_fingerprint"]
        choices = [
            Choice("name", "name", view.name),
            Choice("id", "id", view.id),
            Choice("ssh", "ssh command", f"ssh -p {end.port} {end.user}@{end.host}"),
            Choice("address", "address", end.address),
            *([Choice("fingerprint", "host key fingerprint", fingerprint)] if fingerprint else []),
            *[
                Choice(f"step{index}", "next step", issue.next_step)
                for index, issue in enumerate(view.issues)
            ],
            Choice("json", "JSON", self._json(view)),
        ]
        offer_copy(self, f"Copy of {view.name}", choices)

    def show_json(self) -> None:
        """Everything the command line says of it."""
        if self.server is not None:
            self.app.push_screen(TextSheet(f"{self.server.name} as JSON", self._json(self.server)))

    def _json(self, view: ServerView) -> str:
        return json.dumps(view.document(self.desk.now(), self.desk.interval), indent=2, ensure_ascii=False)

    def log_of_row(self) -> str | None:
        """The operation whose log stands behind the row: the check's own, else the newest of this server."""
        view = self.server
        if view is None:
            return None
        newest = next((one.id for one in self.operations_of(view.id)), None)
        return newest or view.row["readiness_operation_id"]

    def operations_of(self, server_id: str) -> list[OperationView]:
        """The latest operations of one server that the desk knows."""
        return [one for one in self.desk.operations if one.server_id == server_id]

    def why_no_log(self) -> str | None:
        """A server that was only polled has no recorded operation."""
        if self.log_of_row() is not None:
            return None
        return "Nothing is recorded for it yet: recurring checks keep only their verdict. c records one."

    async def open_log(self) -> None:
        """Full screen."""
        operation_id = self.log_of_row()
        if operation_id is not None:
            self._tell_of_newer_verdict(operation_id)
            await self.program.show_log(operation_id)

    def _tell_of_newer_verdict(self, operation_id: str) -> None:
        """A recurring check keeps no log: what one opens then is older than what the row says."""
        view = self.server
        found = next((one for one in self.desk.operations if one.id == operation_id), None)
        ended = found.completed_at if found is not None and found.kind == CHECK else None
        if view is None or view.status not in TROUBLED or not ended or (view.checked_at or "") <= ended:
            return
        self.notify(
            f"This log is older than what the list says: {view.name} is {view.status} since a recurring check, which "
            "keeps no log. c in the list makes one that does.",
            title="log",
            severity="warning",
            markup=False,
        )
