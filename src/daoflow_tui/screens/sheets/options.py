"""A field with a few fixed answers, all of them in sight: left and right go through them."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult, RenderResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.commands.keymap import Keymap
from daoflow_tui.commands.node import CommandApp, CommandNode


class _Turn(Command["Options"]):
    group, in_palette = "Sheets", False
    step = 1

    def run(self, options: Options) -> None:
        options.turn(self.step)


class NextOption(_Turn):
    """Choose the next answer of the field."""

    id, keys, title = "options.next", ("right", "l", "space"), "next answer"


class PreviousOption(_Turn):
    """Choose the answer before."""

    id, keys, title, step = "options.previous", ("left", "h"), "answer before", -1


OPTION_COMMANDS: tuple[AnyCommand, ...] = (NextOption, PreviousOption)


class Options(CommandNode, Widget, can_focus=True):
    """`none  [prod]  staging  dev`: the answer in force stands in brackets."""

    OFFERS = OPTION_COMMANDS
    DEFAULT_CSS = """
    Options { height: 1; width: 1fr; padding: 0 1; background: $panel; }
    Options:focus { background: $cursor; text-style: $cursor-style; }
    Options:nocolor:focus { text-style: underline; }
    """

    class Changed(Message):
        """Another answer is in force."""

    def __init__(self, answers: Sequence[tuple[str, str]], value: str) -> None:
        super().__init__()
        self._answers = tuple(answers)
        self.value = value

    def turn(self, step: int) -> None:
        """Go on by so many answers, around the ends."""
        values = [value for value, _ in self._answers]
        self.value = values[(values.index(self.value) + step) % len(values)]
        self.refresh()
        self.post_message(self.Changed())

    async def on_key(self, event: events.Key) -> None:
        """Answer at once: a key that bubbled up first would be answered by whatever has the keyboard by then."""
        keymap = self.app.command_keys if isinstance(self.app, CommandApp) else Keymap.default()
        for command in self.commands:
            if event.key in keymap.keys_of(command):
                event.stop()
                await self.action_command(command.id)
                return

    def render(self) -> RenderResult:
        """All answers, the one in force strong and in brackets."""
        parts = [
            Content.styled(f"[{words}] ", "bold")
            if value == self.value
            else Content.styled(f" {words}  ", "$muted")
            for value, words in self._answers
        ]
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        """Choose the answer that was clicked."""
        event.stop()
        at = 1
        for value, words in self._answers:
            if at <= event.x < at + len(words) + 3:
                self.value = value
                self.refresh()
                self.post_message(self.Changed())
            at += len(words) + 3


class OptionField(Horizontal):
    """A label and its options, aligned with the other fields of a form."""

    DEFAULT_CSS = "OptionField { height: 1; } OptionField Static { width: 18; color: $muted; }"

    def __init__(self, label: str, answers: Sequence[tuple[str, str]], value: str) -> None:
        super().__init__()
        self._label = label
        self.options = Options(answers, value)

    def compose(self) -> ComposeResult:
        """Label, options."""
        yield Static(self._label, markup=False)
        yield self.options

    @property
    def value(self) -> str:
        """The answer in force."""
        return self.options.value
