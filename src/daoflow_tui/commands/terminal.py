"""The keys of the terminal tab, and the key that leads there from a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daoflow_tui.commands.base import AnyCommand, Command, Danger
from daoflow_tui.commands.rows import NO_ROW

if TYPE_CHECKING:
    from daoflow_tui.screens.fleet import ServerView
    from daoflow_tui.screens.panes.terminal import TerminalPane
    from daoflow_tui.screens.sheets.shell_choice import ShellSheet


class HasTerminal(Protocol):
    """A place with a server to open a shell on."""

    @property
    def server(self) -> ServerView | None:
        """The one server under the cursor or on screen."""

    def why_no_terminal(self) -> str | None:
        """Why no shell can be opened on it."""

    async def open_terminal(self) -> None:
        """Go to its terminal tab and open a shell, or give the keyboard to the one that is open."""


class OpenTerminal(Command[HasTerminal]):
    """Open a shell on the server, in this console; it is permitted for a time, for a reason, and recorded."""

    id, keys, title, group, footer = "server.terminal", ("t",), "terminal", "Servers", 45
    danger = Danger.CHANGES

    def why_off(self, place: HasTerminal) -> str | None:
        """No server, or nothing may be sent there."""
        return NO_ROW if place.server is None else place.why_no_terminal()

    async def run(self, place: HasTerminal) -> None:
        """Go there."""
        await place.open_terminal()


class _OnPane(Command["TerminalPane"]):
    group = "Terminal"

    def applies(self, pane: TerminalPane) -> bool:
        return not pane.terminal.captured


class Take(_OnPane):
    """Give the keyboard to the shell; opens one, or connects again, when none is open."""

    id, keys, title, short, footer = (
        "terminal.take",
        ("enter",),
        "give the keyboard to the shell",
        "shell",
        10,
    )
    danger = Danger.CHANGES

    def why_off(self, pane: TerminalPane) -> str | None:
        """Nothing may be sent to the server."""
        return pane.why_no_shell()

    def run(self, pane: TerminalPane) -> None:
        """Open it if need be."""
        pane.take()


class Another(_OnPane):
    """Open another shell on this server: the login shell, bash or sh."""

    id, keys, title, short, footer = "terminal.another", ("a",), "another shell…", "another", 50
    danger = Danger.CHANGES

    def why_off(self, pane: TerminalPane) -> str | None:
        """Nothing may be sent to the server."""
        return pane.why_no_shell()

    def run(self, pane: TerminalPane) -> None:
        """Ask which."""
        pane.choose_another()


class Hide(_OnPane):
    """Close the session; asks when a program runs in it, and puts away one that is over."""

    id, keys, title, short, footer, danger = "terminal.close", ("x",), "close…", "close", 60, Danger.CHANGES

    def why_off(self, pane: TerminalPane) -> str | None:
        """There is none."""
        return None if pane.shell is not None else "There is no shell to close on this server."

    def run(self, pane: TerminalPane) -> None:
        """Ask if need be."""
        pane.close_shell()


class ListShells(_OnPane):
    """Choose among the shells that are open, on every server."""

    id, keys, title, footer = "terminal.list", ("b",), "shells…", 55

    def why_off(self, pane: TerminalPane) -> str | None:
        """There is none."""
        return None if pane.desk.shells else "No shell is open on any server."

    def run(self, pane: TerminalPane) -> None:
        """Offer them."""
        pane.choose_shell()


class SearchShell(_OnPane):
    """Search everything the shell showed for words; n goes on to older places, N to newer ones."""

    id, keys, title, footer = "terminal.search", ("/",), "search", 40

    def why_off(self, pane: TerminalPane) -> str | None:
        """There is nothing to search."""
        return (
            None
            if pane.shell is not None
            else "There is no shell on this server whose lines could be searched."
        )

    def run(self, pane: TerminalPane) -> None:
        """Open the line to type into."""
        pane.open_search()


class RecordShells(_OnPane):
    """Record what the shells that you open from now on show, or no longer; off where a rule or a grant demands it."""

    id, keys, title, short, footer = "terminal.record", ("r",), "record shells: on or off", "record", 52

    def why_off(self, pane: TerminalPane) -> str | None:
        """It is demanded."""
        return pane.why_recording_fixed()

    def run(self, pane: TerminalPane) -> None:
        """Turn it."""
        pane.turn_recording()


class RecordHere(Command["ShellSheet"]):
    """Record what the shells that you open from now on show, or no longer."""

    id, keys, title, group, in_palette = "shell-sheet.record", ("r",), "record", "Sheets", False

    def why_off(self, sheet: ShellSheet) -> str | None:
        """It is demanded."""
        return sheet.why_fixed()

    def run(self, sheet: ShellSheet) -> None:
        """Turn it."""
        sheet.turn_recording()


PANE_COMMANDS: tuple[AnyCommand, ...] = (Take, Another, RecordShells, Hide, ListShells, SearchShell)
