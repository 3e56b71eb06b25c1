"""The keys of the patches tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.patches import PatchesPane


class PlanPatches(Command["PatchesPane"]):
    """Record which package updates the server could take; this installs nothing and refreshes nothing."""

    id, keys, title, short, group, footer = "patches.plan", ("p",), "plan", "plan", "Patches", 10
    danger, scope = Danger.RECORDS, "server.patch.plan"

    def why_off(self, pane: PatchesPane) -> str | None:
        """One at a time."""
        return pane.why_no_plan()

    def run(self, pane: PatchesPane) -> None:
        """Ask."""
        pane.plan()


class FilterPatches(Command["PatchesPane"]):
    """Show only packages with these words: security, held, kept, reboot, restart, or a name; !word hides them."""

    id, keys, title, group, footer = "patches.filter", ("/",), "filter", "Patches", 20

    def run(self, pane: PatchesPane) -> None:
        """Open the line to type into."""
        pane.open_search()


class SortPatches(Command["PatchesPane"]):
    """Choose what the packages are sorted by; choosing the same again turns the order around."""

    id, keys, title, group, footer = "patches.sort", ("s",), "sort", "Patches", 30

    def run(self, pane: PatchesPane) -> None:
        """Offer the orders."""
        pane.choose_sort()


PATCH_COMMANDS: tuple[AnyCommand, ...] = (PlanPatches, FilterPatches, SortPatches)
