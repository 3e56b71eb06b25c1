"""Sheets that only tell: an error with its next step, or a long text."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from daoflow_core.errors import DaoflowError
from daoflow_core.text import clean_lines
from daoflow_tui.commands.sheets import CopyText
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.copy import copy_out
from daoflow_tui.screens.words import Told, Words, labelled
from daoflow_tui.widgets.state_mark import Role, State, Toned


def error_lines(error: DaoflowError) -> list[Words]:
    """What happened, why, what to do next, under which code."""
    lines: list[Words] = [[State(error.message, Role.BAD)], []]
    if error.why:
        lines.append(labelled("Why", error.why))
    if error.next_step:
        lines.append(labelled("Next", error.next_step))
    return [*lines, labelled("Code", Toned(error.code, Role.MUTED))]


class ErrorSheet(Sheet[None]):
    """An error of the core in words."""

    title_words = "That did not work"
    danger = True

    def __init__(self, error: DaoflowError) -> None:
        super().__init__()
        self.error = error

    def words(self) -> ComposeResult:
        """Its words."""
        yield Told(error_lines(self.error))


class ToldSheet(Sheet[None]):
    """Some lines of words to read."""

    def __init__(self, title: str, lines: Iterable[Words]) -> None:
        super().__init__()
        self.title_words, self._lines = title, list(lines)

    def words(self) -> ComposeResult:
        """The lines."""
        yield Told(self._lines)


class TextSheet(Sheet[None]):
    """A long text to read and to copy."""

    OFFERS = (CopyText,)
    DEFAULT_CSS = "TextSheet Static { height: auto; }"
    wide, long = 104, True

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self.title_words, self._text = title, clean_lines(text)

    def words(self) -> ComposeResult:
        """The text as it is."""
        yield Static(Content(self._text))

    def buttons(self) -> Iterable[SheetButton]:
        """Away, or copy."""
        yield SheetButton("cancel", "Close", "esc")
        yield SheetButton("copy", "Copy all", "y")

    def pressed(self, name: str) -> None:
        """The copy button."""
        self.copy_all()

    def copy_all(self) -> None:
        """The whole text."""
        copy_out(self, "text", self._text)
