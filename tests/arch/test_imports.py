"""What each way into the program loads: light things stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = ("textual", "rich", "asyncssh", "cryptography", "pydantic", "aiosqlite")


def loaded(code: str) -> set[str]:
    """The top-level packages that are loaded after this code, in a Python of its own."""
    program = f"import sys\n{code}\nprint(*sys.modules, sep='\\n')"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in found.stdout.split()}


def test_the_root_loads_nothing_but_itself():
    before = loaded("")
    assert loaded("import daoflow_tui.__main__") - before == {"daoflow_tui"}


def test_the_command_line_loads_its_services_only_when_a_command_runs():
    assert not loaded("from daoflow_tui.cli.app import build; build()") & set(HEAVY)


@pytest.mark.parametrize("module", ["daoflow_core.console", "daoflow_core.services.diagnosis"])
def test_the_core_loads_no_user_interface(module):
    assert not loaded(f"import {module}") & {"textual", "rich", "typer"}


def test_the_core_loads_the_transport_only_to_open_a_console():
    assert "asyncssh" not in loaded("import daoflow_core.console")


def test_a_host_s_bytes_become_text_in_one_place():
    """A parser gets at host text through `text.decode`; names of its own frames are ASCII by their pattern."""
    for file in (ROOT / "src" / "daoflow_core" / "parse").rglob("*.py"):
        plain = file.read_text("utf-8").replace('["name"].decode("ascii")', "")
        assert ".decode(" not in plain, file
