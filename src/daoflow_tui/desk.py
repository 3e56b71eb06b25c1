"""What the screens share: the fleet, the latest operations, what is under way, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from daoflow_core import documents
from daoflow_core.clock import Clock
from daoflow_core.errors import DaoflowError
from daoflow_core.expiry import in_words
from daoflow_core.stamps import span
from daoflow_tui.screens.fleet import Fleet
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.times import Times
from daoflow_tui.session import Session
from daoflow_tui.start import Start
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, State, Toned

if TYPE_CHECKING:
    from daoflow_tui.screens.bulk import Bulk
    from daoflow_tui.screens.host_shell import HostShell

Asked = tuple[str, str]
"""A server's id, or the name of what is none, and the kind of operation asked of it."""


@dataclass(slots=True)
class Desk:
    """The state behind every place, changed only by the app.

    `tabs`: the tab a server was left on. `asked`: operations asked for here and not ended, with when they began.
    `refused`: what kept an operation from being recorded at all, until it is asked for again.
    `record_shells`: whether shells that are opened from now on are recorded because the operator asks for it.
    """

    start: Start
    fleet: Fleet
    operations: tuple[OperationView, ...]
    times: Times = Times.AGE
    checking: dict[str, float] = field(default_factory=dict)
    loaded: bool = False
    principal: str = ""
    read_only: bool = False
    vault_locked: bool = False
    tabs: dict[str, str] = field(default_factory=dict)
    asked: dict[Asked, float] = field(default_factory=dict)
    refused: dict[Asked, DaoflowError] = field(default_factory=dict)
    bulks: list[Bulk] = field(default_factory=list)
    shells: list[HostShell] = field(default_factory=list)
    record_shells: bool = False
    certificates: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def laid(cls, start: Start) -> Desk:
        """A desk with what the first look found."""
        found = tuple(OperationView.of_row(row) for row in start.look.operations)
        look, settings = start.look, start.settings
        desk = cls(start, Fleet(look.servers), found, loaded=look.found, read_only=settings.read_only)
        desk.certificates = look.certificates
        return desk

    def learn(self, session: Session) -> None:
        """Take over what the opened console knows of its principal."""
        if session.console is not None:
            self.principal = session.console.principal.name
            self.read_only = session.console.principal.read_only

    @property
    def clock(self) -> Clock:
        """The clock of the console."""
        return self.start.clock

    @property
    def interval(self) -> float:
        """Seconds between two checks of a server."""
        return self.start.settings.poll_interval_ms / 1000

    def now(self) -> datetime:
        """The moment it is, in UTC."""
        return self.clock.now()

    def checking_for(self, server_id: str) -> str | None:
        """How long a check that was asked for has been running; None when there is none."""
        began = self.checking.get(server_id)
        return None if began is None else span(self.clock.monotonic() - began)

    def begin_check(self, server_ids: Iterable[str]) -> list[str]:
        """Note that these are asked now; gives those that were not being asked already."""
        new = [one for one in server_ids if one not in self.checking]
        self.checking.update(dict.fromkeys(new, self.clock.monotonic()))
        return new

    def asked_for(self, server_id: str, kind: str) -> str | None:
        """How long ago an operation was asked for that has not ended; None when there is none."""
        began = self.asked.get((server_id, kind))
        return None if began is None else span(self.clock.monotonic() - began)

    def under_way(self) -> list[str]:
        """What was asked for here and still runs, in words, longest first."""
        asked = sorted(self.asked, key=lambda one: self.asked[one])
        words = [f"{kind.replace('_', ' ')} of {self._name_of(one)}" for one, kind in asked]
        return [*words, *(bulk.words for bulk in self.bulks if bulk.is_open)]

    def open_shells(self) -> list[str]:
        """The servers with an open shell, oldest shell first; one with two is named twice."""
        return [shell.server_name for shell in self.shells if shell.is_open]

    def _name_of(self, asked: str) -> str:
        """A server by its name; what is no server was noted by its own."""
        view = self.fleet.get(asked)
        return view.name if view else "a removed server" if asked.startswith("srv_") else asked

    def ending_words(self) -> State | None:
        """The certificates that have ended or end within 30 days; at 7 days and after the end it is bad."""
        ending = documents.expiring(self.certificates, now=self.now())["ending"]
        if not ending:
            return None
        role = Role.LOOK if all(one["status"] == "expiring" for one in ending) else Role.BAD
        if len(ending) > 1:
            return State(f"{len(ending)} certificates end soon or have ended: K", role)
        verb = "ended" if ending[0]["daysLeft"] < 0 else "ends"
        return State(f"certificate {ending[0]['name']} {verb} {in_words(ending[0]['daysLeft'])}", role)

    def last_words(self) -> list[Piece]:
        """What is under way, else how the last operation went, with its id."""
        if self.checking:
            names = [view.name for one in self.checking if (view := self.fleet.get(one))]
            who = names[0] if len(names) == 1 else f"{len(self.checking)} servers"
            longest = max((self.checking_for(one) or "" for one in self.checking), default="")
            return [State(f"checking {who}", Role.RUNNING), f"  {longest}"]
        if running := self.under_way():
            words = running[0] if len(running) == 1 else f"{len(running)} operations"
            began = min(self.asked.values(), default=None)
            longest = "" if began is None else f"  {span(self.clock.monotonic() - began)}"
            return [State(f"running: {words}", Role.RUNNING), longest]
        if not self.operations:
            return []
        last = self.operations[0]
        took = f" in {last.took(self.now())}" if last.completed_at else ""
        state, words = last.state, f" {last.server_name} {last.words}{took}  "
        return [Toned("last: ", Role.MUTED), state, words, Toned(last.short_id, Role.MUTED)]
