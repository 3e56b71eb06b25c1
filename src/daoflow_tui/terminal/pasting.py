"""What a paste becomes before it goes to a program: no escape that could end it early, lines as keys end them."""

from __future__ import annotations

import re

from daoflow_tui.terminal.values import Modes

_LINE_END = re.compile(r"\r\n?|\n")
_CONTROLS = re.compile("[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def lines_of(text: str) -> list[str]:
    """The lines that would be typed, without what ends them."""
    return (
        _CONTROLS.sub("", text.removesuffix("\n").removesuffix("\r"))
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .split("\n")
    )


def asks_first(text: str, modes: Modes) -> bool:
    """Whether pasting this would run commands: a line ends in it, and the program takes pasting for typing."""
    return not modes.bracketed_paste and _LINE_END.search(text) is not None


def to_program(text: str, modes: Modes) -> bytes:
    """The bytes of a paste; control characters in it are left out, only tabs and line ends stay."""
    typed = _CONTROLS.sub("", _LINE_END.sub("\r", text))
    if modes.bracketed_paste:
        return f"\x1b[200~{typed}\x1b[201~".encode()
    return typed.encode()
