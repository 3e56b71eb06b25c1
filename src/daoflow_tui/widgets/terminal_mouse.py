"""The mouse over a terminal: to the program when it asked for it, else it selects, scrolls and takes the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.message import Message

from daoflow_tui.terminal import mouse
from daoflow_tui.terminal.mouse import Act, Happening
from daoflow_tui.terminal.values import Position
from daoflow_tui.widgets.terminal_links import TerminalLinks

Write = Callable[[bytes], None]
WHEEL = 3
_WORD, _LINE = 2, 3
_RIGHT = 3


class TerminalMouse(TerminalLinks):
    """`type` takes what goes to the program. Shift keeps an event from it, as in every terminal."""

    @dataclass
    class Taken(Message):
        """Somebody clicked into a shell that has not the keyboard."""

        view: TerminalMouse

    @dataclass
    class CopyAsked(Message):
        """The right button was pressed while something is selected."""

        view: TerminalMouse

    def __init__(self) -> None:
        super().__init__()
        self.captured = self.is_live = False
        self.type: Write = nowhere
        self._pressed: int | None = None
        self._dragged = False

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to select, unless it is the program's."""
        event.stop()
        self._pressed, self._dragged = event.button, False
        if self._sent(event, Act.PRESS, event.button - 1):
            return
        if event.button == _RIGHT and self.marks.selection is not None:
            self.post_message(self.CopyAsked(self))
        if event.button == 1:
            self.capture_mouse()
            self.marks.clear()
            self.marks.anchor = Position(*self.cell_at(event.offset))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Go on selecting; at the edge the buffer scrolls along."""
        event.stop()
        self.point(event.offset)
        button = mouse.NO_BUTTON if self._pressed is None else self._pressed - 1
        if self._sent(event, Act.MOVE, button) or self._pressed is None or self.marks.anchor is None:
            return
        if event.y < 0 or event.y >= self.size.height:
            self.step(-1 if event.y < 0 else 1)
        end = Position(*self.cell_at(event.offset))
        self._dragged = self._dragged or end != self.marks.anchor
        if self._dragged:
            self.marks.end = end
            self.paint_all()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """End selecting; a click that selected nothing gives the shell the keyboard."""
        event.stop()
        self.release_mouse()
        pressed, self._pressed = self._pressed, None
        if self._sent(event, Act.RELEASE, event.button - 1) or pressed != 1:
            return
        if not self._dragged:
            self.marks.anchor = self.marks.end = None
        self.paint_all()
        self.post_message(self.Marked(self))

    def on_click(self, event: events.Click) -> None:
        """Once gives the keyboard to the shell, twice selects a word, three times a line."""
        event.stop()
        if self._dragged or event.button != 1 or self.emulation is None:
            return
        times = (event.chain - 1) % _LINE + 1  # a fourth click begins anew
        if times in (_WORD, _LINE):
            at = Position(*self.cell_at(event.offset))
            with self.emulation.engine() as engine:
                span = engine.word(at) if times == _WORD else engine.logical_line(at)
            if span is not None:
                self.marks.anchor, self.marks.end = span.start, span.end
            self.paint_all()
            self.post_message(self.Marked(self))
        elif not self.captured:
            self.post_message(self.Taken(self))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Towards older lines."""
        self._wheel(event, mouse.WHEEL_UP)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Towards newer lines."""
        self._wheel(event, mouse.WHEEL_DOWN)

    def _wheel(self, event: events.MouseEvent, button: int) -> None:
        event.stop()
        event.prevent_default()
        if self._sent(event, Act.PRESS, button):
            return
        up, modes = button == mouse.WHEEL_UP, self.modes
        if modes.alternate_screen and modes.alternate_scroll and self.captured and not event.shift:
            sign = "O" if modes.application_cursor else "["
            self.type(f"\x1b{sign}{'A' if up else 'B'}".encode() * WHEEL)
        else:
            self.step(-WHEEL if up else WHEEL)

    def _sent(self, event: events.MouseEvent, act: Act, button: int) -> bool:
        """Whether the program got it."""
        if not self.captured or event.shift or self.scrolled:
            return False
        bits = (8 if event.meta else 0) | (16 if event.ctrl else 0)
        column = min(max(event.offset.x, 0), self.size.width - 1)
        row = min(max(event.offset.y, 0), self.size.height - 1)
        data = mouse.to_program(self.modes, Happening(act, max(button, 0), column, row, bits))
        if data:
            self.type(data)
        return mouse.wants(self.modes, Happening(act, max(button, 0), column, row, bits))


def nowhere(_: bytes) -> None:
    """No shell to type into."""
