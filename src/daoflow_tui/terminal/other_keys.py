"""xterm's modifyOtherKeys: which presses a program is told of as `CSI 27 ; modifiers ; code ~`, at which level."""

from __future__ import annotations

from daoflow_tui.terminal.presses import ALT, CTRL, SHIFT, Press

LEVELS = (1, 2)
"""An xterm takes any number, and heeds these."""
_CODES = {"tab": 9, "enter": 13, "escape": 27, "backspace": 127}
_WITHOUT_CONTROL = frozenset("!\"#$%&'()*+,-.019:;<=>?")
"""Signs that ctrl makes no control character of, so that the old form loses them."""


def told(press: Press, level: int) -> str:
    """The press in that form; empty when an xterm sends what it always sends for it."""
    if level not in LEVELS or not press.modifiers or (press.is_named and press.key not in _CODES):
        return ""
    code = _CODES[press.key] if press.is_named else ord(press.sign[:1] or "\0")
    if press.key == "backspace" and press.modifiers & CTRL:
        code = 8
    if level == 1:
        return _form(press.modifiers & ~ALT, code) if _at_first(press) else ""
    return _form(press.modifiers, code) if _at_second(press, code) else ""


def _form(modifiers: int, code: int) -> str:
    return f"\x1b[27;{modifiers + 1};{code}~"


def _at_first(press: Press) -> bool:
    """Only what would be lost; alt goes on as an escape before, or not at all."""
    modifiers = press.modifiers
    if press.key == "tab":
        return modifiers == CTRL
    if press.key == "enter":
        return not modifiers & ALT
    if press.key == "escape":
        return bool(modifiers & ALT) and modifiers != ALT
    if press.key == " ":
        return modifiers == SHIFT | ALT | CTRL
    return bool(modifiers & CTRL) and press.sign in _WITHOUT_CONTROL


def _at_second(press: Press, code: int) -> bool:
    """Everything with a modifier, but for what has a form of its own."""
    if press.key == "tab":
        return press.modifiers != SHIFT
    if press.key == "backspace":
        return press.modifiers != CTRL
    if press.modifiers == SHIFT and not press.is_named and press.key != " ":
        return 64 <= code < 127
    return True
