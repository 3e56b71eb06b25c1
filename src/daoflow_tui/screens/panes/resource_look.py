"""Which of its six states the resources tab is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daoflow_core.documents import STALE_AFTER
from daoflow_core.ids import short
from daoflow_core.model.operation import Operation, OperationKind
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.model.samples import Sample
from daoflow_core.stamps import parse_stamp, seconds_between, span
from daoflow_tui.screens.panes.resource_news import AGAIN, ResourceNews
from daoflow_tui.screens.panes.resource_words import docker_rows
from daoflow_tui.screens.times import clock_time
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.blank import Denied, Empty, Failed, Loading, NextKey, PaneState, Stale
from daoflow_tui.widgets.state_mark import Role, State, Toned

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_tui.screens.panes.resources import ResourcesPane

READING = Loading("reading what the store knows of this server's resources")
NEVER = Empty(
    "No full resource check was made of this server yet.",
    "It reads CPU, memory, disk and what Docker keeps; it changes nothing and is recorded. What the list and the needs "
    "tell comes from the readiness checks.",
    (NextKey("c", "check them now"),),
)
OLD_SECONDS = 3600
"""A snapshot is called old after this, or after three poll intervals if they are longer."""


@dataclass(frozen=True, slots=True)
class Look:
    """A state in words above the data, whether the data is old, and the mark of the title."""

    blank: PaneState | None = None
    stale: bool = False
    state: State | None = None


async def ask(console: Console, server_id: str) -> Operation:
    """One resource check."""
    return await console.resources.check(server_id)


def of(pane: ResourcesPane) -> Look:
    """What stands above the data now."""
    news, desk = pane.news, pane.desk
    asked = desk.asked_for(pane.server_id, OperationKind.RESOURCE_CHECK.value)
    if news is None:
        return Look(READING)
    if asked is not None or news.is_running:
        return Look(_asking(pane, news, asked), state=State("asking", Role.RUNNING))
    failure = _refusal(pane) or news.failure
    if news.snapshot is None:
        denied = pane.hub.why_refused("server.resources.check")
        return Look(failure or (Denied(denied) if denied else NEVER))
    old = _staleness(pane, news.snapshot)
    if failure is not None:
        return Look(failure, True, State("the last check failed", Role.BAD))
    return Look(old, old is not None, State("stale", Role.OLD) if old else State("checked", Role.GOOD))


def _asking(pane: ResourcesPane, news: ResourceNews, asked: str | None) -> Loading:
    who = "" if pane.view is None else pane.view.name
    if asked is None and news.operation is not None:
        asked = span((pane.desk.now() - parse_stamp(news.operation.started_at)).total_seconds())
        who = f"{who} for {news.operation.requested_by}"
    return Loading(f"asking {who} for CPU, memory, disk and Docker, {asked or '0s'}")


def _refusal(pane: ResourcesPane) -> Failed | None:
    error = pane.desk.refused.get((pane.server_id, OperationKind.RESOURCE_CHECK.value))
    if error is None:
        return None
    return Failed(" ".join(filter(None, (error.message, error.why, error.next_step))), keys=AGAIN)


def _staleness(pane: ResourcesPane, snapshot: ResourceSnapshot) -> Stale | None:
    age = seconds_between(snapshot.checked_at, pane.desk.now())
    if age <= max(OLD_SECONDS, STALE_AFTER * pane.desk.interval):
        return None
    view = pane.view
    why = "nothing was asked since; c checks now"
    if view is not None and view.status == "blocked":
        good = view.row["readiness_good_at"]
        since = f" since {clock_time(good, pane.desk.times)[11:16]}" if good else ""
        why = f"server not reachable{since}"
    return Stale(f"{span(age)} old", why)


def trend_note(samples: Sequence[Sample]) -> str:
    """`last 17 checks, 60s apart`, the distance only where it is known."""
    if not samples:
        return "no trend yet"
    if len(samples) < 2:
        return "1 check so far"
    whole = (parse_stamp(samples[-1].at) - parse_stamp(samples[0].at)).total_seconds()
    return f"last {len(samples)} checks, {span(whole / (len(samples) - 1))} apart"


def aged(state: State | None, age: str) -> State | None:
    """The mark of the title with the age of what is below it."""
    if state is None or state.role is Role.RUNNING:
        return state
    joint = " " if state.role is Role.GOOD else "; these are from "
    return State(f"{state.word}{joint}{age} ago", state.role)


def operation_note(news: ResourceNews) -> str:
    """The id of the newest check, for the log behind it."""
    return "" if news.operation is None else short(news.operation.id)


def docker_column(snapshot: ResourceSnapshot, words: Sequence[Words]) -> list[Words]:
    """Docker's table as lines, for a narrow screen."""
    lines: list[Words] = [[Toned("Docker        COUNT      SIZE      RECLAIM", Role.STRONG)]]
    for row in docker_rows(snapshot.docker):
        kind, count, total, free = (str(cell) for cell in row.cells)
        lines.append([f"{kind:<13} {count:>5}  {total:>8}  {free:>12}"])
    return [*lines, *words]
