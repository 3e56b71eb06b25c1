"""A key press apart from the bytes that carry it: read from what a terminal sent, in the old way or in kitty's."""

from __future__ import annotations

import re
from dataclasses import dataclass

ESC = "\x1b"
SHIFT, ALT, CTRL = 1, 2, 4
RELEASED = 3
LETTERS = {
    "A": "up", "B": "down", "C": "right", "D": "left", "E": "begin", "F": "end", "H": "home",
    "P": "f1", "Q": "f2", "R": "f3", "S": "f4",
}  # fmt: skip
NUMBERS = {
    1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown", 7: "home", 8: "end",
    11: "f1", 12: "f2", 13: "f3", 14: "f4", 15: "f5", 17: "f6", 18: "f7", 19: "f8", 20: "f9", 21: "f10",
    23: "f11", 24: "f12", 25: "f13", 26: "f14", 28: "f15", 29: "f16", 31: "f17", 32: "f18", 33: "f19", 34: "f20",
}  # fmt: skip
SPECIAL = {9: "tab", 13: "enter", 27: "escape", 127: "backspace"}
_KEYPAD = dict(
    zip(
        range(57399, 57428),
        (*"0123456789./*-+", "enter", "=", ",", "left", "right", "up", "down", "pageup", "pagedown", "home", "end",
         "insert", "delete", "begin"),
        strict=True,
    )
)  # fmt: skip
_CONTROLS = {0: " ", 28: "\\", 29: "]", 30: "^", 31: "_"}

KITTY = re.compile(r"\x1b\[(\d+)(?::(\d*))?(?::(\d*))?(?:;(\d*)(?::(\d+))?)?(?:;([\d:]*))?u")
OTHER_KEY = re.compile(r"\x1b\[27;(\d+);(\d+)~")
"""xterm's modifyOtherKeys."""
_FUNCTIONAL = re.compile(r"\x1b\[(\d*)(?:;(\d*)(?::(\d+))?)?([A-HP-S~])")
_SS3 = re.compile(r"\x1bO([A-HP-S])")


@dataclass(frozen=True, slots=True)
class Press:
    """`key` is a character as it stands on the key, or a name such as `up`; `text` is what it types, if anything.

    `shifted` and `base` are the characters of the key with shift, and on an English keyboard, where the terminal told.
    """

    key: str
    modifiers: int = 0
    text: str = ""
    event: int = 1
    shifted: str = ""
    base: str = ""

    @property
    def is_named(self) -> bool:
        """Whether the key has a name, and no character of its own."""
        return len(self.key) > 1

    @property
    def sign(self) -> str:
        """The character of the key with shift as it is."""
        if not self.modifiers & (ALT | CTRL) and self.text:
            return self.text
        return (self.shifted or self.key.upper()) if self.modifiers & SHIFT else self.key


def read_press(raw: str) -> Press | None:
    """The press behind one key's bytes; None for bare modifiers and whatever no program knows as a key."""
    if found := KITTY.fullmatch(raw):
        return _kitty(found)
    if found := OTHER_KEY.fullmatch(raw):
        return _other(int(found[2]), _bits(found[1]))
    if found := _FUNCTIONAL.fullmatch(raw):
        number, modifiers, event, final = found.groups()
        name = NUMBERS.get(int(number or 0)) if final == "~" else LETTERS.get(final)
        return None if name is None else Press(name, _bits(modifiers), event=int(event or 1))
    if found := _SS3.fullmatch(raw):
        return Press(LETTERS[found[1]]) if found[1] in LETTERS else None
    if raw == "\x1b[Z":
        return Press("tab", SHIFT)
    if len(raw) == 2 and raw[0] == ESC:
        plain = read_press(raw[1])
        return plain and Press(plain.key, plain.modifiers | ALT, "")
    return _one(raw) if len(raw) == 1 else None


def _kitty(found: re.Match[str]) -> Press | None:
    code, shifted, base, modifiers, event, text = found.groups()
    typed = "".join(_sign(one) for one in (text or "").split(":"))
    number = int(code)
    key = SPECIAL.get(number) or _KEYPAD.get(number)
    if key is None and 57376 <= number <= 57383:
        key = f"f{number - 57363}"
    if key is None and (number >= 57344 or number > 0x10FFFF):
        return None  # bare modifiers, media keys and the like
    return Press(key or chr(number), _bits(modifiers), typed, int(event or 1), _sign(shifted), _sign(base))


def _sign(code: str | None) -> str:
    """The character of a code; nothing where there is none, or no such character."""
    number = int(code or 0)
    return chr(number) if 0 < number <= 0x10FFFF else ""


def _other(code: int, modifiers: int) -> Press | None:
    if code in SPECIAL or code == 8:
        return Press(SPECIAL.get(code, "backspace"), modifiers)
    if code > 0x10FFFF or code < 32:
        return None
    sign = chr(code)
    return Press(sign.lower(), modifiers, "" if modifiers & ~SHIFT else sign, shifted=sign)


def _one(sign: str) -> Press:
    number = ord(sign)
    if number in SPECIAL:
        return Press(SPECIAL[number])
    if number == 8:
        return Press("backspace", CTRL)
    if number < 32:
        return Press(_CONTROLS.get(number) or chr(number + 96), CTRL)
    return Press(sign.lower(), SHIFT if sign != sign.lower() else 0, sign)


def _bits(modifiers: str | None) -> int:
    """Shift, alt and ctrl of a modifier parameter; the locks and the rest are not for programs."""
    return (int(modifiers or 1) - 1) & (SHIFT | ALT | CTRL) if modifiers else 0
