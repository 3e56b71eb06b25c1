"""The commands that every place has: the palette, redraw and the way out."""

from __future__ import annotations

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.commands.node import CommandApp
from daoflow_tui.commands.palette import OPENER_ID, open_palette


class OpenPalette(Command[CommandApp]):
    """Find any command, server or operation by typing."""

    id, keys, title, short = OPENER_ID, (":", "ctrl+p"), "commands", "cmds"
    group, footer, pinned = "Everywhere", 90, True

    def run(self, app: CommandApp) -> None:
        """Open the palette."""
        open_palette(app)


class Redraw(Command[CommandApp]):
    """Draw the whole screen again, after another program wrote over it."""

    id, keys, title, group = "app.redraw", ("ctrl+r",), "redraw", "Everywhere"

    def run(self, app: CommandApp) -> None:
        """Repaint every line."""
        app.refresh(repaint=True, layout=True)


class Quit(Command[CommandApp]):
    """Quit; asks first only when something is running."""

    id, keys, title, group, footer = "app.quit", ("q", "ctrl+q"), "quit", "Everywhere", 89

    async def run(self, app: CommandApp) -> None:
        """Leave the way the app wants to be left."""
        await app.leave()


class QuitHint(Command[CommandApp]):
    """Copy the selected text; without a selection, tell how to quit."""

    id, keys, title, group, in_palette = (
        "app.copy-or-hint",
        ("ctrl+c",),
        "copy selection",
        "Everywhere",
        False,
    )

    def run(self, app: CommandApp) -> None:
        """The screen copies before the app is asked, so only the hint is left to give."""
        app.notify("Nothing is selected to copy. q quits.", markup=False)


ESSENTIALS: tuple[AnyCommand, ...] = (OpenPalette, Redraw, Quit, QuitHint)
