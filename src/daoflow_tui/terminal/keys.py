"""The bytes that a program in a shell gets for a key: those of the outer terminal, brought to what it asked for."""

from __future__ import annotations

import re

from textual.keys import key_to_character

from daoflow_tui.terminal import other_keys
from daoflow_tui.terminal.presses import (
    ALT,
    CTRL,
    ESC,
    KITTY,
    LETTERS,
    NUMBERS,
    OTHER_KEY,
    RELEASED,
    SHIFT,
    SPECIAL,
    Press,
    read_press,
)
from daoflow_tui.terminal.values import Modes

DISAMBIGUATE, REPORT_ALTERNATES, REPORT_ALL, REPORT_TEXT = 1, 4, 8, 16
_CURSOR = re.compile(r"\x1b([\[O])([ABCDHF])")
_CSI_FORM = re.compile(r"\x1b\[[\d;:]*[A-HP-S~u]")
_FUNCTIONAL = re.compile(r"\x1b\[(?:[\d;:]*[A-HP-S~]|57\d{3}(?:;\d*)?u)")
_MODIFIED = re.compile(r"\x1b\[\d+;\d+u")
_KITTY_F = re.compile(r"\x1b\[[PQRS]|\x1b\[13~")
_LETTER_OF = {name: letter for letter, name in LETTERS.items()}
_NUMBER_OF = {name: number for number, name in reversed(NUMBERS.items())}
_SPECIAL_OF = {name: number for number, name in SPECIAL.items()}
_BIT_OF = {"shift": SHIFT, "alt": ALT, "ctrl": CTRL}


def to_program(raw: str, modes: Modes) -> bytes:
    """One key's bytes as this program wants them; empty for what no program in a shell is told of."""
    if modes.kitty_flags:
        return _for_kitty(raw, modes.kitty_flags).encode()
    return _moded(_by_press(raw, modes.modify_other_keys), modes).encode()


def outer_flags(modes: Modes) -> int:
    """What a terminal with kitty's protocol has to tell, so that this program can be told what it asked for."""
    if not modes.kitty_flags and modes.modify_other_keys in other_keys.LEVELS:
        return DISAMBIGUATE | REPORT_ALTERNATES | REPORT_ALL | REPORT_TEXT
    return modes.kitty_flags


def _by_press(raw: str, level: int) -> str:
    """For a program of the old way or xterm's; what an old terminal sent passes, for it may mean several keys."""
    is_text = KITTY.fullmatch(raw) or OTHER_KEY.fullmatch(raw)
    is_kittys = _CSI_FORM.fullmatch(raw) if level in other_keys.LEVELS else _KITTY_F.fullmatch(raw)
    if not is_text and not is_kittys:
        return raw
    press = read_press(raw)
    if press is None:
        return "" if is_text else raw
    if press.event == RELEASED:
        return ""
    return (is_text and other_keys.told(press, level)) or legacy(press)


def raw_of(key: str, character: str | None) -> str:
    """The bytes for a key that is only known by Textual's name, as an xterm would send them."""
    *modifiers, name = key.split("+") if len(key) > 1 else [key]
    bits = sum(_BIT_OF.get(one, 0) for one in modifiers)
    if name in _LETTER_OF or name in _NUMBER_OF or name in _SPECIAL_OF:
        return legacy(Press(name, bits))
    sign = key_to_character(name) or character
    if not sign or len(sign) != 1:
        return ""
    text = "" if bits & (CTRL | ALT) else (character or sign)
    return legacy(Press(sign, bits, text))


def legacy(press: Press) -> str:
    """A press as an xterm encodes it, cursor keys in their normal form."""
    if press.key in _SPECIAL_OF:
        return _special(press)
    if press.is_named:
        return _functional(press)
    sign = press.text or press.sign
    if press.modifiers & CTRL:
        sign = _control(press.shifted or press.key)
    return (ESC if press.modifiers & ALT else "") + sign


def _special(press: Press) -> str:
    sign = chr(_SPECIAL_OF[press.key])
    if press.key == "tab" and press.modifiers & SHIFT:
        return "\x1b[Z"
    if press.key == "backspace" and press.modifiers & CTRL:
        sign = "\b"
    return (ESC if press.modifiers & ALT else "") + sign


def _functional(press: Press) -> str:
    letter, modifiers = _LETTER_OF.get(press.key), press.modifiers
    number = 1 if letter else _NUMBER_OF.get(press.key)
    if number is None:
        return ""
    if modifiers:
        return f"\x1b[{number};{modifiers + 1}{letter or '~'}"
    if letter in {"P", "Q", "R", "S"}:
        return f"\x1bO{letter}"
    return f"\x1b[{letter}" if letter else f"\x1b[{number}~"


_AS_CONTROL = {
    " ": 0, "@": 0, "2": 0, "3": 27, "[": 27, "4": 28, "\\": 28, "5": 29, "]": 29,
    "6": 30, "^": 30, "~": 30, "7": 31, "/": 31, "_": 31, "?": 127, "8": 127, "`": 0, "{": 27, "|": 28, "}": 29,
}  # fmt: skip


def _control(key: str) -> str:
    if "a" <= key.lower() <= "z":
        return chr(ord(key.lower()) - 96)
    return chr(_AS_CONTROL[key]) if key in _AS_CONTROL else key


def _moded(raw: str, modes: Modes) -> str:
    """What the modes change: cursor keys, backspace and enter."""
    if found := _CURSOR.fullmatch(raw):
        return f"\x1b{'O' if modes.application_cursor else '['}{found[2]}"
    if modes.backarrow and raw in ("\x7f", "\x1b\x7f"):
        return raw.replace("\x7f", "\b")
    return "\r\n" if modes.newline and raw == "\r" else raw


def _for_kitty(raw: str, flags: int) -> str:
    """For a program that asked for kitty's protocol, whatever the outer terminal speaks."""
    if flags & ~DISAMBIGUATE and _CSI_FORM.fullmatch(raw):
        return raw  # the outer terminal was told the same flags
    press = read_press(raw)
    if press is None:
        return "" if KITTY.fullmatch(raw) else raw
    if press.event == RELEASED:
        return ""
    if _FUNCTIONAL.fullmatch(raw) or (press.modifiers and _MODIFIED.fullmatch(raw)):
        return raw
    if press.is_named and press.key not in _SPECIAL_OF:
        return "\x1b[13~" if press.key == "f3" and not press.modifiers else _functional(press)
    return _kitty_text(press, flags)


def _kitty_text(press: Press, flags: int) -> str:
    bare = not press.modifiers & ~SHIFT
    plain = bare and (press.key != "escape" if press.key in _SPECIAL_OF else True)
    if press.key in _SPECIAL_OF and press.modifiers:
        plain = False
    if plain and not flags & REPORT_ALL:
        return legacy(press)
    code = _SPECIAL_OF.get(press.key) or ord(press.key)
    modifiers = f";{press.modifiers + 1}" if press.modifiers else ""
    text = press.text if flags & REPORT_TEXT and flags & REPORT_ALL else ""
    typed = f"{modifiers or ';'};{ord(text)}" if len(text) == 1 else modifiers
    return f"\x1b[{code}{typed}u"
