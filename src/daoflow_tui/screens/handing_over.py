"""The whole terminal for one shell: the console steps aside for `server terminal`, and comes back after it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.leave import may_open

if TYPE_CHECKING:
    from daoflow_tui.app import DaoFlowApp


async def hand_over(program: DaoFlowApp, view: ServerView) -> None:
    """Give this terminal to a shell on a server; permitted and on record as on the tab. For a worker."""
    if not await may_open(program, view):
        return
    line = [sys.executable, "-m", "daoflow_tui", "server", "terminal", "--server", view.id]
    if program.desk.record_shells:
        line.append("--record")
    status = _run(program, line)
    if status is None:
        program.notify("This terminal can't be handed over.", severity="warning", markup=False)
        return
    program.notify(f"The shell on {view.name} ended with status {status}.", title="Terminal", markup=False)
    program.refresh(repaint=True, layout=True)
    program.read_soon()


def _run(program: DaoFlowApp, line: list[str]) -> int | None:
    """The screen waits meanwhile, as it must: another program has its terminal."""
    try:
        with program.suspend():
            return subprocess.run(line, env=dict(program.start.environ_of_children()), check=False).returncode
    except SuspendNotSupported:
        return None
