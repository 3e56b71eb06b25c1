"""Why the swarm tab has nothing to show for a plain engine, in a full sentence."""

from __future__ import annotations

from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.times import ago

SWARM_MANAGER = "docker-swarm-manager"


def why_no_swarm(view: ServerView, desk: Desk) -> str | None:
    """What the last check knew of a swarm on a plain engine; None for a manager."""
    if view.kind == SWARM_MANAGER:
        return None
    seen = ago(view.checked_at, desk.now(), desk.times)
    state = view.row["readiness_swarm_state"]
    told = f"; the last check, {seen}, found it to be in a swarm, as a worker" if state == "active" else ""
    when = "" if told else f"; seen {seen}" if view.checked_at else "; not checked yet"
    return f"{view.name} is registered as a plain engine, not a swarm manager{told}{when}."
