"""What an engine tells of its screen: styles, cells, runs, the cursor, modes, positions and events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple

Colour = int | str | None  # None is the default colour, 0-255 the palette, "#rrggbb" itself


@dataclass(frozen=True)
class Style:
    """How a cell is drawn. `inverse` is a flag: foreground and background are never swapped here."""

    foreground: Colour = None
    background: Colour = None
    underline_colour: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: int = 0  # 0 none, 1 single, 2 double, 3 curly, 4 dotted, 5 dashed
    blink: bool = False
    inverse: bool = False
    invisible: bool = False
    strike: bool = False
    overline: bool = False

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """The names of what is on, in a fixed order; `underline` is any kind of it."""
        return tuple(name for name in FLAGS if getattr(self, name))


FLAGS = (
    "bold",
    "dim",
    "italic",
    "underline",
    "blink",
    "inverse",
    "invisible",
    "strike",
    "overline",
)
PLAIN = Style()


class Cell(NamedTuple):
    """One cell: its whole character (`" "` when blank, `""` in the tail of a wide one), 1, 2 or 0 wide."""

    text: str
    width: int
    style: Style
    link: str | None = None


class Run(NamedTuple):
    """Neighbouring cells of one style and link; `text` is drawn exactly `columns` wide (Rich's measure)."""

    text: str
    columns: int
    style: Style
    link: str | None = None


class Shape(Enum):
    """The cursor's shape."""

    BLOCK = "block"
    UNDERLINE = "underline"
    BAR = "bar"


class Cursor(NamedTuple):
    """The cursor, from zero, in the screen (not the scrolled view). `pending` says that the last column was written
    and the next character wraps first; `column` is then the last column.
    """

    column: int
    row: int
    visible: bool
    shape: Shape
    blinking: bool
    pending: bool


class Mouse(Enum):
    """Which mouse events the program asked for."""

    OFF = 0
    PRESS = 9  # X10: presses only
    BUTTONS = 1000  # presses and releases
    DRAG = 1002  # and motion while a button is down
    MOTION = 1003  # and every motion


class MouseFormat(Enum):
    """How a mouse event is written to the program."""

    X10 = 0
    UTF8 = 1005
    SGR = 1006
    URXVT = 1015
    PIXELS = 1016


class Modes(NamedTuple):
    """What a key, a paste, the mouse and the painter need to know of the program's wishes."""

    application_cursor: bool = False
    application_keypad: bool = False
    backarrow: bool = False  # backspace sends BS rather than DEL
    newline: bool = False  # enter sends CR LF
    bracketed_paste: bool = False
    focus_events: bool = False
    mouse: Mouse = Mouse.OFF
    mouse_format: MouseFormat = MouseFormat.X10
    alternate_scroll: bool = False  # in the alternate screen the wheel sends cursor keys
    alternate_screen: bool = False
    synchronized: bool = False  # mode 2026: do not paint yet
    reverse_screen: bool = False  # mode 5: the whole screen inverse
    kitty_flags: int = 0
    modify_other_keys: int = 0


class Position(NamedTuple):
    """A cell in the whole buffer, from zero: line 0 is the oldest kept line, the screen starts at `history()`."""

    line: int
    column: int


class Span(NamedTuple):
    """A part of the buffer from one cell to another, both within it; `block` for a rectangle."""

    start: Position
    end: Position
    block: bool = False


class Title(NamedTuple):
    """The program named its window."""

    text: str


class Bell(NamedTuple):
    """The program rang the bell."""


class Clipboard(NamedTuple):
    """The program wants text put on the clipboard (OSC 52); nothing happened yet."""

    text: str


class Directory(NamedTuple):
    """The program told its working directory (OSC 7)."""

    url: str


class Notification(NamedTuple):
    """The program asks for a notification (OSC 9, OSC 777)."""

    title: str
    body: str


Event = Title | Bell | Clipboard | Directory | Notification
