"""A console in a pseudo-terminal, its shell open."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .outer import Outer, register


@pytest.fixture
def outer(tmp_path: Path) -> Iterator[Outer]:
    """The shell of this machine has the keyboard."""
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAOFLOW_HOME": str(tmp_path / "store"),
        "TERM": "xterm-256color", "LANG": "C.UTF-8", "SHELL": "/bin/sh",
    }  # fmt: skip
    asyncio.run(register(environ))
    opened = Outer(environ)
    try:
        opened.wait_for("this machine")
        opened.send(b"t")
        opened.wait_for("THE SHELL HAS THE KEYBOARD")
        yield opened
    finally:
        opened.close()
