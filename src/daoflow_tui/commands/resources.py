"""The keys of the resources tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.resources import ResourcesPane


class CheckResources(Command["ResourcesPane"]):
    """Read CPU, memory, disk and Docker's use of it again now, and record what came; this only reads."""

    id, keys, title, short, group, footer = "resources.check", ("c",), "check now", "check", "Resources", 10
    scope = "server.resources.check"

    def why_off(self, pane: ResourcesPane) -> str | None:
        """One at a time."""
        return pane.why_no_check()

    def run(self, pane: ResourcesPane) -> None:
        """Ask."""
        pane.check()


class PreviewFromHere(Command["ResourcesPane"]):
    """Go to the cleanup tab and record what a cleanup would remove; this changes nothing on the server."""

    id, keys, title, short, group, footer = (
        "resources.preview",
        ("p",),
        "preview cleanup",
        "preview",
        "Resources",
        20,
    )
    danger, scope = Danger.RECORDS, "server.cleanup.preview"

    async def run(self, pane: ResourcesPane) -> None:
        """There."""
        await pane.hub.begin_errand("cleanup_preview")


RESOURCE_COMMANDS: tuple[AnyCommand, ...] = (CheckResources, PreviewFromHere)
