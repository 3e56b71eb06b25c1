"""A form's field: its label, what is typed, and what is wrong with it in the same place."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.state_mark import Role, glyphs_of


class FieldInput(Input):
    """Answers its own keys itself, in the order they come.

    Textual resolves `backspace` or `ctrl+u` only after they bubbled up, against whatever has the keyboard by then:
    in keys that come at once, from a password manager, that is another field.
    """

    async def _on_key(self, event: events.Key) -> None:
        for binding in () if event.is_printable else self._bindings.key_to_bindings.get(event.key, ()):
            event.stop()
            event.prevent_default()
            await self.run_action(binding.action)
            return
        await super()._on_key(event)


class Field(Vertical):
    """Label left, input right, hint or error below; `Input.Changed` and `Input.Submitted` bubble from inside.

    `hint` explains the field while there is no error. A `secret` field shows dots and never its value.
    """

    DEFAULT_CSS = """
    Field { height: auto; }
    Field > Horizontal { height: 1; }
    Field .field--label { width: 18; color: $muted; }
    Field Input { width: 1fr; border: none; height: 1; padding: 0 1; background: $panel; }
    Field Input:focus { border: none; background: $cursor; }
    Field Input:nocolor:focus { text-style: underline; }
    Field .field--below { height: auto; padding-left: 19; color: $muted; display: none; }
    Field .field--below.-said { display: block; }
    Field.-wrong .field--below { color: $error; }
    Field.-wrong .field--label { color: $error; }
    """

    def __init__(
        self,
        label: str,
        value: str = "",
        *,
        hint: str = "",
        placeholder: str = "",
        secret: bool = False,
        max_length: int | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._label, self._hint, self._error = label, hint, ""
        self.input = FieldInput(value, plain(placeholder), password=secret, compact=True)
        self.input.max_length = max_length
        self.input.cursor_blink = False
        self._below = Static("", classes="field--below", markup=False)

    def compose(self) -> ComposeResult:
        """The two lines of a field."""
        with Horizontal():
            yield Static(Content(plain(self._label)), classes="field--label")
            yield self.input
        yield self._below

    def on_mount(self) -> None:
        """Show the hint given at first."""
        self._say()

    def on_unmount(self) -> None:
        """A secret does not outlive its sheet."""
        if self.input.password:
            self.input.value = ""

    @property
    def value(self) -> str:
        """What is typed now."""
        return self.input.value

    @value.setter
    def value(self, value: str) -> None:
        self.input.value = value

    @property
    def error(self) -> str:
        """The sentence that is wrong with the value; empty when nothing is."""
        return self._error

    @error.setter
    def error(self, sentence: str) -> None:
        self._error = sentence
        self._say()

    def focus_input(self) -> None:
        """Put the keyboard into this field."""
        self.input.focus()

    def _say(self) -> None:
        if not self.is_attached:
            return
        words = f"{glyphs_of(self).mark(Role.BAD)} {plain(self._error)}" if self._error else plain(self._hint)
        self._below.update(Content(words))
        self._below.set_class(bool(words), "-said")
        self.set_class(bool(self._error), "-wrong")
