"""The screen of a shell: sends every key while it has the keyboard; scrolls, searches and selects while it has not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from textual import events
from textual.geometry import Offset
from textual.message import Message

from daoflow_tui.commands.keymap import canonical
from daoflow_tui.commands.node import CommandApp, CommandNode
from daoflow_tui.terminal import keys, pasting
from daoflow_tui.terminal.emulation import Emulation
from daoflow_tui.widgets.terminal_commands import TERMINAL_COMMANDS, Leader, Release
from daoflow_tui.widgets.terminal_mouse import TerminalMouse, Write, nowhere


@runtime_checkable
class HandsOver(Protocol):
    """A driver that can hand keys over as the outer terminal sends them."""

    def give_to_shell(self, kitty_flags: int, *, keypad: bool) -> None:
        """From now on."""

    def take_from_shell(self) -> None:
        """No longer."""


class TerminalView(CommandNode, TerminalMouse, can_focus=True):
    """Shows one shell at a time; what is typed into it goes to the `write` that `show` was given."""

    OFFERS = TERMINAL_COMMANDS
    DEFAULT_CSS = "TerminalView { height: 1fr; width: 1fr; }"

    @dataclass
    class Keyboard(Message):
        """The shell got the keyboard, or gave it back."""

        view: TerminalView
        captured: bool

    @dataclass
    class PasteAsked(Message):
        """Something of several lines was pasted that the program would take for typing."""

        view: TerminalView
        text: str

    @dataclass
    class Told(Message):
        """The program asked something of the console, or the session has something to say."""

        view: TerminalView
        event: object

    def show(self, emulation: Emulation | None, write: Write | None) -> None:
        """Draw this emulation from now on; without `write` nothing can be typed into it."""
        new = emulation is not self.emulation
        self.emulation, self.type, self.is_live = emulation, write or nowhere, write is not None
        if not self.is_live:
            self.release()
        if new:
            self.end_marks()
            if emulation is not None and self.size.width > 1:
                emulation.resize(*self.size)
            self._forget()
        self.paint()

    def on_mount(self) -> None:
        """Programs that asked for it hear whether the outer terminal has the focus."""
        self.watch(self.app, "app_focus", self._outer_focus, init=False)

    @property
    def solid(self) -> bool:
        """The cursor is whole while keys go to it."""
        return self.captured

    def painted(self) -> None:
        """The program may have asked for other keys."""
        super().painted()
        if self.captured:
            self._tell_outer()
            place = Offset(self.cursor.column, self.cursor.row + self.scrolled)
            self.app.cursor_position = (
                self.content_region.offset + place
            )  # not seen: input methods open there

    # The keyboard

    def capture(self) -> None:
        """Give the keyboard to the shell, at the end of what it shows."""
        self.marks.clear()
        self.scroll_view(0)
        self.screen.set_focus(self)
        self._set_captured(True)

    def release(self) -> None:
        """Take the keyboard back."""
        self._set_captured(False)

    def _set_captured(self, captured: bool) -> None:
        if captured == self.captured:
            return
        self.captured = captured
        self._tell_outer()
        if self.modes.focus_events:
            self.type(b"\x1b[I" if captured else b"\x1b[O")
        self.refresh()
        self.post_message(self.Keyboard(self, captured))

    def _tell_outer(self) -> None:
        """Have the terminal around the console send keys as they are, or as Textual reads them."""
        driver: object = self.app._driver
        if isinstance(driver, HandsOver):
            if self.captured:
                driver.give_to_shell(keys.outer_flags(self.modes), keypad=self.modes.application_keypad)
            else:
                driver.take_from_shell()

    @property
    def takes_every_key(self) -> bool:
        """While it does, nothing else on the screen is within reach of a key."""
        return self.captured

    def on_blur(self) -> None:
        """What takes the focus, such as a click elsewhere, takes the keyboard too; a sheet only borrows it."""
        if self.screen.is_current:
            self.release()

    def _outer_focus(self, focused: bool) -> None:
        if self.captured and self.modes.focus_events:
            self.type(b"\x1b[I" if focused else b"\x1b[O")

    async def on_key(self, event: events.Key) -> None:
        """Every key goes to the shell while it has the keyboard, but the ones that give it back."""
        if not self.captured:
            return
        event.stop()
        event.prevent_default()
        if canonical(event.key) in self.way_out:
            self.release()
            return
        raw = getattr(event, "raw", "") or keys.raw_of(event.key, event.character)
        if self.scrolled:
            self.scroll_view(0)
        self.type(keys.to_program(raw, self.modes))
        self.hurry()

    @property
    def way_out(self) -> tuple[str, ...]:
        """The keys that give the keyboard back."""
        keymap = self.app.command_keys if isinstance(self.app, CommandApp) else None
        if keymap is None:
            return (*Leader.keys, *Release.keys)
        return (*keymap.keys_of(Leader), *keymap.keys_of(Release))

    def send_leader(self) -> None:
        """Type the key that usually gives the keyboard back, and go on typing."""
        self.capture()
        self.type(b"\x1d")

    def on_paste(self, event: events.Paste) -> None:
        """To the program as it asked for it; lines that would run at once are asked about."""
        event.stop()
        event.prevent_default()
        if not self.captured:
            self.notify("Enter gives the shell the keyboard; then paste again.", markup=False)
        elif pasting.asks_first(event.text, self.modes):
            self.post_message(self.PasteAsked(self, event.text))
        else:
            self.paste(event.text)

    def paste(self, text: str) -> None:
        """Send it."""
        self.type(pasting.to_program(text, self.modes))
