"""Which of its states the swarm tab is in, and what it shows then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoflow_core.ids import short
from daoflow_core.model.swarm import SwarmTopology
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes import swarm_words as say
from daoflow_tui.screens.panes.swarm_news import AGAIN, PLANS, REFRESH, UPDATES, SwarmNews
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.blank import Empty, Failed, Loading, NextKey, PaneState, Stale
from daoflow_tui.widgets.state_mark import State

READING = Loading("reading what the store knows of this swarm")
NEVER = Empty(
    "Nothing is known of this swarm yet.",
    "A look through its manager reads nodes, services, tasks and quorum. It changes nothing.",
    (NextKey("c", "observe it now"),),
)
NO_PLAN = Empty(
    "No plan was made yet.",
    "A plan tells which tasks move, what stops, what has no place and what stays. It changes nothing.",
    (NextKey("d", "availability of the node"), NextKey("r", "replicas of the service")),
)
OLD_SECONDS = 3600
"""After an hour without a look a snapshot is shown as old."""


def blank(news: SwarmNews | None, view: ServerView | None, desk: Desk) -> PaneState | None:
    """What stands above the nodes: nothing while they are known and of now."""
    if news is None:
        return READING
    topology = news.topology
    if topology is None:
        running = news.running
        if running is not None:
            return Loading("asking the manager for nodes, services and tasks")
        return news.failure if news.failed else NEVER
    if news.failed and news.newest is not None and news.newest.kind is REFRESH:
        return news.failure
    if is_old(topology, desk):
        away = view is not None and view.status == "blocked"
        why = "the server can't be reached now" if away else "c observes it again"
        return Stale(f"{span(seconds_between(topology.observed_at, desk.now()))} old", why)
    return None


def is_old(topology: SwarmTopology, desk: Desk) -> bool:
    """Whether so much may have happened since that it must not be taken for now."""
    return seconds_between(topology.observed_at, desk.now()) > OLD_SECONDS


def refusal(server_id: str, desk: Desk) -> Failed | None:
    """What kept the last look, plan or change from being recorded at all."""
    for kind in (REFRESH, *PLANS, *UPDATES):
        if error := desk.refused.get((server_id, kind.value)):
            return Failed(" ".join(filter(None, (error.message, error.why, error.next_step))), keys=AGAIN)
    return None


def plan_blank(news: SwarmNews, refused: Failed | None) -> PaneState | None:
    """What stands in the plan's place when there is none to show, and above it what was refused."""
    if news.running is not None:
        return None
    if refused is not None:
        return refused
    if news.failed and news.newest is not None and news.newest.kind is not REFRESH:
        return news.failure
    return None if news.planned is not None or news.result is not None else NO_PLAN


def plan_lines(news: SwarmNews, off: str | None) -> Sequence[Words]:
    """How the newest change went, else what the newest plan foretells."""
    if news.running is not None or plan_blank(news, None) is not None:
        return ()
    if news.result is not None:
        return say.result_lines(news.result)
    return () if news.planned is None else say.plan_lines(news.planned, off)


def plan_title(news: SwarmNews | None, now: datetime) -> tuple[str, str, str, State | None]:
    """Title, note, foot and state of the plan's frame."""
    if news is None:
        return "Plan", "", "", None
    shown = news.running or (news.newest if news.newest and news.newest.kind in UPDATES else None)
    if shown is not None:
        view = OperationView.of(shown)
        return view.words.replace("swarm ", "").capitalize(), short(shown.id), "", view.state
    if news.planned is not None and news.plan is not None:
        return say.plan_title(news.planned), say.plan_age(news.planned, now), short(news.plan.id), None
    return "Plan", "", "", None
