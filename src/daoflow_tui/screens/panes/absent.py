"""Why a tab has nothing to show: what the server is not, or what this version can't do yet, in full sentences."""

from __future__ import annotations

from daoflow_core.scopes import TERMINAL_OPEN
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.times import ago
from daoflow_tui.session import Session

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


def why_no_terminal(view: ServerView, session: Session) -> str:
    """What is missing for a shell: the scope, and this version."""
    later = f"This version has no terminal; `ssh -p {view.endpoint.port} {view.endpoint.user}@{view.endpoint.host}`"
    where = "you are on this machine already" if view.is_local else f"{later} works, and y copies it on tab 1"
    held = frozenset() if session.console is None else session.console.principal.scopes
    if TERMINAL_OPEN in held:
        return f"{where[0].upper()}{where[1:]}."
    have = ", ".join(sorted(held)) or "no scope"
    return f"This needs {TERMINAL_OPEN}; you have {have}. {where[0].upper()}{where[1:]}."
