"""A whole form sent in one go, as a password manager or a macro types it, through a real terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
PROGRAM = [sys.executable, "-m", "daoflow_tui"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAOFLOW_HOME": str(tmp_path / "store")}


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, 120, 36)
    yield opened
    opened.close()


def test_every_value_of_a_form_typed_at_once_lands_in_its_own_field(
    terminal: Terminal, environ: dict[str, str]
) -> None:
    terminal.start(PROGRAM, environ)
    terminal.wait_for("No ~/.ssh/config here.", "q quit")
    terminal.keys("a")
    terminal.wait_for("Add a server", "[ Add  enter ]")
    terminal.keys(
        *("edge-1", "Tab", "127.0.0.1", "Tab", "C-u", "9", "Tab", "C-u", "deploix", "BSpace", "BSpace", "y"),
        *("Tab", "Tab", "Tab", "Right", "Tab", "Tab", "C-u", "eu-west", "Enter", "zzz"),
    )
    terminal.wait_for("edge-1 is registered")
    shown = subprocess.run(
        [*PROGRAM, "server", "list", "--json"], env=environ, check=True, capture_output=True, text=True
    )
    (server,) = json.loads(shown.stdout)["data"]["servers"]
    assert (server["name"], server["host"], server["sshPort"]) == ("edge-1", "127.0.0.1", 9)
    assert (server["sshUser"], server["environment"], server["region"]) == ("deploy", "prod", "eu-west")
