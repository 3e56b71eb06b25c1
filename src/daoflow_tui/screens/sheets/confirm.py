"""Level 2: what can be undone. `y` applies, enter does not, and Cancel has the keyboard."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult

from daoflow_tui.commands.sheets import Yes
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.question import Question, question_lines
from daoflow_tui.screens.words import Told


class ConfirmSheet(Sheet[bool]):
    """Answers True only for `y` or a click on the last button."""

    OFFERS = (Yes,)

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.title_words, self.danger = question.title, question.is_prod

    def words(self) -> ComposeResult:
        """The statement."""
        yield Told(question_lines(self.question))

    def buttons(self) -> Iterable[SheetButton]:
        """Cancel, then the deed."""
        yield SheetButton("cancel", self.question.cancel, "esc")
        yield SheetButton("apply", self.question.apply, "y", danger=True)

    def why_no_yes(self) -> str | None:
        """Nothing stands in the way."""
        return None

    def say_yes(self) -> None:
        """Apply."""
        self.dismiss(True)

    def pressed(self, name: str) -> None:
        """The deed was clicked."""
        self.say_yes()
