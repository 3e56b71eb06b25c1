"""The keys of the cleanup tab: look ahead, take volumes in, run what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.cleanup import CleanupPane


class Preview(Command["CleanupPane"]):
    """Record what a cleanup would remove, item by item; this changes nothing on the server."""

    id, keys, title, short, group, footer = "cleanup.preview", ("p",), "preview", "preview", "Cleanup", 10
    danger, scope = Danger.RECORDS, "server.cleanup.preview"

    def why_off(self, pane: CleanupPane) -> str | None:
        """One at a time."""
        return pane.why_no_preview()

    def run(self, pane: CleanupPane) -> None:
        """Make one."""
        pane.make_preview()


class Volumes(Command["CleanupPane"]):
    """Take unused volumes in, or leave them out again; this makes a new preview, and voids the one on screen."""

    id, keys, title, short, group, footer = (
        "cleanup.volumes",
        ("v",),
        "volumes in/out",
        "volumes",
        "Cleanup",
        20,
    )
    danger, scope = Danger.RECORDS, "server.cleanup.preview"

    def why_off(self, pane: CleanupPane) -> str | None:
        """One at a time."""
        return pane.why_no_preview()

    def run(self, pane: CleanupPane) -> None:
        """Make the other preview."""
        pane.turn_volumes()


class RunCleanup(Command["CleanupPane"]):
    """Remove exactly what the preview on screen lists; asks for the server's name first."""

    id, keys, title, short, group, footer = "cleanup.run", ("!",), "run this cleanup…", "run…", "Cleanup", 25
    danger, scope = Danger.FINAL, "server.cleanup.run"

    def why_off(self, pane: CleanupPane) -> str | None:
        """No preview, an old one, a used one, another choice of volumes, read-only, or a run under way."""
        return pane.why_no_run()

    def run(self, pane: CleanupPane) -> None:
        """Ask."""
        pane.ask_to_run()


CLEANUP_COMMANDS: tuple[AnyCommand, ...] = (Preview, Volumes, RunCleanup)
