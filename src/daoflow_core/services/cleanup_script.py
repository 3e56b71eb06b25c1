"""The lines of sh that remove exactly the items of a preview."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from daoflow_core.model.cleanup import CleanupPreview, Item, ItemKind
from daoflow_core.parse.docker_things import CACHE_ID, CONTAINER_ID, IMAGE_ID, VOLUME_NAME
from daoflow_core.preview_errors import PreviewMismatch

RULES: dict[ItemKind, re.Pattern[str]] = {
    ItemKind.CONTAINER: CONTAINER_ID,
    ItemKind.IMAGE: IMAGE_ID,
    ItemKind.BUILD_CACHE: CACHE_ID,
    ItemKind.VOLUME: VOLUME_NAME,
}
_TAKES = {
    ItemKind.CONTAINER: "dft_take_container",
    ItemKind.IMAGE: "dft_take_image",
    ItemKind.BUILD_CACHE: "dft_take_cache",
    ItemKind.VOLUME: "dft_take_volume",
}
STEP_SECONDS = 120
"""How long Docker may take for one answer: measuring many volumes, or removing one large image."""
_REACH = "dft_limit=10 && dft_reach_docker"
_PATIENT = f"dft_limit={STEP_SECONDS}"
_TOTALS = "dft_docker_step totals system df --format '{{json .}}'"
AFTER = "after-"
"""What the steps of the observation after the removals begin with."""


def observing_script() -> str:
    """Reach Docker, then see everything."""
    return f"{_REACH} && {_PATIENT} && dft_observe '' && {_TOTALS}"


def removing_script(preview: CleanupPreview) -> str:
    """Reach Docker, remove item by item, then see everything again. Raises PreviewMismatch for a part of an id."""
    lines = [f"if {_REACH}; then", _PATIENT, "dft_disk disk"]
    looked = False
    for number, item in enumerate(items_of(preview)):
        if item.kind is ItemKind.BUILD_CACHE and not looked:
            lines.append("dft_cache_now")  # after the images: what only they shared is free now
            looked = True
        lines.append(_line(number, item))
    return "\n".join([*lines, f"dft_observe {AFTER}", "fi"])


def items_of(preview: CleanupPreview) -> Iterator[Item]:
    """Every item that a run removes, in the order of the run: containers first, since they hold images and volumes."""
    for group in preview.groups:
        if group.included:
            yield from group.items


def step_of(number: int) -> str:
    """The name of the step that removes the item with this number in the run's order."""
    return f"item-{number}"


def _line(number: int, item: Item) -> str:
    if not RULES[item.kind].fullmatch(item.id):
        raise PreviewMismatch(
            f"The preview holds an id that is not whole: {item.id[:80]!a}.",
            why="A part of an id could match more than the one item.",
            next_step="Make a new preview.",
        )
    words = [_TAKES[item.kind], step_of(number), item.id]
    if item.kind is not ItemKind.IMAGE:
        words.append(item.mark)
    return " ".join(shlex.quote(word) for word in words)
