"""`server terminal`: this terminal becomes one on a server, permitted and on record like every shell."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import UsageError
from daoflow_tui.cli import envelope
from daoflow_tui.cli.call import current, with_console
from daoflow_tui.cli.options import ServerRef

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.server import Server
    from daoflow_core.model.terminal import SessionEnd
    from daoflow_core.services.terminal_session import TerminalSession

DEMANDED = {"server": "the server's rule", "grant": "its grant"}
EXIT_NOT_KNOWN = 255
"""As `ssh` has it: the shell told no exit status."""


class Shell(StrEnum):
    """Which program is started there."""

    LOGIN = "login"
    BASH = "bash"
    SH = "sh"


Choice = Annotated[Shell, typer.Option("--shell", help="The login shell of the user there, or another.")]

Record = Annotated[bool, typer.Option("--record", help="Keep what is shown, encrypted: see `recordings`.")]
RecordInput = Annotated[
    bool,
    typer.Option("--record-input", help="With --record: keep what is typed too, PASSWORDS INCLUDED."),
]


def terminal(
    server: ServerRef, shell: Choice = Shell.LOGIN, record: Record = False, record_input: RecordInput = False
) -> int:
    """Open a shell on a server in this terminal; needs a grant: `grant terminal`. Enter ~ . hangs up.

    Exit status: that of the shell there, 128 and the signal's number when one ended it, 255 when it is not known.
    """
    columns, rows = _size()
    if record_input and not record:
        raise UsageError("--record-input goes with --record.")

    async def work(console: Console) -> int:
        from daoflow_core.model.terminal import ShellChoice, ShellRequest
        from daoflow_tui.cli.tty_session import attach

        found = await console.terminals.permit(server)
        if current().as_json or not has_tty():
            raise tty_required("A shell")
        request = ShellRequest(columns, rows, ShellChoice(shell.value), record, record_input)
        end = await attach(console.terminals, found.id, request, lambda session: _greeting(found, session))
        return _finish(found, end)

    return with_console(work)


def _greeting(server: Server, session: TerminalSession) -> str:
    from daoflow_core.text import clean

    kept = "" if session.recording_id is None else f" It is RECORDED ({session.recording_id}){_why(session)}."
    return clean(f"Shell on {server.name}.{kept} Enter ~ . hangs up.")


def _why(session: TerminalSession) -> str:
    """Who demands it; an opener who asked knows."""
    demanded = [DEMANDED[cause.value] for cause in session.recording_causes if cause.demands]
    return f", as {' and '.join(demanded)} demands" if demanded else ""


def _finish(server: Server, end: SessionEnd) -> int:
    envelope.warn(f"Shell on {server.name} is over: {end.words}.")
    if end.exit_status is not None:
        return end.exit_status
    return EXIT_NOT_KNOWN if end.signal is None else 128 + _number(end.signal)


def _number(name: str) -> int:
    import signal

    known = signal.Signals.__members__.get(f"SIG{name}")
    return EXIT_NOT_KNOWN - 128 if known is None else known.value


def has_tty() -> bool:
    """Whether a person sits at both ends of this program."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def tty_required(what: str) -> Exception:
    """The refusal without a terminal."""
    from daoflow_core.terminal_errors import TtyRequired

    return TtyRequired(
        f"{what} needs a terminal, and there is none.",
        why="Standard input or output is not a terminal, or --json was asked for.",
        next_step="Run it in a terminal, without --json.",
    )


def _size() -> tuple[int, int]:
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return 80, 24
    return (size.columns, size.lines) if size.columns and size.lines else (80, 24)
