"""Opening, reopening and closing shells; they live on the desk, wherever the operator looks."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError
from daoflow_core.model.terminal import EndReason, Foreground, Notice, SessionEnd, ShellChoice, ShellRequest
from daoflow_core.stamps import span
from daoflow_tui.commands.palette import Thing
from daoflow_tui.screens.host_shell import HostShell, ShellState
from daoflow_tui.terminal.values import Bell, Event, Notification
from daoflow_tui.widgets.cells import plain

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.services.terminal_session import TerminalSession
    from daoflow_tui.app import DaoFlowApp
    from daoflow_tui.screens.fleet import ServerView

SMALLEST = (20, 4)
TURN = 0.001
"""Seconds after which a thread has to let the other one go on: with output in a flood a key would wait for five."""
BELL_REST = 1.0
"""Seconds in which a shell is heard ringing once."""


def shells_of(program: DaoFlowApp, server_id: str) -> list[HostShell]:
    """The shells of one server, oldest first."""
    return [shell for shell in program.desk.shells if shell.server_id == server_id]


def open_shell(
    program: DaoFlowApp, server: tuple[str, str], choice: ShellChoice, size: tuple[int, int]
) -> HostShell:
    """Begin to open one; it is on the desk at once."""
    sys.setswitchinterval(TURN)
    shell = HostShell(program.session, server, choice, size)
    program.desk.shells.append(shell)
    shell.told = partial(_tell, program, shell)
    program.run_worker(_live(program, shell), group="shells")
    return shell


def open_again(program: DaoFlowApp, shell: HostShell) -> None:
    """A new session, with a record of its own, in the window of one that is over."""
    shell.begin_again()
    program.run_worker(_live(program, shell), group="shells")


async def _live(program: DaoFlowApp, shell: HostShell) -> None:
    """From the request to the end; every change of state is news to the tab that shows it."""

    async def begin(console: Console) -> TerminalSession:
        size = (max(shell.size[0], SMALLEST[0]), max(shell.size[1], SMALLEST[1]))
        request = ShellRequest(*size, shell.choice)
        live = await console.terminals.open(shell.server_id, request, shell)
        shell.attach(live)
        return live

    async def finish(_: Console) -> SessionEnd:
        end = await live.ended()
        shell.drain()
        return end

    try:
        live = await program.session.ask(begin)
    except DaoflowError as error:
        shell.refused(error)
        program.news.publish(())
        return
    shell.opened(live, program.desk.now())
    program.news.publish(())
    try:
        end = await program.session.ask(finish)
    except DaoflowError:
        end = None
    shell.over(end, program.desk.now())
    if not program.closing:
        if not shows(shell):
            program.notify(
                f"The shell on {shell.server_name} is over: {'not known how' if end is None else plain(end.words)}.",
                title="Terminal", severity="warning", timeout=10, markup=False,
            )  # fmt: skip
        program.read_soon()
        program.news.publish(())


async def foreground_of(program: DaoFlowApp, shell: HostShell) -> Foreground:
    """What runs in it now, as far as that can be known."""
    live = shell.live
    if live is None:
        return Foreground(False)
    try:
        return await program.session.ask(lambda _: live.foreground())
    except DaoflowError:
        return Foreground()


def hang_up(program: DaoFlowApp, shell: HostShell) -> None:
    """Close the session; its end is told by whoever waits for it."""
    live = shell.live
    if live is not None:
        program.session.tell(partial(live.end, EndReason.CLOSED, "closed here by the operator"))


def put_away(program: DaoFlowApp, shell: HostShell) -> None:
    """Forget one that is over, with what it showed."""
    if not shell.is_open and shell in program.desk.shells:
        program.desk.shells.remove(shell)
        shell.emulation.close()


def shows(shell: HostShell) -> bool:
    """Whether this shell is on the screen now."""
    return shell.view is not None and shell.view.is_shown and shell.view.screen.is_current


def _tell(program: DaoFlowApp, shell: HostShell, event: Event | Notice) -> None:
    """What a shell wants heard: on its own tab if that is on screen, else as a toast."""
    view = shell.view
    if isinstance(event, Bell):
        now = program.desk.clock.monotonic()
        if now - shell.rang < BELL_REST:
            return
        shell.rang = now
        if shows(shell):
            program.bell()
        else:
            program.notify(f"The shell on {shell.server_name} rang.", timeout=3, markup=False)
    elif isinstance(event, Notification):
        words = plain(f"{event.title}: {event.body}" if event.title else event.body)[:200]
        program.notify(words, title=f"from {shell.server_name}", timeout=5, markup=False)
    elif isinstance(event, Notice):
        program.notify(
            plain(event.words), title=f"Shell on {shell.server_name}", severity="warning",
            timeout=min(event.seconds, 30) or 5, markup=False,
        )  # fmt: skip
    if view is not None and view.is_attached:
        view.post_message(view.Told(view, event))


def words_of(program: DaoFlowApp, shell: HostShell) -> str:
    """Server, program and age of one, for lists."""
    if shell.state is ShellState.OPENING:
        return f"{shell.choice.value}, opening"
    if shell.state is not ShellState.OPEN or shell.began is None:
        return f"{shell.choice.value}, over"
    age = span(round((program.desk.now() - shell.began).total_seconds()))
    title = f", {shell.title}" if shell.title else ""
    return f"{shell.choice.value}, open {age}{title}"


def palette_things(program: DaoFlowApp) -> list[Thing]:
    """`terminal NAME` for every server, and every shell that is kept."""
    kept = [
        Thing(
            f"shell on {shell.server_name}",
            words_of(program, shell),
            partial(program.show_terminal, shell.server_id, shell),
        )
        for shell in program.desk.shells
    ]
    new = [
        Thing(f"terminal {view.name}", "a shell in this console", partial(program.show_terminal, view.id))
        for view in program.desk.fleet.views.values()
    ]
    whole = [
        Thing(f"ssh {view.name}", "a shell in this whole terminal", partial(_hand_over, program, view))
        for view in program.desk.fleet.views.values()
    ]
    return [*kept, *new, *whole]


def _hand_over(program: DaoFlowApp, view: ServerView) -> None:
    from daoflow_tui.screens.handing_over import hand_over

    if view.awaits_trust:
        program.notify(f"No host key of {view.name} is approved yet.", severity="warning", markup=False)
    else:
        program.run_worker(hand_over(program, view), group="hand over", exclusive=True)
