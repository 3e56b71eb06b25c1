"""A sheet with a short list to choose one thing from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult

from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable

COLUMNS = (Column("words", "", 26), Column("note", "", 20, flex=True))
TALLEST = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: its key in the answer, its words, and a note beside."""

    key: str
    words: str
    note: str = ""


class ChoiceSheet(Sheet[str]):
    """Answers with the key of what was chosen; None when nothing was."""

    DEFAULT_CSS = "ChoiceSheet VirtualTable { height: auto; }"

    def __init__(self, title: str, choices: Sequence[Choice], at: str = "") -> None:
        super().__init__()
        self.title_words, self._choices, self._at = title, choices, at
        self.table = VirtualTable(COLUMNS, marking=False)

    def asks(self) -> ComposeResult:
        """The list."""
        yield self.table

    def buttons(self) -> Iterable[SheetButton]:
        """The way out."""
        yield SheetButton("cancel", "Cancel", "esc")

    def begin(self) -> None:
        """The list has the keyboard."""
        self.table.styles.height = min(len(self._choices), TALLEST) + 1
        self.table.set_rows(
            Row(choice.key, (choice.words, Toned(" ".join(choice.note.split()), Role.MUTED)))
            for choice in self._choices
        )
        self.table.move_to(self._at)
        self.table.focus()
        self.foot("enter chooses")

    @on(VirtualTable.RowOpened)
    def _chosen(self, event: VirtualTable.RowOpened) -> None:
        event.stop()
        self.dismiss(event.row_id)
