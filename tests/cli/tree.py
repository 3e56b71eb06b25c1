"""Every command of the command line, found by walking the parser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from daoflow_tui.cli.app import build


def commands() -> dict[str, Any]:
    """Each leaf command by its words."""
    return dict(_walk(get_command(build()), ()))


def _walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(words), command
        return
    for name, child in children.items():
        yield from _walk(child, (*words, name))
