"""The question before a cleanup runs: what goes, what stays, that there is no way back, and what to type."""

from __future__ import annotations

from daoflow_core.ids import short
from daoflow_core.model.cleanup import CleanupPreview
from daoflow_core.model.operation import Operation
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.panes.cleanup_words import age_words, removed_words, up_to, volume_names
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import Asked, TypedSheet
from daoflow_tui.screens.sizes import counted, size

NAMED = 6
"""Volumes named in the sheet; the tree behind it has all of them."""


def cleanup_sheet(
    view: ServerView, preview: Operation, planned: CleanupPreview, desk: Desk
) -> TypedSheet | ConfirmSheet:
    """Typed; volumes ask for their number as well. `confirm = "sheet"` softens it outside prod, never for volumes."""
    volumes = len(volume_names(planned))
    question = Question(
        title=f"Run this cleanup on {view.name}?",
        server=view,
        changes=f"removes {removed_words(planned)}; frees about {_freed(planned)}{_named(planned)}",
        stays=_stays(planned),
        undo=_undo(volumes),
        recorded=f"as cleanup_run from preview {short(preview.id)}, in the history and the audit trail",
        apply="Run cleanup",
        plan=f"{short(preview.id)}, {age_words(planned, desk.now())}",
    )
    if desk.start.settings.confirm == "sheet" and not view.is_prod and not volumes:
        return ConfirmSheet(question)
    number = Asked("Volumes that go", str(volumes), "the number of volumes that are removed with their data")
    return TypedSheet(question, view.name, "the server's name", also=(number,) if volumes else ())


def _stays(planned: CleanupPreview) -> str:
    volumes = "every volume; " if not planned.include_volumes else "every volume in use or not listed; "
    return f"{volumes}what is not in the list or changed since, which is left alone and reported"


def _undo(volumes: int) -> str:
    images = "removed layers must be pulled or built again"
    gone = f"the data of {counted(volumes, 'volume')} is gone for good; " if volumes else ""
    return f"none: {gone}{images}"


def _freed(planned: CleanupPreview) -> str:
    return size(planned.foretold_bytes) + up_to(planned.foretold_bytes, planned.foretold_at_most)


def _named(planned: CleanupPreview) -> str:
    """The volumes by name: they hold data."""
    names = volume_names(planned)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"; the volumes are {', '.join(names[:NAMED])}{more}" if names else ""
