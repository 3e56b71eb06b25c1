"""What the host key sheet says, for a first approval, a changed key, and a key that is as approved."""

from __future__ import annotations

from daoflow_core.model.identity import HostKey, HostKeyStatus, IdentityReport
from daoflow_core.model.readiness import Readiness
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ROLES, ServerView
from daoflow_tui.screens.sheets.question import server_words
from daoflow_tui.screens.times import ago, clock_time
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, State, Toned

TAIL = 4
"""Characters of a fingerprint that have to be typed to trust a changed key."""

COMMAND = "for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done"
"""What prints the fingerprints on the server's own console."""


def shown_now(report: IdentityReport) -> tuple[HostKey, ...]:
    """The keys of the newest look, which all bear the same stamp; ed25519 first, the approved one last."""
    newest = max((key.last_observed_at for key in report.identities), default="")
    shown = (key for key in report.identities if key.last_observed_at == newest)
    return tuple(sorted(shown, key=_choice_order))


def _choice_order(key: HostKey) -> tuple[bool, bool, str]:
    return (key.status is HostKeyStatus.APPROVED, key.algorithm != "ssh-ed25519", key.algorithm)


def key_type(key: HostKey) -> str:
    """The algorithm as `ssh-keygen` calls it, without the curve: `ed25519`, `ecdsa`, `rsa`."""
    return key.algorithm.removeprefix("ssh-").partition("-")[0]


def fingerprint_words(key: HostKey, tail: bool = False) -> list[Piece]:
    """Algorithm and whole fingerprint, its end set off when that has to be typed."""
    algorithm = f"{key_type(key):<9} "
    if not tail:
        return [algorithm, key.fingerprint]
    return [algorithm, key.fingerprint[:-TAIL], Toned(key.fingerprint[-TAIL:], Role.KEY)]


def looking_lines(view: ServerView) -> list[Words]:
    """While the server is asked."""
    return [
        labelled("Server", *server_words(view)),
        [],
        [State(f"asking {view.address} for its host keys", Role.RUNNING)],
        [Toned("  nothing else is sent: no user name, no password, no key", Role.MUTED)],
    ]


def trusting_lines(view: ServerView) -> list[Words]:
    """While an approval is made."""
    return [
        labelled("Server", *server_words(view)),
        [],
        [State("asking for its host key once more, then trusting exactly the one you chose", Role.RUNNING)],
        [
            Toned(
                "  then its first check: SSH, Docker and Compose are asked for their versions, read only",
                Role.MUTED,
            )
        ],
    ]


def first_lines(view: ServerView, report: IdentityReport, desk: Desk) -> list[Words]:
    """Before the first approval."""
    seen = shown_now(report)[0].last_observed_at
    key = view.login_key
    then = (
        f"then {key} is offered and versions are asked, read only" if key else "it still needs an SSH key (e)"
    )
    return [
        labelled("Server", *server_words(view)),
        labelled(
            "Seen", f"{ago(seen, desk.now(), desk.times)}; until you approve one, nothing else is sent to it"
        ),
        [],
        ["Compare one line below with what the server's own console prints:"],
        ["  ", Toned(COMMAND, Role.STRONG)],
        [],
        labelled("Changes", f"the key under the cursor is trusted for this server; {then}"),
        labelled("Stays", "nothing is written on the server"),
        labelled("Undo", "yes: another key can be approved in its place (i), or the server removed (x)"),
        labelled("Recorded", "in the audit trail, as server.ssh-host-identity.approve"),
    ]


def changed_lines(
    view: ServerView, report: IdentityReport, chosen: HostKey | None, desk: Desk
) -> list[Words]:
    """When it shows another key than the approved one: the question."""
    return [
        *mismatch_lines(view, report, chosen, desk),
        [],
        labelled("Changes", "the key shown now is trusted instead; the approved one is kept as superseded"),
        labelled("Stays", "nothing is written on the server"),
        labelled("Undo", "yes, by approving the old key again; what was sent in between can't be taken back"),
        labelled("Recorded", "in the audit trail, as server.ssh-host-identity.rotate"),
    ]


def mismatch_lines(
    view: ServerView, report: IdentityReport, chosen: HostKey | None, desk: Desk
) -> list[Words]:
    """When it shows another key than the approved one: what is known."""
    lines: list[Words] = [
        [*server_words(view)],
        [State("It shows a host key that is not the one you approved.", Role.BAD)],
        [],
    ]
    if report.approved is not None:
        when = clock_time(report.approved.approved_at or report.approved.observed_at, desk.times)[:10]
        lines += [
            labelled("approved", *fingerprint_words(report.approved)),
            labelled("", Toned(f"by {report.approved.approved_by}, {when}", Role.MUTED)),
        ]
    if chosen is not None:
        seen = ago(chosen.observed_at, desk.now(), desk.times)
        before = " · it was trusted before" if chosen.status is HostKeyStatus.SUPERSEDED else ""
        lines += [
            labelled("shown now", *fingerprint_words(chosen, tail=True)),
            labelled("", Toned(f"first seen {seen}{before}", Role.MUTED)),
        ]
    return [
        *lines,
        [],
        ["A rebuilt server does this. So does someone in between."],
        ["Nothing was sent: no password, no key, no command."],
        ["Compare the second fingerprint with what the server's own console prints:"],
        ["  ", Toned(COMMAND, Role.STRONG)],
    ]


def waiting_lines(view: ServerView, report: IdentityReport, desk: Desk) -> list[Words]:
    """Before the first approval: what is known."""
    seen = ago(shown_now(report)[0].last_observed_at, desk.now(), desk.times)
    return [
        labelled("Server", *server_words(view)),
        labelled("Seen", f"{seen}; until one is approved, nothing else is sent to it"),
        [],
        [State("None of its host keys is approved yet.", Role.UNKNOWN)],
        ["Compare one line below with what the server's own console prints:"],
        ["  ", Toned(COMMAND, Role.STRONG)],
    ]


def match_lines(view: ServerView, report: IdentityReport, desk: Desk) -> list[Words]:
    """When all is as approved."""
    key = report.approved
    if key is None:
        return []
    when = clock_time(key.approved_at or key.observed_at, desk.times)
    seen = ago(key.last_observed_at, desk.now(), desk.times)
    return [
        labelled("Server", *server_words(view)),
        [],
        [State("It showed the host key that was approved, when it was looked at last.", Role.GOOD)],
        [],
        labelled("Key", *fingerprint_words(key)),
        labelled("Approved", f"by {key.approved_by}, {when}"),
        labelled("Seen", seen),
    ]


def none_lines(view: ServerView) -> list[Words]:
    """When no key was ever seen."""
    return [
        labelled("Server", *server_words(view)),
        [],
        [State("No host key of it was seen yet.", Role.UNKNOWN)],
        ["  c asks for it; nothing else is sent: no user name, no password, no key"],
    ]


def result_lines(view: ServerView, readiness: Readiness, approved: str) -> list[Words]:
    """After an approval: what the first check found."""
    state = State(f"{view.name} is {readiness.status.value}", ROLES[readiness.status.value])
    lines: list[Words] = [
        labelled("Server", *server_words(view)),
        [State(f"{approved} is trusted", Role.GOOD)],
        [state],
    ]
    for label, version in (("Docker", readiness.docker_version), ("Compose", readiness.compose_version)):
        lines.append(labelled(f"  {label}", version or Toned("not known", Role.UNKNOWN)))
    for issue in readiness.issues:
        lines += [[], [State(issue.message, Role.LOOK)], ["  ", issue.next_step]]
    return lines
