"""Mouse events as a program in a shell asked for them; pure, columns and rows from zero."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from daoflow_tui.terminal.values import Modes, Mouse, MouseFormat

NO_BUTTON = 3
WHEEL_UP, WHEEL_DOWN = 64, 65
_LAST_OLD = 222
"""The last column and row that the oldest form can name."""


class Act(Enum):
    """What the mouse did."""

    PRESS = "press"
    RELEASE = "release"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Happening:
    """One event: `button` 0 left, 1 middle, 2 right, 64 and 65 the wheel, 3 none; modifiers as bits 4, 8, 16."""

    act: Act
    button: int
    column: int
    row: int
    modifiers: int = 0


def wants(modes: Modes, event: Happening) -> bool:
    """Whether the program is told of this event at all."""
    if modes.mouse is Mouse.OFF:
        return False
    if event.act is Act.MOVE:
        return modes.mouse is Mouse.MOTION or (modes.mouse is Mouse.DRAG and event.button != NO_BUTTON)
    return event.act is Act.PRESS or (modes.mouse is not Mouse.PRESS and event.button < WHEEL_UP)


def to_program(modes: Modes, event: Happening) -> bytes:
    """Its bytes; empty when the program is not told, or its form has no room for the place."""
    if not wants(modes, event):
        return b""
    code = event.button + (0 if modes.mouse is Mouse.PRESS else event.modifiers)
    code += 32 if event.act is Act.MOVE else 0
    column, row = event.column + 1, event.row + 1
    if modes.mouse_format in (MouseFormat.SGR, MouseFormat.PIXELS):
        return f"\x1b[<{code};{column};{row}{'m' if event.act is Act.RELEASE else 'M'}".encode()
    if event.act is Act.RELEASE:
        code = (code & ~3) | NO_BUTTON
    if modes.mouse_format is MouseFormat.URXVT:
        return f"\x1b[{code + 32};{column};{row}M".encode()
    if modes.mouse_format is MouseFormat.UTF8:
        return f"\x1b[M{chr(code + 32)}{chr(column + 32)}{chr(row + 32)}".encode()
    if event.column > _LAST_OLD or event.row > _LAST_OLD:
        return b""
    return b"\x1b[M" + bytes((code + 32, column + 32, row + 32))
