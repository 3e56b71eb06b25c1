"""The terminal tab in a real terminal, on a real OpenSSH host: full-screen programs, a flood, a killed sshd."""

import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.e2e.terminal import Terminal

from daoflow_core.console import Opening, open_console
from daoflow_core.store import audit_log

from .lab_hosts import LabHost
from .seats import enrol

CONSOLE = str(Path(sys.executable).with_name("daoflow-tui"))
HELD = "THE SHELL HAS THE KEYBOARD"
pytestmark = pytest.mark.e2e


@pytest.fixture
async def terminal(tmp_path: Path, alpha: LabHost) -> AsyncIterator[Terminal]:
    """The console in a terminal of 120x36, its shell on alpha open and with the keyboard."""
    if shutil.which("tmux") is None:
        pytest.fail("tmux is missing: apt-get install tmux", pytrace=False)
    home = {"HOME": str(tmp_path), "DAOFLOW_HOME": str(tmp_path / "store")}
    async with await open_console(Opening(home)) as console:
        await enrol(console, alpha, "edge-1")
    opened = Terminal(tmp_path, 120, 36)
    opened.start([CONSOLE], {**home, "PATH": os.environ["PATH"]})
    try:
        opened.wait_for("✓ ready", "edge-1")
        opened.keys("t")
        opened.wait_for(HELD)
        run(opened, "PS1='$ '; clear; echo ready-$((40+2))", "ready-42")
        yield opened
    finally:
        opened.close()


def run(terminal: Terminal, line: str, *shown: str) -> str:
    terminal.type(line)
    terminal.keys("Enter")
    return terminal.wait_for(*shown)


async def test_full_screen_programs_run_as_in_a_terminal_of_their_own(
    terminal: Terminal, alpha: LabHost
) -> None:
    run(terminal, "stty size", "29 118")
    run(terminal, "rm -f note.txt; vim -i NONE note.txt", '"note.txt" [New]', "~")
    terminal.keys("i")
    terminal.type("written in vim")
    terminal.wait_for("-- INSERT --")
    terminal.keys("Escape")
    run(terminal, ":wq", "\u2551$ ", "29 118")
    assert alpha.exec("cat", "/home/deploy/note.txt") == "written in vim\n"

    run(terminal, "seq 1 5000 | less", "\u255128 ")
    run(terminal, "/4321", "\u25514321", "\u25514330")
    terminal.keys("q")

    run(terminal, "clear; top -d 1", "Tasks:", "PID USER")
    terminal._tmux("resize-window", "-t", "t", "-x", "100", "-y", "30")
    terminal.wait_for("Tasks:", HELD)
    terminal.keys("q")
    terminal.wait_for("\u2551$ ")  # top throws away what is typed while it leaves
    run(terminal, "stty size", "23 98")

    run(terminal, "stty -ixon; clear; echo go-$((1+1)); cat -v", "go-2")
    terminal.keys("C-q", "C-p", "Escape", "M-x", "F5", "C-Left", "Up", "Enter")
    terminal.wait_for("^Q^P^[^[x^[[15~^[[1;5D^[[A")
    terminal.keys("C-c")
    run(terminal, "echo alive-$((1+1))", "alive-2")


async def test_a_flood_leaves_the_console_alive_a_killed_sshd_the_screen_and_a_killed_console_the_record(
    terminal: Terminal, alpha: LabHost, tmp_path: Path
) -> None:
    terminal.type("yes 'a line of a flood that goes on' | head -c 100000000; echo flood-$((20+2))")
    terminal.keys("Enter")
    terminal.wait_for("a line of a flood that goes on")
    terminal.keys("C-]")
    terminal.wait_for("the keyboard is yours")
    for key, shown in (("1", "[1 Overview]"), ("2", "[2 Resources]"), ("7", "[7 Terminal]")):
        began = time.monotonic()
        terminal.keys(key)
        terminal.wait_for(shown)
        assert time.monotonic() - began < 3
    terminal.wait_for("flood-22", seconds=60)

    alpha.exec("sh", "-c", "kill -9 $(pgrep -f '[s]shd.*: deploy@pts')")
    terminal.wait_for("--- connection lost", "your screen is kept", "flood-22")
    terminal.keys("Enter")
    terminal.wait_for(HELD, "flood-22")
    run(terminal, "echo again-$((4+4))", "again-8")

    os.kill(int(terminal._tmux("display-message", "-t", "t", "-p", "#{pane_pid}")), signal.SIGKILL)
    terminal.wait_for_end()
    await_no_shell(alpha)
    async with await open_console(
        Opening({"HOME": str(tmp_path), "DAOFLOW_HOME": str(tmp_path / "store")})
    ) as next_:
        told = [
            (one.action, one.outcome, dict(one.detail).get("reason"))
            for one in reversed(await audit_log.newest(next_.database, limit=50))
            if one.action.startswith("server.terminal.") and one.outcome != "pending"
        ]
    opened = ("server.terminal.open", "completed", None)
    assert told == [
        opened,
        ("server.terminal.close", "interrupted", "link-lost"),
        opened,
        ("server.terminal.close", "unknown", None),
    ]


def await_no_shell(host: LabHost) -> None:
    """The host's sshd hears of the death by the connection alone."""
    deadline = time.monotonic() + 10
    while host.exec("pgrep", "-f", "[s]shd.*: deploy@pts", check=False):
        assert time.monotonic() < deadline, "the shell outlived its console"
