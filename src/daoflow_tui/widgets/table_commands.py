"""The keys of every list: moving the cursor, opening and marking."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from daoflow_tui.commands.base import AnyCommand, Command

if TYPE_CHECKING:
    from daoflow_tui.widgets.table import VirtualTable

_EMPTY = "There is no row to act on: the list is empty, or the filter hides every row."


class Unit(StrEnum):
    """How far one step of a movement goes."""

    LINE = "line"
    HALF = "half page"
    PAGE = "page"
    END = "whole list"

    def lines(self, page: int, end: int) -> int:
        """The lines of one step where a page has so many, and the way to the end at most `end`."""
        return {Unit.LINE: 1, Unit.HALF: max(page // 2, 1), Unit.PAGE: page, Unit.END: end}[self]


class _Move(Command["VirtualTable"]):
    group = "Lists"
    in_palette = False
    step: ClassVar[int] = 1
    unit: ClassVar[Unit] = Unit.LINE

    def run(self, table: VirtualTable) -> None:
        table.move(self.step * self.unit.lines(table.page_lines, len(table.rows)))


class CursorUp(_Move):
    """Move to the row above."""

    id, keys, title = "list.up", ("up", "k"), "up"
    step, unit = -1, Unit.LINE


class CursorDown(_Move):
    """Move to the row below."""

    id, keys, title = "list.down", ("down", "j"), "down"
    step, unit = 1, Unit.LINE


class PageUp(_Move):
    """Move one page up."""

    id, keys, title = "list.page-up", ("pageup",), "page up"
    step, unit = -1, Unit.PAGE


class PageDown(_Move):
    """Move one page down."""

    id, keys, title = "list.page-down", ("pagedown",), "page down"
    step, unit = 1, Unit.PAGE


class HalfUp(_Move):
    """Move half a page up."""

    id, keys, title = "list.half-up", ("ctrl+u",), "half page up"
    step, unit = -1, Unit.HALF


class HalfDown(_Move):
    """Move half a page down."""

    id, keys, title = "list.half-down", ("ctrl+d",), "half page down"
    step, unit = 1, Unit.HALF


class First(_Move):
    """Go to the first row."""

    id, keys, title = "list.first", ("home", "g"), "first row"
    step, unit = -1, Unit.END


class Last(_Move):
    """Go to the last row."""

    id, keys, title = "list.last", ("end", "G"), "last row"
    step, unit = 1, Unit.END


class _OnRow(Command["VirtualTable"]):
    group = "Lists"
    in_palette = False

    def why_off(self, table: VirtualTable) -> str | None:
        return None if len(table.rows) else _EMPTY


class Open(_OnRow):
    """Open the row under the cursor."""

    id, keys, title, footer = "list.open", ("enter", "l"), "open", 0

    def run(self, table: VirtualTable) -> None:
        """Say which row was opened."""
        table.open()


class Mark(_OnRow):
    """Mark the row under the cursor for a command on several rows, or unmark it, and move on."""

    id, keys, title, footer = "list.mark", ("space",), "mark", 20

    def applies(self, table: VirtualTable) -> bool:
        """Only in lists whose rows can be marked."""
        return table.marking

    def run(self, table: VirtualTable) -> None:
        """Toggle the mark and move on."""
        table.toggle_mark()


class InvertMarks(_OnRow):
    """Mark what is not marked among the shown rows, and unmark what is."""

    id, keys, title = "list.invert-marks", ("*",), "invert marks"

    def applies(self, table: VirtualTable) -> bool:
        """Only in lists whose rows can be marked."""
        return table.marking

    def run(self, table: VirtualTable) -> None:
        """Turn all marks around."""
        table.invert_marks()


TABLE_COMMANDS: tuple[AnyCommand, ...] = (
    CursorUp, CursorDown, PageUp, PageDown, HalfUp, HalfDown, First, Last, Open, Mark, InvertMarks,
)  # fmt: skip
