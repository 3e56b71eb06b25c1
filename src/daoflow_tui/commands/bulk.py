"""The same for many servers at once, and the keys of the view that shows how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol

from daoflow_tui.commands.base import AnyCommand, Command, Danger
from daoflow_tui.commands.rows import NO_ROW

if TYPE_CHECKING:
    from daoflow_tui.screens.bulk_progress import BulkProgress
    from daoflow_tui.screens.fleet import ServerView


class HasChosen(Protocol):
    """A place with servers to do something with."""

    @property
    def chosen(self) -> Sequence[ServerView]:
        """The marked servers, else the one under the cursor."""

    def plan(self) -> None:
        """Offer what can be planned."""

    def begin_bulk(self, kind: str) -> None:
        """Ask it of every chosen server, and show how it goes."""

    def open_progress(self) -> None:
        """Show how the newest one goes."""

    def why_no_progress(self) -> str | None:
        """Why there is nothing to show."""


class _OfChosen(Command[HasChosen]):
    group = "Many servers"

    def why_off(self, place: HasChosen) -> str | None:
        return None if place.chosen else NO_ROW


class Plan(_OfChosen):
    """Look ahead on the server, or on all marked servers: a cleanup preview or a patch plan; this changes nothing."""

    id, keys, title, short, footer = "server.plan", ("p",), "plan…", "plan…", 31
    danger, scope = Danger.RECORDS, "server.cleanup.preview"

    def run(self, place: HasChosen) -> None:
        """Offer both."""
        place.plan()


class _Bulk(_OfChosen):
    kind: ClassVar[str] = ""

    def run(self, place: HasChosen) -> None:
        place.begin_bulk(self.kind)


class CheckMany(_Bulk):
    """Check every marked server, and watch how far it is."""

    id, title, scope, kind = (
        "servers.checks",
        "checks of all marked servers",
        "server.check",
        "readiness_check",
    )


class CheckResourcesOfMany(_Bulk):
    """Read the resources of every marked server, and watch how far it is."""

    id, title, kind = "servers.resource-checks", "resource checks of all marked servers", "resource_check"
    scope = "server.resources.check"


class PreviewMany(_Bulk):
    """Preview a cleanup on every marked server; this changes nothing on any of them."""

    id, title, kind = "servers.cleanup-previews", "cleanup previews of all marked servers", "cleanup_preview"
    danger, scope = Danger.RECORDS, "server.cleanup.preview"


class PlanMany(_Bulk):
    """Plan the package updates of every marked server; this installs nothing on any of them."""

    id, title, kind = "servers.patch-plans", "patch plans of all marked servers", "patch_plan"
    danger, scope = Danger.RECORDS, "server.patch.plan"


class Progress(Command[HasChosen]):
    """Show how far the newest bulk command is: done, failed, running, left."""

    id, title, group = "servers.progress", "progress of the newest bulk command", "Many servers"

    def why_off(self, place: HasChosen) -> str | None:
        """There has to be one."""
        return place.why_no_progress()

    def run(self, place: HasChosen) -> None:
        """Open it."""
        place.open_progress()


class CancelBulk(Command["BulkProgress"]):
    """Cancel what still runs and what is left; none of it changes a server, and what is done stays recorded."""

    id, keys, title, short, group, footer = (
        "bulk.cancel",
        ("x",),
        "cancel the rest…",
        "cancel",
        "Many servers",
        20,
    )

    def why_off(self, place: BulkProgress) -> str | None:
        """Only while something runs or is left."""
        return None if place.bulk.is_open else "Nothing is left to cancel: every server has its outcome."

    def run(self, place: BulkProgress) -> None:
        """Ask."""
        place.ask_to_cancel()


MANY: tuple[AnyCommand, ...] = (CheckMany, CheckResourcesOfMany, PreviewMany, PlanMany, Progress)
BULK_COMMANDS: tuple[AnyCommand, ...] = (CancelBulk,)
