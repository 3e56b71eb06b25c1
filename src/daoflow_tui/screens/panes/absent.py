"""Why a tab has nothing to show: what the server is not, or what this version can't do yet, in full sentences."""

from __future__ import annotations

from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.times import ago

SWARM_MANAGER = "docker-swarm-manager"


def why_no_swarm(view: ServerView, desk: Desk) -> str:
    """What the last check knew of its swarm."""
    seen = ago(view.checked_at, desk.now(), desk.times)
    state = view.row["readiness_swarm_state"]
    if view.kind != SWARM_MANAGER:
        told = (
            f"; the last check, {seen}, found it to be in a swarm, as a worker" if state == "active" else ""
        )
        when = "" if told else f"; seen {seen}" if view.checked_at else "; not checked yet"
        return f"{view.name} is registered as a plain engine, not a swarm manager{told}{when}."
    known = (
        f"its swarm is {state}, seen {seen}" if state else f"the state of its swarm is not known, seen {seen}"
    )
    return (
        f"{view.name} is a swarm manager: {known}. This version shows no nodes or services, and changes none."
    )
