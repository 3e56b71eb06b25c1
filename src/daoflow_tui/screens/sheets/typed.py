"""Level 3: what can't be undone, or can cut you off. A word has to be typed; Cancel has the keyboard first."""

from __future__ import annotations

from collections.abc import Iterable

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.question import Question, question_lines
from daoflow_tui.screens.words import Told
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.state_mark import Role, Toned


class TypedSheet(Sheet[bool]):
    """Answers True only when `word` stands in the field and enter is pressed there, or the last button is clicked."""

    DEFAULT_CSS = "TypedSheet Field { margin-top: 1; }"
    danger = True

    def __init__(self, question: Question, word: str, what: str) -> None:
        super().__init__()
        self.question, self.word, self.what = question, word, what
        self.title_words = question.title
        self.field = Field("Type it here", placeholder=word, max_length=len(word) + 40)

    def words(self) -> ComposeResult:
        """The statement, then what to type."""
        yield Told(
            [
                *question_lines(self.question),
                [],
                [f"To go on, press tab and type {self.what}: ", Toned(self.word, Role.STRONG)],
            ]
        )

    def asks(self) -> ComposeResult:
        """The field."""
        yield self.field

    def buttons(self) -> Iterable[SheetButton]:
        """Cancel, then the deed, off until the word stands there."""
        yield SheetButton("cancel", self.question.cancel, "esc")
        apply = SheetButton("apply", self.question.apply, "enter", danger=True)
        apply.disabled = True
        yield apply

    @property
    def matches(self) -> bool:
        """Whether exactly the word was typed."""
        return self.field.value.strip() == self.word

    @on(Input.Changed)
    def _judge(self) -> None:
        self.query_one("#button-apply").disabled = not self.matches
        self.field.error = ""

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip() == self.word:
            self.dismiss(True)
        else:
            self.call_after_refresh(self.fit)
            self.field.error = f"This is not {self.what}. Nothing was changed."

    def pressed(self, name: str) -> None:
        """The deed was clicked; it is off until the word is right."""
        if self.matches:
            self.dismiss(True)
