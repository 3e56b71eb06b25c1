"""The line that a filter or a search is typed into; it stands above the status line while it is open."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from daoflow_tui.widgets.fields import FieldInput


class SearchBar(Horizontal):
    """Hidden until `open`; says every change at once, so that a list narrows while one types."""

    DEFAULT_CSS = """
    SearchBar { height: 1; display: none; background: $panel; }
    SearchBar.-open { display: block; }
    SearchBar Static { width: auto; padding: 0 1; color: $accent; text-style: bold; }
    SearchBar Input { width: 1fr; border: none; height: 1; padding: 0; background: $panel; }
    """

    @dataclass
    class Changed(Message):
        """The words are these now."""

        words: str

    @dataclass
    class Kept(Message):
        """Enter: the words stand, the keyboard goes back to the list."""

        words: str

    def __init__(self, label: str = "/") -> None:
        super().__init__()
        self._label = label
        self.input = FieldInput(compact=True, max_length=200)
        self.input.cursor_blink = self.input.can_focus = False

    def compose(self) -> ComposeResult:
        """Label and input."""
        yield Static(self._label, markup=False)
        yield self.input

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return self.has_class("-open")

    def open(self, words: str = "", placeholder: str = "") -> None:
        """Show it with these words and put the keyboard into it."""
        self.input.placeholder = placeholder
        with self.prevent(Input.Changed):
            self.input.value = words
        self.add_class("-open")
        self.input.can_focus = True
        self.screen.set_focus(self.input)  # at once: the next key is the first of the words

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")
        self.input.can_focus = False

    @on(Input.Changed)
    def _tell_change(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _tell_kept(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept(event.value))
