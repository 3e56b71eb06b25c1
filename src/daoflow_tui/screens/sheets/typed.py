"""Level 3: what can't be undone, or can cut you off. A word has to be typed; Cancel has the keyboard first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.question import Question, question_lines
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.state_mark import Role, Toned


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing more to type: the field's label, the word, and what it is in words."""

    label: str
    word: str
    what: str


class TypedSheet(Sheet[bool]):
    """Answers True only when every word stands in its field and enter is pressed there, or the button is clicked."""

    DEFAULT_CSS = "TypedSheet Field { margin-top: 1; }"
    danger = True

    def __init__(self, question: Question, word: str, what: str, *, also: Sequence[Asked] = ()) -> None:
        super().__init__()
        self.question, self.word, self.what = question, word, what
        self.title_words = question.title
        self.field = Field("Type it here", placeholder=word, max_length=len(word) + 40)
        self._fields = {self.field: Asked("", word, what)} | {
            Field(one.label, max_length=len(one.word) + 40): one for one in also
        }

    def words(self) -> ComposeResult:
        """The statement, then what to type."""
        lines: list[Words] = [*question_lines(self.question), []]
        for index, one in enumerate(self._fields.values()):
            lead = "Then type" if index else "To go on, press tab and type"
            lines.append([f"{lead} {one.what}: ", Toned(one.word, Role.STRONG)])
        yield Told(lines)

    def asks(self) -> ComposeResult:
        """The fields."""
        yield from self._fields

    def buttons(self) -> Iterable[SheetButton]:
        """Cancel, then the deed, off until every word stands there."""
        yield SheetButton("cancel", self.question.cancel, "esc")
        apply = SheetButton("apply", self.question.apply, "enter", danger=True)
        apply.disabled = True
        yield apply

    def begin(self) -> None:
        """On Cancel, and with the reason why the deed is off."""
        super().begin()
        self._say_off()

    def _say_off(self) -> None:
        missing = [one.what for field, one in self._fields.items() if field.value.strip() != one.word]
        self.foot(f"off: {missing[0]} is not typed yet" if missing else "enter in the field does it")

    @property
    def matches(self) -> bool:
        """Whether exactly the words were typed."""
        return all(field.value.strip() == one.word for field, one in self._fields.items())

    @on(Input.Changed)
    def _judge(self) -> None:
        self.query_one("#button-apply").disabled = not self.matches
        self._say_off()
        for field in self._fields:
            field.error = ""

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self.matches:
            self.dismiss(True)
            return
        for field, one in self._fields.items():
            if field.value.strip() != one.word:
                self._point_at(field, one)
                return

    def _point_at(self, field: Field, one: Asked) -> None:
        """To the first field that is not right yet; one still empty is only gone to."""
        if field.value.strip() or field.input.has_focus:
            self.call_after_refresh(self.fit)
            field.error = f"This is not {one.what}. Nothing was changed."
        self.set_focus(field.input)

    def pressed(self, name: str) -> None:
        """The deed was clicked; it is off until the words are right."""
        if self.matches:
            self.dismiss(True)
