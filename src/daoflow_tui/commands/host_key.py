"""The keys of the host key tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.host_key import HostKeyPane


class LookAtHostKey(Command["HostKeyPane"]):
    """Ask the server for its host keys again; nothing else is sent, no user name and no key."""

    id, keys, title, short, group, footer = "host-key.look", ("c",), "look again", "look", "Host key", 10
    scope = "server.ssh-host-identity.observe"

    def why_off(self, pane: HostKeyPane) -> str | None:
        """A local server has none, and one look at a time."""
        return pane.why_no_look()

    def run(self, pane: HostKeyPane) -> None:
        """Scan."""
        pane.look()


HOST_KEY_COMMANDS: tuple[AnyCommand, ...] = (LookAtHostKey,)
