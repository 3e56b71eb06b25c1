"""The field for a jump host: chosen from the registered servers, never typed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult, RenderResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.commands.keymap import Keymap
from daoflow_tui.commands.node import CommandApp, CommandNode
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.widgets.cells import plain

DIRECT = Choice("-", "none", "it is reached directly")


class ChooseHop(Command["HopChoice"]):
    """Choose the server through which it is reached, from those that are registered."""

    id, keys, title = "hop.choose", ("space", "right", "l"), "choose the jump host"
    group, in_palette = "Sheets", False

    def run(self, field: HopChoice) -> None:
        """The list."""
        field.choose()


HOP_COMMANDS: tuple[AnyCommand, ...] = (ChooseHop,)


class HopChoice(CommandNode, Widget, can_focus=True):
    """The chosen server; `value` is its id, empty for none."""

    OFFERS = HOP_COMMANDS
    DEFAULT_CSS = """
    HopChoice { height: 1; width: 1fr; padding: 0 1; background: $panel; }
    HopChoice:focus { background: $cursor; text-style: $cursor-style; }
    HopChoice:nocolor:focus { text-style: underline; }
    """

    def __init__(self, servers: Sequence[ServerView], value: str) -> None:
        super().__init__()
        self._servers = {view.id: view for view in servers}
        self.value = value

    def choose(self) -> None:
        """Offer the servers."""
        choices = [
            Choice(view.id, view.name, f"{view.endpoint.user}@{view.address}")
            for view in self._servers.values()
        ]
        sheet = ChoiceSheet("Reach it through", [DIRECT, *choices], at=self.value or DIRECT.key)
        self.app.push_screen(sheet, self._take)

    def _take(self, chosen: str | None) -> None:
        if chosen is not None:
            self.value = "" if chosen == DIRECT.key else chosen
            self.refresh()

    async def on_key(self, event: events.Key) -> None:
        """Answer at once, as the other fields do."""
        keymap = self.app.command_keys if isinstance(self.app, CommandApp) else Keymap.default()
        for command in self.commands:
            if event.key in keymap.keys_of(command):
                event.stop()
                await self.action_command(command.id)
                return

    def on_click(self, event: events.Click) -> None:
        """The list."""
        event.stop()
        self.choose()

    def render(self) -> RenderResult:
        """Its name, and the key that changes it."""
        view = self._servers.get(self.value)
        name = DIRECT.words if view is None else plain(view.name)
        return Content("").join([Content.styled(name, "bold"), Content.styled("  space chooses", "$muted")])


class HopField(Horizontal):
    """A label and the choice, aligned with the other fields of a form."""

    DEFAULT_CSS = "HopField { height: 1; } HopField Static { width: 18; color: $muted; }"

    def __init__(self, servers: Sequence[ServerView], value: str) -> None:
        super().__init__()
        self.choice = HopChoice(servers, value)

    def compose(self) -> ComposeResult:
        """Label, choice."""
        yield Static("Jump host", markup=False)
        yield self.choice
