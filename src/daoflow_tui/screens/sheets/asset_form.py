"""What the forms for keys and certificates share: fields in order, one send, errors beside the fields, nothing kept."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from daoflow_core.errors import DaoflowError
from daoflow_core.secret import Secret
from daoflow_tui.commands.sheets import Submit
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.message import error_lines
from daoflow_tui.screens.sheets.options import OptionField
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.material import MaterialField, MaterialInput
from daoflow_tui.widgets.state_mark import Role, State, Toned

if TYPE_CHECKING:
    from daoflow_core.console import Console

DoneT = TypeVar("DoneT")
Ask = Callable[["Console"], Coroutine[Any, Any, DoneT]]
AnyField = Field | OptionField
FIELD_OF_OPTION = {
    "--private-key-file": "the field Private key",
    "--ca-chain-file": "the field CA chain",
    "--certificate-file": "the field Certificate",
    "--passphrase-file": "the field Passphrase",
    "--pfx-file": "the field PFX",
}
"""What the core calls by the command line's words, as it stands in a form."""
_OPTION = re.compile(r"--[a-z-]+-file\b")


class AssetForm(Sheet[DoneT]):
    """Answers with what was done; None when nothing was. What was pasted or typed secretly goes with the sheet."""

    OFFERS = (Submit,)
    DEFAULT_CSS = "AssetForm Told { margin-bottom: 1; }"
    about = ""
    deed = "Add"
    running = "sealing it in the vault"

    def __init__(self, title: str, fields: Mapping[str, AnyField]) -> None:
        super().__init__()
        self.title_words = title
        self.busy = False
        self.fields = dict(fields)
        self.told = Told([[Toned(self.about, Role.MUTED)]])

    # What each form has of its own

    @abstractmethod
    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """For each field that can't be used the sentence why."""

    def question(self, typed: Mapping[str, str]) -> Sheet[bool] | None:
        """What has to be agreed to first."""
        del typed
        return None

    @abstractmethod
    def asking(self, typed: Mapping[str, str]) -> Ask[DoneT]:
        """The question to the core."""

    @abstractmethod
    def field_of(self, error: DaoflowError) -> str:
        """The field an error is about; empty when it is about no single one."""

    # Drawing

    def words(self) -> ComposeResult:
        """What is about to happen, then the fields."""
        yield self.told
        yield from self.fields.values()

    def buttons(self) -> Iterable[SheetButton]:
        """Cancel, then the deed."""
        yield SheetButton("cancel", "Cancel", "esc")
        yield SheetButton("apply", self.deed, "enter")

    def begin(self) -> None:
        """Begin in the first field."""
        first = next(field for field in self.fields.values() if isinstance(field, Field))
        first.focus_input()
        self.foot("tab next field")

    # Sending

    @property
    def is_typing(self) -> bool:
        """Whether enter sends the form at once; a field for material answers in its turn: a line may end there."""
        return isinstance(self.focused, Input) and not isinstance(self.focused, MaterialInput)

    @on(Input.Submitted)
    def _enter(self) -> None:
        self.submit()

    def pressed(self, name: str) -> None:
        """The deed."""
        self.submit()

    def submit(self) -> None:
        """Send what was typed up to now: each field answers in its turn, after the keys already on their way to it."""
        typed: dict[str, str] = {}

        def note(name: str) -> None:
            typed[name] = self.fields[name].value
            if len(typed) == len(self.fields):
                self.call_later(self.send, typed)

        for name, field in self.fields.items():
            inner = field.input if isinstance(field, Field) else field.options
            inner.call_later(note, name)

    def send(self, typed: Mapping[str, str]) -> None:
        """Check every field, ask what has to be agreed to, then hand the wish to the app, which outlives this sheet."""
        if self.busy:
            return
        wrong = self.judge(typed)
        self.show_errors(wrong)
        if not wrong:
            begin_work(self, partial(self._agree, typed), "agree")

    async def _agree(self, typed: Mapping[str, str]) -> None:
        question = self.question(typed)
        if question is not None and not await self.app.push_screen_wait(question):
            return
        self.busy = True
        self.told.show([[State(self.running, Role.RUNNING)]])
        self.query_one("#button-apply").disabled = True
        self.program.run_worker(self._send(self.asking(typed)), group="assets")

    async def _send(self, ask: Ask[DoneT]) -> None:
        try:
            done = await self.program.session.ask(ask)
        except DaoflowError as error:
            self._fail(error)
            return
        await self.program.read_now()
        if self.is_attached:
            self.dismiss(done)
        else:
            self.notify(f"{self.title_words}: done.", markup=False)

    def _fail(self, error: DaoflowError) -> None:
        if not self.is_attached:
            self.program.tell_error(error)
            return
        self.busy = False
        self.query_one("#button-apply").disabled = False
        name = self.field_of(error)
        self.told.show(self.failure_lines(error, beside=name))
        if name:
            self.show_errors({name: _in_words(error)})

    def failure_lines(self, error: DaoflowError, *, beside: str) -> list[Words]:
        """What an error says above the fields; `beside` names the field that has its sentence already."""
        return [[State("nothing was changed", Role.BAD)]] if beside else error_lines(error)

    def show_errors(self, wrong: Mapping[str, str]) -> None:
        """Say what is wrong beside each field, and go to the first of them."""
        for name, field in self.fields.items():
            if isinstance(field, Field):
                field.error = wrong.get(name, "")
        first = next((self.fields[name] for name in self.fields if name in wrong), None)
        if isinstance(first, Field):
            first.focus_input()

    # Secrets

    def pasted(self, name: str) -> Secret | None:
        """What was pasted into a field."""
        field = self.fields[name]
        return field.pasted if isinstance(field, MaterialField) else None

    def is_given(self, name: str, typed: Mapping[str, str]) -> bool:
        """Whether a path or a pasted text stands in a field."""
        return bool(typed[name].strip()) or self.pasted(name) is not None

    def on_unmount(self) -> None:
        """Nothing secret outlives the sheet."""
        for field in self.fields.values():
            if isinstance(field, MaterialField):
                field.forget()
            elif isinstance(field, Field) and field.input.password:
                field.value = ""


def _in_words(error: DaoflowError) -> str:
    """An error in one line, with the fields of the form where the command line has options."""
    sentence = " ".join(filter(None, (error.message, error.why, error.next_step)))
    return _OPTION.sub(lambda found: FIELD_OF_OPTION.get(found[0], found[0]), sentence)


def phrase_of(typed: Mapping[str, str]) -> Secret | None:
    """The passphrase, when one was typed."""
    return Secret(typed["passphrase"].encode()) if typed["passphrase"] else None
