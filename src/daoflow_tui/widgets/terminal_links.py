"""The address of a link in a terminal, under the mouse or the cursor: its text may say another one."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.geometry import Offset
from textual.message import Message

from daoflow_tui.widgets.terminal_buffer import TerminalBuffer


class TerminalLinks(TerminalBuffer):
    """`link` is the address that is pointed at, as the program wrote it."""

    @dataclass
    class Pointed(Message):
        """Another link, or none, is under the mouse or the cursor."""

        view: TerminalLinks

    def __init__(self) -> None:
        super().__init__()
        self.link: str | None = None
        self._mouse: Offset | None = None

    def point(self, at: Offset | None) -> None:
        """The mouse is here now, or nowhere over the terminal."""
        self._mouse = at
        self.find_link()

    def on_leave(self, event: events.Leave) -> None:
        """The mouse is elsewhere."""
        if event.node is self:
            self.point(None)

    def painted(self) -> None:
        """The cursor may have moved, or the text under the mouse."""
        self.find_link()

    def find_link(self) -> None:
        """Tell when what is pointed at is another one."""
        link = None if self._mouse is None else self._link_at(self._mouse.x, self._mouse.y)
        if link is None and self.cursor.visible:
            link = self._link_at(self.cursor.column, self.cursor.row + self.scrolled)
        if link != self.link:
            self.link = link
            self.post_message(self.Pointed(self))

    def _link_at(self, column: int, row: int) -> str | None:
        for run in self._strips.runs.get(row, ()):
            if column < run.columns:
                return run.link if column >= 0 else None
            column -= run.columns
        return None
