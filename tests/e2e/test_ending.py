"""A console that is told to end from outside leaves nothing of a demo behind."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
DEADLINE = 20.0


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, 120, 36)
    yield opened
    opened.close()


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("how", ["terminated", "terminal closed"])
def test_the_demos_store_goes_also_when_the_console_is_ended_from_outside(terminal, tmp_path, how):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(scratch)}
    terminal.start([sys.executable, "-m", "daoflow_tui", "demo"], environ)
    terminal.wait_for("edge-eu-1", "DEMO FLEET")
    assert list(scratch.iterdir()), "the demo has something to leave behind"
    pid = int(terminal._tmux("display-message", "-t", "t", "-p", "#{pane_pid}"))
    if how == "terminated":
        os.kill(pid, signal.SIGTERM)
        terminal.wait_for_end()
    else:
        terminal.close()
    end = time.monotonic() + DEADLINE
    while not _gone(pid):
        assert time.monotonic() < end, "it goes on without a terminal"
        time.sleep(0.05)
    assert list(scratch.iterdir()) == []


def test_a_terminal_that_goes_without_a_signal_ends_the_console_too(tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TMPDIR": str(scratch),
        "TERM": "xterm-256color",
    }
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "daoflow_tui", "demo"]
    # A session of its own without this terminal as its controlling one: nobody sends it a SIGHUP.
    console = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    )
    try:
        os.close(theirs)
        shown = b""
        while b"edge-eu-1" not in shown:
            shown += os.read(ours, 65536)
        os.close(ours)
        console.wait(DEADLINE)
    finally:
        console.kill()
        console.wait()
    assert list(scratch.iterdir()) == []
