"""The first start: hosts of ~/.ssh/config to tick, a server by hand, or the demo fleet."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Center, Middle
from textual.message import Message

from daoflow_core.errors import DaoflowError
from daoflow_core.model.registration import Registration
from daoflow_tui.commands.base import Command
from daoflow_tui.commands.first_run import FIRST_RUN, AddTicked
from daoflow_tui.commands.servers import Add
from daoflow_tui.screens.server_actions import ServerActions
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_core.services.import_hops import Imported, Skipped
    from daoflow_core.services.importing import ImportReport

SSH_CONFIG = "~/.ssh/config"
COLUMNS = (
    Column("name", "HOST", 16, flex=True, max_width=24),
    Column("where", "ADDRESS", 24),
    Column("key", "KEY", 26, flex=True),
)
TALLEST = 7

ABOUT: tuple[Words, ...] = (
    [Toned("What happens when you add a server", Role.STRONG)],
    ["  1  its host key is shown and you approve it: nothing is sent before that"],
    ["  2  SSH, Docker and Compose are asked for their versions (read only)"],
    ["  3  it appears in the list, and is asked again and again"],
    [],
    ["Changes are always planned first, shown, and recorded. ? explains every key."],
)


class CandidateTable(VirtualTable):
    """Hosts to tick; enter adds the ticked ones instead of opening a row."""

    OFFERS = (AddTicked,)

    @dataclass
    class Asked(Message):
        """The ticked hosts are to be added."""

        names: frozenset[str]

    @property
    def commands(self) -> tuple[Command[object], ...]:
        """Those of a list, less opening a row: there is nothing to open."""
        return tuple(command for command in super().commands if command.id != "list.open")

    def add_ticked(self) -> None:
        """Ask for it."""
        self.post_message(self.Asked(self.marked))


class FirstRun(ServerActions):
    """Stands before an empty list, and leaves when there is a server."""

    OFFERS = (Add, *FIRST_RUN)
    DEFAULT_CSS = """
    FirstRun #welcome { width: 92; max-width: 100%; height: auto; max-height: 100%; padding: 1 1 0 1; }
    FirstRun.-short #welcome { padding: 0 1; }
    FirstRun CandidateTable { margin: 1 0; }
    FirstRun.-short CandidateTable { margin: 0; }
    FirstRun #note { height: auto; min-height: 2; max-height: 3; margin-bottom: 1; }
    FirstRun.-short #note { margin-bottom: 0; }
    FirstRun #found, FirstRun #ways { margin-bottom: 1; }
    FirstRun.-listed #found { margin-bottom: 0; }
    FirstRun.-short #about { display: none; }
    """
    letter = "S"

    def __init__(self) -> None:
        super().__init__()
        self.found = Told([[State(f"reading {SSH_CONFIG}", Role.RUNNING)]], id="found")
        self.table = CandidateTable(COLUMNS)
        self.table.can_focus = False
        self.note = Told(id="note")
        self._skipped: dict[str, str] = {}
        self._doubts: dict[str, str] = {}
        self._asked = self._adding = False
        self._form_open = False
        self._form_wanted = False

    def body(self) -> ComposeResult:
        """One pane in the middle."""
        with Middle(), Center(), Pane("Welcome. No servers yet.", id="welcome"):
            yield self.found
            yield self.table
            yield self.note
            yield Told(_ways(), id="ways")
            yield Told(ABOUT, id="about")

    def begin(self) -> None:
        """Nothing to choose from yet."""
        super().begin()
        self.table.display = self.note.display = False

    def refresh_place(self) -> None:
        """Read the file when the core is open; leave when there is a server."""
        super().refresh_place()
        if self.desk.fleet and self.app.screen is self and not self._form_open and not self._adding:
            self.app.pop_screen()
        elif self.program.session.console is not None and not self._asked:
            self._asked = True
            begin_work(self, self._read_config, "ssh-config")
            if self._form_wanted:
                self.call_later(self.action_command, Add.id)

    async def action_command(self, command_id: str) -> None:
        """The very first key may come before the store is open: the form then opens as soon as it is."""
        if command_id == Add.id and self.program.session.console is None:
            self._form_wanted = True
        else:
            await super().action_command(command_id)

    def status_left(self) -> list[Piece]:
        """Nothing was done yet."""
        return super().status_left() or [Toned("no servers yet", Role.MUTED)]

    async def _read_config(self) -> None:
        try:
            report = await self.program.session.ask(
                lambda console: console.importing.import_ssh_config(
                    SSH_CONFIG, home=Path.home(), dry_run=True
                )
            )
        except DaoflowError as error:
            missing = not await asyncio.to_thread(os.path.lexists, Path.home() / ".ssh" / "config")
            words = f"No {SSH_CONFIG} here." if missing else f"{error.message} {error.why}"
            self.found.show([[Toned(words, Role.MUTED)]])
            return
        self._show(report)

    def _show(self, report: ImportReport) -> None:
        number = len(report.added) + len(report.skipped)
        self._skipped = {one.candidate.alias: one.reason for one in report.skipped}
        self._doubts = {one.candidate.alias: one.key_problem for one in report.added if one.key_problem}
        if not number:
            self.found.show([[Toned(f"{SSH_CONFIG} names no host.", Role.MUTED)]])
            return
        hosts = "1 host" if number == 1 else f"{number} hosts"
        self.found.show(
            [[f"Found {hosts} in {SSH_CONFIG}", Toned("      space ticks, enter adds them", Role.MUTED)]]
        )
        self.table.set_rows([*map(_candidate, report.added), *map(_left_out, report.skipped)])
        self.table.styles.height = min(number, TALLEST) + 1
        self.table.rows.marked.update(one.candidate.alias for one in report.added)
        self.table.display = self.note.display = self.table.can_focus = True
        self.add_class("-listed")
        self.table.focus()
        self._tell_of_row()
        self.tick()

    @on(VirtualTable.RowHighlighted)
    def _tell_of_row(self) -> None:
        """The sentence that the row has no room for."""
        name = self.table.cursor_id or ""
        if name in self._skipped:
            self.note.show([[Toned(f"{name} is left out: {self._skipped[name]}", Role.MUTED)]])
        elif name in self._doubts:
            self.note.show([[Toned(f"{name} is added without a key: {self._doubts[name]}", Role.LOOK)]])
        else:
            self.note.show([])

    @on(VirtualTable.RowMarked)
    def _tick_what_can_be(self, event: VirtualTable.RowMarked) -> None:
        """A host that can't be imported can't be ticked; pressing space on it says why."""
        for name in event.row_ids & self._skipped.keys():
            self.table.rows.toggle(name)
            self.notify(self._skipped[name], title=f"{name} can't be added", severity="warning", markup=False)
        self.table.refresh()
        self.tick()

    @on(CandidateTable.Asked)
    def _add_them(self, event: CandidateTable.Asked) -> None:
        self._adding = True
        count = len(event.names)
        self.found.show(
            [[State(f"asking {count} servers for their host keys; nothing else is sent", Role.RUNNING)]]
        )
        self.program.run_worker(self._import(event.names), group="registrations", exclusive=True)

    async def _import(self, names: frozenset[str]) -> None:
        report = await self.answer(
            lambda console: console.importing.import_ssh_config(
                SSH_CONFIG, home=Path.home(), dry_run=False, only=names
            )
        )
        self._adding = False
        await self.program.read_now()
        if report is not None:
            self.notify(_told(report), timeout=10, markup=False)
            self.refresh_place()

    def add_server(self) -> None:
        """The form; this screen stays until its answer was taken up."""
        self._form_open = True
        super().add_server()

    def _registered(self, done: Registration | None) -> None:
        self._form_open = False
        super()._registered(done)
        self.call_later(self.refresh_place)

    def open_demo(self) -> None:
        """End this console and begin the demo's."""
        self.program.wants_demo = True
        self.program.exit()

    def give_back_keyboard(self) -> None:
        """Into the list of hosts."""
        self.table.focus()


def _ways() -> list[Words]:
    return [
        ["Or add one by hand       ", Toned("a", Role.KEY), "   name, host, user, key"],
        ["Or look around first     ", Toned("m", Role.KEY), "   demo fleet, nothing leaves this machine"],
    ]


def _candidate(one: Imported) -> Row:
    host = one.candidate
    port = "" if host.port == 22 else f":{host.port}"
    key = Toned(one.key_problem, Role.LOOK) if one.key_problem else _from_home(host.identity_file)
    through = f" through {host.jump}" if host.jump else ""
    return Row(host.alias, (host.alias, f"{host.user}@{host.host}{port}{through}", key))


def _from_home(path: str | None) -> Cell:
    """A key file as people write it: its name stands at the end, where a long path is cut."""
    if not path:
        return Toned("no key", Role.LOOK)
    home = f"{Path.home()}/"
    return f"~/{path.removeprefix(home)}" if path.startswith(home) else path


def _left_out(one: Skipped) -> Row:
    name = one.candidate.alias
    return Row(name, (Toned(name, Role.MUTED), Toned("left out", Role.MUTED), Toned(one.reason, Role.MUTED)))


def _told(report: ImportReport) -> str:
    words = f"{len(report.added)} added; each waits for its host key to be approved (i)."
    left = [f"{one.candidate.alias}: {one.reason}" for one in report.skipped]
    return " ".join([words, *left])
