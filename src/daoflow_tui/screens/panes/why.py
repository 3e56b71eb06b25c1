"""Why a server stands as it does, in words, and the keys that lead on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.times import ago, clock_time
from daoflow_tui.screens.words import Told, Words, key_line, labelled
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, State, Toned

HOST_KEY_CODES = {"host-key-unapproved", "host-key-changed"}
OWN_STEPS = {
    "host-key-unapproved": ("i", "compare its host key and approve it"),
    "host-key-changed": ("i", "compare both keys before you trust the new one"),
    "ssh-no-key": ("e", "give it an SSH key to log in with"),
}
"""Next steps that this console does itself; the others are commands for the server's own shell."""


class Why(Told):
    """The judgement on one server: SSH, Docker, Compose, then each issue with its next step."""

    DEFAULT_CSS = "Why { padding: 0 1; min-height: 100%; }"

    def show(self, lines: Iterable[Words]) -> None:
        """Say other words; the screen is laid out anew only when they do not fit the pane, now or before."""
        new, width, room = list(lines), self.content_size.width, self.container_size.height
        if new == self.lines:
            return
        before = len(self._wrapped(width))
        self.lines = new
        self.refresh(layout=max(before, len(self._wrapped(width))) > room)

    def tell(self, view: ServerView | None, desk: Desk) -> None:
        """Say it for this server."""
        self.show([] if view is None else why_lines(view, desk, desk.now()))


def heading(view: ServerView, desk: Desk) -> tuple[str, State]:
    """The pane's title and state: `why it is blocked`."""
    state = view.state(desk.now(), desk.interval)
    return view.name, state


def why_lines(view: ServerView, desk: Desk, now: datetime) -> list[Words]:
    """All of it, most pressing last so that the next step ends the pane."""
    lines: list[Words] = []
    standing = view.standing(now, desk.interval)
    if standing == "stale":
        when = ago(view.checked_at, now, desk.times)
        lines.append(labelled("Old", State(f"was {view.status} {when}, and not asked since", Role.OLD)))
    lines += [
        labelled("SSH", *_ssh(view)),
        labelled("Docker", *_docker(view)),
        labelled("Compose", *_compose(view)),
    ]
    for issue in view.issues:
        if issue.code in HOST_KEY_CODES:
            continue
        mark = State(issue.message, Role.BAD if view.status == "blocked" else Role.LOOK)
        lines += [[], [mark]]
        if issue.code not in OWN_STEPS:
            lines.append(["  ", issue.next_step])
    return [*lines, [], *_next(view)]


def _ssh(view: ServerView) -> list[Piece]:
    known: Any = view.row
    if view.is_local:
        return [State("not needed: this is the machine you are on", Role.GOOD)]
    if "host-key-changed" in view.codes:
        return [State("blocked: it shows another host key than the approved one", Role.BAD)]
    if view.awaits_trust:
        return [State("not asked: no host key of it is approved yet", Role.UNKNOWN)]
    if known["readiness_ssh_reachable"]:
        user, took = view.endpoint.user, known["readiness_latency_ms"]
        return [State(f"answered in {took} ms as {user}", Role.GOOD)]
    if known["readiness_ssh_reachable"] is None and any(code.startswith("jump-host-") for code in view.codes):
        return [State(f"not asked: its jump host {view.hop} stands in the way", Role.BAD)]
    if known["readiness_ssh_reachable"] is None:
        return [State("not asked yet", Role.UNKNOWN)]
    return [State("no login", Role.BAD)]


def _docker(view: ServerView) -> list[Piece]:
    version = view.row["readiness_docker_version"]
    sudo = Toned("  through sudo", Role.MUTED) if view.row["readiness_uses_sudo"] else ""
    return _asked(view, view.row["readiness_docker_reachable"], version, sudo)


def _compose(view: ServerView) -> list[Piece]:
    return _asked(view, view.row["readiness_compose_reachable"], view.row["readiness_compose_version"], "")


def _asked(view: ServerView, reachable: int | None, version: str | None, note: Piece) -> list[Piece]:
    if reachable is None:
        blocked = view.status == "blocked" or view.awaits_trust
        return [State("not asked: SSH comes first" if blocked else "not known", Role.UNKNOWN)]
    if not reachable:
        return [State("does not answer", Role.BAD)]
    return [State(version or "answers", Role.GOOD), note]


def _next(view: ServerView) -> list[Words]:
    steps = [OWN_STEPS[issue.code] for issue in view.issues if issue.code in OWN_STEPS]
    if view.awaits_trust and not steps:
        steps.append(OWN_STEPS["host-key-unapproved"])
    if not view.issues and view.status == "ready":
        return [labelled("Next", Toned("nothing: it is ready", Role.MUTED))]
    steps.append(("c", "check it again now"))
    if view.row["readiness_operation_id"]:
        steps.append(("L", "read the log of the last check"))
    return [key_line(key, does, "" if index else "Next") for index, (key, does) in enumerate(steps)]


def fact_lines(view: ServerView, desk: Desk) -> list[Words]:
    """Where the server is and what it is trusted by, for the detail screen."""
    row, end = view.row, view.endpoint
    where = "this machine, without SSH" if view.is_local else f"{end.user}@{view.address}"
    lines: list[Words] = [
        labelled("Address", where),
        labelled("Kind", view.kind, Toned("  region ", Role.MUTED), str(row["region"])),
        labelled("Env", Toned("PROD", Role.PROD) if view.is_prod else view.environment or "-"),
        labelled("SSH key", view.login_key or Toned("none attached", Role.UNKNOWN)),
        labelled("Host key", *_trust(view, desk)),
        labelled("Checked", ago(view.checked_at, desk.now(), desk.times), *_system(view)),
    ]
    if view.read_only:
        lines.append(labelled("Changes", State("refused: this server is marked read-only", Role.LOOK)))
    return lines


def _trust(view: ServerView, desk: Desk) -> list[Piece]:
    row = view.row
    if view.is_local:
        return [Toned("none needed", Role.MUTED)]
    if row["approved_key_id"] is None:
        return [State("none approved", Role.UNKNOWN)]
    when = clock_time(row["approved_at"], desk.times)[:10]
    words = f"{row['approved_algorithm']} {row['approved_fingerprint']}"
    return [words, Toned(f"  by {row['approved_by']}, {when}", Role.MUTED)]


def _system(view: ServerView) -> list[Piece]:
    name = view.row["readiness_os_name"]
    return [Toned("  ", Role.MUTED), str(name)] if name else []
