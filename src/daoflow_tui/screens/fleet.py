"""The fleet as the screens hold it: one frozen view a server, made from the rows of the store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from daoflow_core import documents
from daoflow_core.model.places import is_local_address
from daoflow_core.model.server import Endpoint
from daoflow_core.stamps import seconds_between
from daoflow_tui.widgets.state_mark import Role, State

FleetRow = Mapping[str, Any]

PATIENCE = 1200
"""Seconds after which a blocked verdict is old: the poller asks a failing server rarely, up to every 15 minutes."""

ROLES = {"ready": Role.GOOD, "attention": Role.LOOK, "blocked": Role.BAD, "unknown": Role.UNKNOWN}
ORDER = ("blocked", "attention", "stale", "unknown", "ready")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with a server, and the next step."""

    code: str
    message: str
    next_step: str


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server for the screens; `row` is the store's own, for JSON and for what a pane needs beside."""

    id: str
    name: str
    endpoint: Endpoint
    environment: str
    kind: str
    read_only: bool
    status: str
    checked_at: str | None
    issues: tuple[Issue, ...]
    row: FleetRow

    @classmethod
    def of(cls, row: FleetRow) -> ServerView:
        """The view of one row of the fleet query."""
        known = row["readiness_server_id"] is not None
        issues = json.loads(row["readiness_issues"]) if known else []
        asked = known and row["readiness_status"] != "unknown"  # unknown: nothing was sent, so never checked
        return cls(
            id=row["id"],
            name=row["name"],
            endpoint=Endpoint(row["host"], row["ssh_port"], row["ssh_user"]),
            environment=row["environment"],
            kind=row["kind"],
            read_only=bool(row["read_only"]),
            status=row["readiness_status"] if known else "unknown",
            checked_at=(row["readiness_checked_at"] or None) if asked else None,
            issues=tuple(Issue(one["code"], one["message"], one["next_step"]) for one in issues),
            row=row,
        )

    @property
    def is_local(self) -> bool:
        """True when its commands run on this machine, without SSH."""
        return is_local_address(self.endpoint.host, self.endpoint.port)

    @property
    def login_key(self) -> str | None:
        """What it is logged in to with: a managed key's name, or that a key of the agent is used."""
        if self.row.get("agent_fingerprint"):
            return "a key of your SSH agent"
        name: str | None = self.row["ssh_key_name"]
        return name

    @property
    def is_prod(self) -> bool:
        """True when every danger level counts one higher."""
        return self.environment == "prod"

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its issues."""
        return frozenset(issue.code for issue in self.issues)

    @property
    def awaits_trust(self) -> bool:
        """True when a host key has to be approved before anything is sent."""
        return not self.is_local and self.row["approved_key_id"] is None

    def age(self, now: datetime) -> int | None:
        """Seconds since the last check; None before the first."""
        return None if self.checked_at is None else seconds_between(self.checked_at, now)

    def standing(self, now: datetime, interval: float) -> str:
        """Its status in one word, `stale` when the last check is too old to count; `interval` in seconds."""
        age = self.age(now)
        if age is None or self.status == "unknown":
            return "unknown"
        patience = PATIENCE if self.status == "blocked" else documents.STALE_AFTER * interval
        return "stale" if age > patience else self.status

    def state(self, now: datetime, interval: float) -> State:
        """The standing with its meaning."""
        word = self.standing(now, interval)
        return State(word, ROLES.get(word, Role.OLD))

    def document(self, now: datetime, interval: float) -> dict[str, Any]:
        """What `server show` and `status` know of it, as JSON."""
        checked = documents.check(self.row, now=now, poll_interval_ms=round(interval * 1000))
        return {"server": documents.server(self.row, now=now), "readiness": checked}


class Fleet:
    """All servers by id, the view of an unchanged row kept as it is."""

    def __init__(self, rows: Iterable[FleetRow] = ()) -> None:
        self.views: dict[str, ServerView] = {}
        self.take(rows)

    def __len__(self) -> int:
        return len(self.views)

    def take(self, rows: Iterable[FleetRow]) -> bool:
        """Take what the store holds now; True when anything is different."""
        before = self.views
        self.views = {row["id"]: _kept(before.get(row["id"]), row) for row in rows}
        return len(before) != len(self.views) or any(
            before.get(one) is not view for one, view in self.views.items()
        )

    def get(self, server_id: str | None) -> ServerView | None:
        """The server with this id."""
        return None if server_id is None else self.views.get(server_id)

    def counts(self, now: datetime, interval: float) -> dict[str, int]:
        """How many servers stand how, worst first, without those that none does."""
        found = dict.fromkeys(ORDER, 0)
        for view in self.views.values():
            found[view.standing(now, interval)] += 1
        return {word: number for word, number in found.items() if number}

    def using_key(self, key_id: str) -> list[str]:
        """The names of the servers that log in with a managed key."""
        return sorted(view.name for view in self.views.values() if view.row["ssh_key_id"] == key_id)


def _kept(before: ServerView | None, row: FleetRow) -> ServerView:
    return before if before is not None and before.row == row else ServerView.of(row)
