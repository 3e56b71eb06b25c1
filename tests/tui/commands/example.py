"""A small app as the product builds them: a screen, a list and an input, all with their own commands."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input

from daoflow_tui.commands.base import Command, Danger
from daoflow_tui.commands.essentials import ESSENTIALS
from daoflow_tui.commands.listing import footer_keys
from daoflow_tui.commands.node import CommandApp, CommandNode
from daoflow_tui.commands.palette import Thing
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.footer import KeyFooter
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.table import VirtualTable


class CheckServer(Command["ExampleScreen"]):
    """Check the servers now."""

    id, keys, title, short, group = "server.check", ("c",), "check now", "check", "Servers"
    scope, footer = "server.check", 1

    def run(self, screen: ExampleScreen) -> None:
        screen.done.append("checked")


class AddServer(Command["ExampleScreen"]):
    """Add a server."""

    id, keys, title, group = "server.add", ("a",), "add…", "Servers"
    danger, scope, footer = Danger.CHANGES, "server.register", 2

    def why_off(self, screen: ExampleScreen) -> str | None:
        return screen.locked

    async def run(self, screen: ExampleScreen) -> None:
        screen.done.append("added")


class ExampleScreen(CommandNode, Screen[None]):
    OFFERS = (CheckServer, AddServer)

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.locked: str | None = "The session is read-only [/]."

    def compose(self) -> ComposeResult:
        yield VirtualTable([Column("name", "NAME", 10)])
        yield Input()
        yield KeyFooter(lambda: footer_keys(self))

    def on_mount(self) -> None:
        self.query_one(VirtualTable).set_rows([Row("one", ("one",))])
        self.query_one(VirtualTable).focus()

    def palette_things(self):
        return [Thing("edge-us-2 [/]", "server", lambda: self.done.append("went to edge-us-2"))]


class ExampleApp(CommandApp):
    OFFERS = ESSENTIALS

    def __init__(self, **options) -> None:
        super().__init__(**options)
        self.denied: dict[str, str] = {}

    def on_mount(self) -> None:
        self.push_screen(ExampleScreen())

    def why_denied(self, action: str) -> str | None:
        return self.denied.get(action)

    def toasts(self) -> list[str]:
        return [note.message for note in self._notifications]
