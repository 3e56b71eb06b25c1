"""Textual's reading of the outer terminal, which has to outlive every form that a program may have asked for."""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import _character_to_key
from textual.message import Message

from daoflow_tui.terminal.presses import ALT, CTRL, RELEASED, SHIFT, Press, read_press

IGNORED = "<ignore>"


class OuterParser(XTermParser):
    """Knows keys let go, held down, and with what else is on them: on a slow link they come after they were unasked."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        try:
            yield from super()._sequence_to_key_events(sequence, alt)
        except (ValueError, OverflowError):
            press = read_press(sequence)
            if press is None or press.event == RELEASED:
                yield events.Key(IGNORED, sequence)
            else:
                yield events.Key(_name(press), press.text or None)

    def parse_mouse_code(self, code: str) -> Message | None:
        """The place in cells, where a terminal says that it measures no pixels."""
        if self.terminal_pixel_size is not None and not all(self.terminal_pixel_size):
            self.mouse_pixels = False
        return super().parse_mouse_code(code)


def _name(press: Press) -> str:
    """A press as Textual would name it; with another alphabet, a key with ctrl by its place on an English keyboard."""
    sign = (press.base or press.key) if press.modifiers & CTRL else press.sign
    name = press.key if press.is_named else _character_to_key(sign)
    held = [word for word, bit in (("alt", ALT), ("ctrl", CTRL)) if press.modifiers & bit]
    if press.modifiers & SHIFT and (press.is_named or press.modifiers & CTRL):
        held.append("shift")
    return "+".join([*held, name])
