"""What an operator does with servers, in the list and in the detail of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from daoflow_tui.commands.base import AnyCommand, Command, Danger
from daoflow_tui.commands.rows import NO_ROW
from daoflow_tui.commands.terminal import OpenTerminal

if TYPE_CHECKING:
    from daoflow_tui.screens.fleet import ServerView

THIS_MACHINE = "This server is the machine you are on: nothing is asked over SSH, so it has no host key."


class HasServers(Protocol):
    """A place with servers to act on."""

    @property
    def chosen(self) -> Sequence[ServerView]:
        """The marked servers, else the one under the cursor."""

    @property
    def server(self) -> ServerView | None:
        """The one server under the cursor or on screen."""

    def why_refused(self, action: str) -> str | None:
        """Why the action is off for the server on screen."""

    def check_now(self) -> None:
        """Check the chosen servers."""

    def open_host_key(self) -> None:
        """Open the host key sheet."""

    def add_server(self) -> None:
        """Open the form for a new server."""

    def edit_server(self) -> None:
        """Open the form for this server."""

    def remove_server(self) -> None:
        """Ask to remove this server."""

    def choose_sort(self) -> None:
        """Offer the orders."""


class _OnServer(Command[HasServers]):
    group = "Servers"

    def why_off(self, place: HasServers) -> str | None:
        if place.server is None:
            return NO_ROW
        return place.why_refused(self.scope) if self.scope else None


class Check(_OnServer):
    """Check the server, or all marked servers, again now; this only reads."""

    id, keys, title, short, footer, scope = "server.check", ("c",), "check now", "check", 30, "server.check"

    def run(self, place: HasServers) -> None:
        """Ask them."""
        place.check_now()


class ShowHostKey(_OnServer):
    """Look at the server's host keys; compare and approve one."""

    id, keys, title, footer = "server.host-key", ("i",), "host key", 40
    danger = Danger.CHANGES

    def why_off(self, place: HasServers) -> str | None:
        """A local server has none."""
        missing = super().why_off(place)
        if missing is None and place.server is not None and place.server.is_local:
            return THIS_MACHINE
        return missing

    def run(self, place: HasServers) -> None:
        """Open the sheet."""
        place.open_host_key()


class Add(Command[HasServers]):
    """Add a server by hand: name, host, user, key; its host key is shown before anything is sent."""

    id, keys, title, group, footer = "server.add", ("a",), "add…", "Servers", 50
    danger, scope = Danger.RECORDS, "server.register"

    def run(self, place: HasServers) -> None:
        """Open the form."""
        place.add_server()


class Edit(_OnServer):
    """Change the server's name, address, user, key or environment; in prod it asks for the name."""

    id, keys, title = "server.edit", ("e",), "edit…"
    danger, scope = Danger.CHANGES, "server.update"

    def run(self, place: HasServers) -> None:
        """Open the form."""
        place.edit_server()


class Remove(_OnServer):
    """Take the server out of the inventory; asks for its name, and keeps its history."""

    id, keys, title = "server.remove", ("x",), "remove…"
    danger, scope = Danger.FINAL, "server.delete"

    def run(self, place: HasServers) -> None:
        """Ask."""
        place.remove_server()


class Sort(Command[HasServers]):
    """Choose what the list is sorted by; choosing the same again turns the order around."""

    id, keys, title, group, footer = "server.sort", ("s",), "sort", "Servers", 70

    def run(self, place: HasServers) -> None:
        """Offer the orders."""
        place.choose_sort()


ONE_SERVER: tuple[AnyCommand, ...] = (Check, ShowHostKey, OpenTerminal, Edit, Remove)
SERVER_COMMANDS: tuple[AnyCommand, ...] = (*ONE_SERVER, Add, Sort)
