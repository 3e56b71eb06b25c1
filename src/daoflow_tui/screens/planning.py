"""What can be planned for a server, or for several: a choice, then one tab or one view of the progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.screens.errands import ERRANDS
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet

if TYPE_CHECKING:
    from daoflow_tui.screens.server_actions import ServerActions

CHOICES = (
    Choice("cleanup_preview", "cleanup preview", "what Docker keeps and nobody uses, item by item"),
    Choice("patch_plan", "patch plan", "which package updates the host could take"),
)


def choose_plan(place: ServerActions) -> None:
    """Offer them; each of these records, and changes nothing."""
    chosen = list(place.chosen)
    who = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} servers"

    def take(kind: str | None) -> None:
        if kind is not None:
            place.begin_bulk(kind)

    place.app.push_screen(ChoiceSheet(f"Look ahead on {who}", CHOICES), take)


def why_refused(place: ServerActions, kind: str) -> str | None:
    """Why an errand is off for this session."""
    return place.program.why_denied(ERRANDS[kind].action)
