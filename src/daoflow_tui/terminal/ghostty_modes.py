"""Small facts of a ghostty terminal: its cursor, its modes, how much it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.terminal.ghostty_styles import style_of
from daoflow_tui.terminal.values import Cursor, Modes, Mouse, MouseFormat

if TYPE_CHECKING:
    from daoflow_tui.terminal.ghostty_library import Native
    from daoflow_tui.terminal.values import Shape, Style

_ANSI = 0x8000


class Reader:
    """Reads one terminal."""

    def __init__(self, ffi: Native, lib: Native, terminal: Native) -> None:
        self._ffi, self._lib, self._terminal = ffi, lib, terminal
        self._mode = ffi.new("GhosttyTerminalModeConfig*")
        self._cells = {kind: ffi.new(f"{kind}*") for kind in ("uint16_t", "bool", "size_t", "uint8_t", "int")}
        self._style = ffi.new("GhosttyStyle*")
        self._style.size = ffi.sizeof("GhosttyStyle")
        self._bar = ffi.new("GhosttyTerminalScrollbar*")
        self.modify_other_keys = 0  # kept by the shim

    def get(self, name: str, kind: str) -> Native:
        """One value, by the end of its name in the C interface."""
        out = self._cells[kind]
        self._lib.ghostty_terminal_get(
            self._terminal, getattr(self._lib, f"GHOSTTY_TERMINAL_DATA_{name}"), out
        )
        return out[0]

    def on(self, mode: int, *, ansi: bool = False) -> bool:
        """Whether a mode is set; one that the library does not know is not."""
        self._mode.mode, self._mode.value = mode | (_ANSI if ansi else 0), False
        self._lib.ghostty_terminal_get(self._terminal, self._lib.GHOSTTY_TERMINAL_DATA_MODE, self._mode)
        return bool(self._mode.value)

    def place(self) -> tuple[int, int]:
        """The cursor's column and row, from zero."""
        return self.get("CURSOR_X", "uint16_t"), self.get("CURSOR_Y", "uint16_t")

    def pending(self) -> bool:
        """Whether the last column was written and the next character wraps first."""
        return bool(self.get("CURSOR_PENDING_WRAP", "bool"))

    def alternate(self) -> bool:
        """Whether the alternate screen is shown."""
        return bool(self.get("ACTIVE_SCREEN", "int") == 1)

    def pen(self) -> Style:
        """What the cursor writes in."""
        self._lib.ghostty_terminal_get(
            self._terminal, self._lib.GHOSTTY_TERMINAL_DATA_CURSOR_STYLE, self._style
        )
        return style_of(bytes(self._ffi.buffer(self._style)))

    def cursor(self, shape: Shape) -> Cursor:
        """Where the cursor is and how it looks."""
        return Cursor(
            column=self.get("CURSOR_X", "uint16_t"),
            row=self.get("CURSOR_Y", "uint16_t"),
            visible=bool(self.get("CURSOR_VISIBLE", "bool")),
            shape=shape,
            blinking=self.on(12),
            pending=self.pending(),
        )

    def modes(self) -> Modes:
        """What the program asked for."""
        return Modes(
            application_cursor=self.on(1),
            application_keypad=self.on(66),
            backarrow=self.on(67),
            newline=self.on(20, ansi=True),
            bracketed_paste=self.on(2004),
            focus_events=self.on(1004),
            mouse=next((one for one in _MICE if self.on(one.value)), Mouse.OFF),
            mouse_format=next((one for one in _FORMATS if self.on(one.value)), MouseFormat.X10),
            alternate_scroll=self.on(1007),
            alternate_screen=self.alternate(),
            synchronized=self.on(2026),
            reverse_screen=self.on(5),
            kitty_flags=self.get("KITTY_KEYBOARD_FLAGS", "uint8_t"),
            modify_other_keys=self.modify_other_keys,
        )

    def history(self) -> int:
        """Lines kept above the screen."""
        return int(self.get("SCROLLBACK_ROWS", "size_t"))

    def offset(self) -> int:
        """How far the view is scrolled up, in lines."""
        bar = self._bar
        self._lib.ghostty_terminal_get(self._terminal, self._lib.GHOSTTY_TERMINAL_DATA_SCROLLBAR, bar)
        return max(int(bar.total - bar.len - bar.offset), 0)


_MICE = (Mouse.MOTION, Mouse.DRAG, Mouse.BUTTONS, Mouse.PRESS)
_FORMATS = (MouseFormat.PIXELS, MouseFormat.URXVT, MouseFormat.SGR, MouseFormat.UTF8)
