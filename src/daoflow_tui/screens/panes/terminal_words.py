"""What the terminal tab says: in its frame, in place of a screen, on the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.errors import HostIdentityChanged, HostIdentityUnapproved
from daoflow_core.model.terminal import EndReason
from daoflow_core.stamps import span
from daoflow_tui.screens.host_shell import HostShell, ShellState
from daoflow_tui.terminal.choice import why_not_native
from daoflow_tui.widgets.blank import Denied, Empty, Failed, NextKey, PaneState
from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.terminal_painter import safe_link

if TYPE_CHECKING:
    from daoflow_tui.desk import Desk
    from daoflow_tui.screens.fleet import ServerView
    from daoflow_tui.widgets.terminal_view import TerminalView

OPEN_KEYS = (
    NextKey("enter", "open the login shell, and give it the keyboard"),
    NextKey("a", "choose bash or sh"),
    NextKey("ctrl+]", "(or f12) gives the keyboard back from a shell, at once"),
)


def title_of(shell: HostShell, view: TerminalView) -> tuple[str, str, State | None]:
    """Name, note and state of the frame."""
    size = f"{view.size.width}x{view.size.height}"
    title = f"  {shell.title}" if shell.title else ""
    if shell.state is ShellState.OPENING:
        return shell.server_name, f"{shell.choice.value} · connecting{title}", None
    if shell.state is ShellState.REFUSED:
        return shell.server_name, shell.choice.value, State("no shell", Role.BAD)
    if shell.state is ShellState.OVER:
        lost = shell.end is None or shell.end.reason not in (EndReason.EXITED, EndReason.CLOSED)
        known = State("connection lost" if _link_lost(shell) else "ended", Role.BAD if lost else Role.OLD)
        return shell.server_name, f"{shell.choice.value} · {_short(shell)}", known
    began = "" if shell.began is None else shell.began.astimezone().strftime("opened %H:%M:%S · ")
    note = f"{shell.choice.value} · {began}{_short(shell)} · {size}{title}"
    return shell.server_name, note, None


def _short(shell: HostShell) -> str:
    """The operation's id as lists show it."""
    return f"op_…{shell.operation_id[-4:]}"


def _link_lost(shell: HostShell) -> bool:
    return shell.end is None or shell.end.reason is EndReason.LINK_LOST


def foot_of(view: TerminalView, others: int) -> str:
    """What stands at the lower right of the frame: where a link leads and the view is, what was found, who draws."""
    if view.link is not None:
        return link_words(view.link, view.size.width)
    words = []
    if view.needle:
        marks = view.marks
        here = f"{len(marks.found) - marks.at} of {len(marks.found)}" if marks.found else "nowhere"
        words.append(f"{view.needle!r}: {here}")
    if view.marks.selection is not None:
        words.append("selecting: arrows move, y copies, esc ends")
    if view.scrolled:
        words.append(f"{view.scrolled:,} of {view.history:,} lines up, G goes to the end")
    if others:
        words.append(f"{others} more here, b lists")
    if view.emulation is not None and view.emulation.name != "ghostty":
        words.append(f"drawn by {view.emulation.name}: {why_not_native() or 'chosen'}")
    return "  ".join(words)


def link_words(link: str, width: int) -> str:
    """Where a link leads, whatever its text says; of a long one the beginning, which names the host, and the end."""
    known = "link" if safe_link(link) else "link, not handed on"
    address = plain(link)
    room = max(width - len(known) - 8, 20)
    if len(address) > room:
        address = f"{address[: room - 11]}…{address[-10:]}"
    return f"{known}: {address}"


def blank_of(view: ServerView, why: str | None, needs_leave: bool | None) -> PaneState:
    """What is said where no shell is."""
    if why is not None:
        keys = (NextKey("i", "compare and approve its host key"),) if view.awaits_trust else ()
        return Denied(why, keys)
    leave = "It needs terminal:open, which is given for minutes, with a reason: you are asked for it first."
    held = "Its beginning and end are in the audit trail; what is typed and shown is not, unless a recording is on."
    return Empty(f"No shell is open on {view.name}.", leave if needs_leave else held, OPEN_KEYS)


def refusal_of(shell: HostShell) -> Failed:
    """Why no shell came about."""
    error = shell.error
    if error is None:
        return Failed("No shell came about.")
    keys = [NextKey("enter", "try again"), NextKey("L", "read the log of the attempt")]
    if isinstance(error, (HostIdentityUnapproved, HostIdentityChanged)):
        keys.insert(0, NextKey("i", "compare and approve its host key"))
    words = " ".join(filter(None, (error.message, error.why, error.next_step)))
    return Failed(words, keys=keys)


def banner(shell: HostShell) -> list[Piece]:
    """The line that stays while the shell has the keyboard."""
    where = "connecting to" if shell.state is ShellState.OPENING else "every key goes to"
    return ["THE SHELL HAS THE KEYBOARD", f"   {where} {shell.server_name}"]


def recording_words(shell: HostShell | None, *, short: bool) -> list[Piece]:
    """Whether what is shown is kept; a recording is said on every screen."""
    if shell is not None and shell.recording_id is not None:
        return ["RECORDING" if short else f"RECORDING as {shell.recording_id}"]
    return [] if short else ["recording: off (open and close are audited)"]


def free_words(shell: HostShell | None, desk: Desk) -> list[Piece] | None:
    """The status line while the keyboard is the operator's."""
    if shell is None:
        return None
    if shell.state is ShellState.OPEN and shell.began is not None:
        age = span(round((desk.now() - shell.began).total_seconds()))
        if shell.warned is not None:
            return [State(shell.warned.words, Role.LOOK)]
        kept = [State("  RECORDING", Role.LOOK)] if shell.recording_id is not None else []
        return [
            State(f"shell is open, {age}", Role.RUNNING),
            Toned("  the keyboard is yours", Role.MUTED),
            *kept,
        ]
    if shell.state is ShellState.OVER and shell.end is not None and shell.end.reason is EndReason.EXITED:
        return [Toned("the shell is over; enter opens a new one, x puts this screen away", Role.MUTED)]
    if shell.state is ShellState.OVER:
        return [Toned("it is not connected again by itself: it was you who opened it", Role.MUTED)]
    return None


def other_sessions(shell: HostShell | None, desk: Desk) -> list[Piece]:
    """Where else shells are open."""
    names = [one.server_name for one in desk.shells if one.is_open and one is not shell]
    if not names:
        return []
    more = f"{len(names)} more session{'s' if len(names) > 1 else ''}: {', '.join(names[:3])}"
    return [Toned(more + (" and more" if len(names) > 3 else ""), Role.MUTED)]
