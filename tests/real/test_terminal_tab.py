"""The terminal tab in a real terminal, on a real OpenSSH host: full-screen programs, a flood, a killed sshd."""

import os
import shutil
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.e2e.terminal import Terminal

from daoflow_core.console import Opening, open_console
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.secret import Secret

from .lab_hosts import LabHost

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
        await console.servers.add(
            ServerDraft(
                "edge-1",
                Endpoint(alpha.address, alpha.port, "deploy"),
                region="default",
                kind=ServerKind.ENGINE,
                environment=Environment.NONE,
                key_material=KeyMaterial(Secret(alpha.key_path.read_bytes())),
                approve_fingerprint=alpha.fingerprints["ed25519"],
            )
        )
        await console.grants.terminal("edge-1", 900, "a test")
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
    run(terminal, "rm -f note.txt; busybox vi note.txt", "note.txt 1/1", "~")
    terminal.keys("i")
    terminal.type("written in vi")
    terminal.wait_for("I note.txt")
    terminal.keys("Escape")
    terminal.wait_for("- note.txt")
    run(terminal, ":wq", "$")
    assert alpha.exec("cat", "/home/deploy/note.txt") == "written in vi\n"

    run(terminal, "seq 1 5000 | busybox less", "28")
    run(terminal, "/4321", "4321", "4330")
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


async def test_a_flood_leaves_the_console_alive_and_a_killed_sshd_leaves_the_screen(
    terminal: Terminal, alpha: LabHost
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
