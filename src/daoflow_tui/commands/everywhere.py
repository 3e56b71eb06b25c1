"""The commands of every place: going somewhere, going back, and explaining."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from daoflow_tui.commands.base import AnyCommand, Command

if TYPE_CHECKING:
    from daoflow_tui.screens.base import Place


class Help(Command["Place"]):
    """Explain every key that works here, the nearest first."""

    id, keys, title, group, footer, pinned = "app.help", ("?", "f1"), "help", "Everywhere", 91, True

    def run(self, place: Place) -> None:
        """Open the help sheet."""
        place.open_help()


class Back(Command["Place"]):
    """Go one step back: end the search, then leave what was opened; it never quits."""

    id, keys, title, group, in_palette = "place.back", ("escape",), "back", "Everywhere", False

    def run(self, place: Place) -> None:
        """One step back."""
        place.go_back()


class NextPane(Command["Place"]):
    """Put the keyboard into the next pane."""

    id, keys, title, group, in_palette = "place.next-pane", ("tab",), "next pane", "Everywhere", False

    def run(self, place: Place) -> None:
        """Move the focus on."""
        place.focus_next()


class PreviousPane(Command["Place"]):
    """Put the keyboard into the pane before."""

    id, keys, title, group, in_palette = (
        "place.previous-pane",
        ("shift+tab",),
        "previous pane",
        "Everywhere",
        False,
    )

    def run(self, place: Place) -> None:
        """Move the focus back."""
        place.focus_previous()


class _Go(Command["Place"]):
    group = "Places"
    mode: ClassVar[str] = ""

    async def run(self, place: Place) -> None:
        await place.program.go(self.mode)


class GoServers(_Go):
    """Go to the servers."""

    id, keys, title, mode = "place.servers", ("S",), "servers", "servers"


class GoTunnels(_Go):
    """Go to the managed tunnels."""

    id, keys, title, mode = "place.tunnels", ("T",), "tunnels", "tunnels"


class GoKeys(_Go):
    """Go to the managed SSH keys and the certificates."""

    id, keys, title, mode = "place.keys", ("K",), "keys", "keys"


class GoAudit(_Go):
    """Go to the audit trail."""

    id, keys, title, mode = "place.audit", ("A",), "audit", "audit"


class TimesOf(Command["Place"]):
    """Show times as ages, in local time or in UTC, everywhere."""

    id, keys, title, group = "app.times", ("z",), "times", "Everywhere"

    def run(self, place: Place) -> None:
        """Go on to the next way."""
        place.program.turn_times()


class Themes(Command["Place"]):
    """Change the colours: dark, light, the terminal's own, or high contrast."""

    id, title, group = "app.theme", "theme…", "Everywhere"

    def run(self, place: Place) -> None:
        """Offer the themes."""
        place.choose_theme()


class Unlock(Command["Place"]):
    """Ask for the vault's passphrase again, when the console was opened to read only."""

    id, title, group = "vault.unlock", "unlock the vault…", "Everywhere"

    def why_off(self, place: Place) -> str | None:
        """Only while it is locked."""
        return None if place.desk.vault_locked else "The vault is unlocked."

    async def run(self, place: Place) -> None:
        """Ask."""
        await place.program.unlock()


EVERYWHERE: tuple[AnyCommand, ...] = (
    Help, Back, NextPane, PreviousPane, GoServers, GoTunnels, GoKeys, GoAudit, TimesOf, Themes, Unlock,
)  # fmt: skip
