"""By keyboard alone, in a real terminal, on a real server: added, trusted, ready; changed, blocked, rotated."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.terminal import Terminal

from .lab_hosts import LabHost

CONSOLE = str(Path(sys.executable).with_name("daoflow-tui"))
pytestmark = pytest.mark.e2e


@pytest.fixture(params=[(120, 36), (80, 24)], ids=["120x36", "80x24"])
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.fail("tmux is missing: apt-get install tmux", pytrace=False)
    opened = Terminal(tmp_path, *request.param)
    home = tmp_path / "home"
    home.mkdir()
    opened.start(
        [CONSOLE], {"HOME": str(home), "DAOFLOW_HOME": str(home / "store"), "PATH": os.environ["PATH"]}
    )
    try:
        yield opened
    finally:
        opened.close()


def fill(terminal: Terminal, host: LabHost) -> None:
    """Type the form from its first field on, as fast as a terminal can."""
    terminal.type("edge-1")
    terminal.keys("Tab")
    terminal.type(host.address)
    terminal.keys("Tab", "Tab", "C-u")
    terminal.type("deploy")
    terminal.keys("Tab")
    terminal.type(str(host.key_path))


def test_a_server_goes_from_nothing_to_ready_by_keyboard_alone(terminal: Terminal, alpha: LabHost) -> None:
    mark = alpha.sshd_mark()
    terminal.wait_for("No servers yet")
    terminal.keys("a")
    terminal.wait_for("Add a server")
    fill(terminal, alpha)
    terminal.keys("Enter")
    screen = terminal.wait_for("Is this really edge-1?", alpha.fingerprints_now()["ed25519"])
    assert "userauth" not in alpha.sshd_log(after=mark), (
        f"something was offered before the approval\n{screen}"
    )
    terminal.keys("y")
    terminal.wait_for("edge-1 is ready")
    terminal.keys("Escape")
    terminal.wait_for("✓ ready", "edge-1")
    assert "Accepted publickey for deploy" in alpha.sshd_log(after=mark)

    with alpha.fault("host-key-changed"):
        terminal.keys("c")
        terminal.wait_for("✗ blocked")
        terminal.keys("i")
        changed = alpha.fingerprints_now()["ed25519"]
        terminal.wait_for("is not the one", changed[-4:])
        terminal.keys("Tab")  # the safe button has the focus at first
        terminal.type(changed[-4:])
        terminal.keys("Enter")
        terminal.wait_for("edge-1 is ready")
        terminal.keys("Escape")
        terminal.wait_for("✓ ready")

    terminal.keys("q")
    terminal.wait_for_end()
