"""What the cleanup tab says of a preview: its groups as a tree, what it frees, what it runs, and how it goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import ValidationError

from daoflow_core.ids import short
from daoflow_core.model.cleanup import CleanupPreview, Group, Item, ItemKind, KeptItem
from daoflow_core.model.operation import Operation
from daoflow_core.stamps import parse_stamp, seconds_between, span
from daoflow_tui.screens.sizes import counted, size
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.plan_tree import Branch
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

COLUMNS = (
    Column("what", "WHAT", 22, flex=True),
    Column("items", "ITEMS", 7, "right"),
    Column("size", "SIZE", 8, "right"),
    Column("state", "STATE", 24),
)
NOUNS = {
    ItemKind.CONTAINER: ("container", "containers"),
    ItemKind.IMAGE: ("image", "images"),
    ItemKind.BUILD_CACHE: ("build cache entry", "build cache entries"),
    ItemKind.VOLUME: ("volume", "volumes"),
}
STAYING = {
    ItemKind.CONTAINER: "containers that stay",
    ItemKind.IMAGE: "images that stay",
    ItemKind.BUILD_CACHE: "build cache that stays",
    ItemKind.VOLUME: "volumes that stay",
}
ID = re.compile(r"\b(?:sha256:)?((?<=id=)[0-9a-z]{20,64}|[0-9a-f]{20,64})\b")
"""Ids of Docker; the name of a volume is never cut."""
LONGEST = 62
"""Characters of a command shown; `y` copies it whole."""


def preview_of(operation: Operation | None) -> CleanupPreview | None:
    """The preview an operation recorded; None when it has none that can be read."""
    if operation is None or "groups" not in operation.result:
        return None
    try:
        return CleanupPreview.of(operation.result)
    except ValidationError:
        return None


def branches(preview: CleanupPreview) -> list[Branch]:
    """A branch for every group, then one for every kind of thing that stays."""
    groups = [group_branch(group) for group in preview.groups]
    kept = [kept_branch(kind, [one for one in preview.kept if one.kind is kind]) for kind in ItemKind]
    return [*groups, *(branch for branch in kept if branch is not None)]


def group_branch(group: Group) -> Branch:
    """What goes, or with `included` False what is left where it is."""
    count = f"{len(group.items):,}" if group.included else f"({len(group.items):,})"
    state: Cell = "will be removed"
    if not group.items:
        state = Toned("none", Role.MUTED)
    elif not group.included:
        state = Toned("KEPT  v includes them", Role.STRONG)
    total = size(group.size_bytes) if group.items or group.size_bytes is not None else "-"
    leaves = tuple(item_row(item) for item in group.items)
    return Branch(f"group {group.kind} {group.title}", group.title, (count, total, state), leaves)


def item_row(item: Item) -> Row:
    """One thing that would go."""
    detail = item.detail or (f"made {span(item.age_seconds)} ago" if item.age_seconds is not None else "")
    name = _named(item.kind, item.id, item.name)
    return Row(f"item {item.kind} {item.id}", (f"    {name}", "", size(item.size_bytes), detail))


def kept_branch(kind: ItemKind, kept: Sequence[KeptItem]) -> Branch | None:
    """What stays of one kind, each with its reason."""
    if not kept:
        return None
    reasons = {one.reason for one in kept}
    known = [one.size_bytes for one in kept if one.size_bytes is not None]
    why = f"kept: {next(iter(reasons))}" if len(reasons) == 1 else "kept, for several reasons"
    cells: tuple[Cell, ...] = (f"({len(kept):,})", size(sum(known)) if known else "-", Toned(why, Role.MUTED))
    leaves = tuple(
        Row(
            f"kept {one.kind} {one.id}",
            (
                Toned(f"    {_named(kind, one.id, one.name)}", Role.MUTED),
                "",
                Toned(size(one.size_bytes), Role.MUTED),
                Toned(one.reason, Role.MUTED),
            ),
        )
        for one in kept
    )
    return Branch(f"kept {kind}", STAYING[kind], cells, leaves)


def _named(kind: ItemKind, identifier: str, name: str) -> str:
    brief = identifier.removeprefix("sha256:")[:12]
    if kind is ItemKind.VOLUME or not name or name == identifier:
        return identifier if kind is ItemKind.VOLUME else brief
    return f"{brief}  {name}"


def age_words(preview: CleanupPreview, now: datetime) -> str:
    """How old it is, and how long it may still be run: `made 2m ago, good for 28m`."""
    age = span(seconds_between(preview.previewed_at, now))
    left = (parse_stamp(preview.expires_at) - now).total_seconds()
    return f"made {age} ago, good for {span(left)}" if left > 0 else f"made {age} ago, too old to run"


def is_expired(preview: CleanupPreview, now: datetime) -> bool:
    """Whether its time to be run is over."""
    return now >= parse_stamp(preview.expires_at)


def summary_lines(preview: CleanupPreview, *, failed: bool = False) -> list[Words]:
    """What is freed, what was not answered unless that is told as a failure above, and what would be run."""
    lines: list[Words] = [_frees(preview)]
    if not failed:
        lines += [[State(sentence, Role.BAD)] for sentence in unanswered(preview)]
    if preview.commands:
        lines += [[], [Toned("Commands that will run, in this order", Role.STRONG)]]
        lines += [["  ", told] for told in in_groups(preview.commands)]
    if preview.item_count:
        lines += [[], ["Only what is listed here is removed; anything newer is left alone and reported."]]
    return lines


def _frees(preview: CleanupPreview) -> list[Piece]:
    if not preview.item_count and preview.complete:
        return [State("Nothing to clean: every question was answered, and nothing is unused.", Role.GOOD)]
    if not preview.item_count:
        return [State("Nothing was found to clean, but not every question was answered.", Role.LOOK)]
    items = counted(preview.item_count, "item")
    words: list[Piece] = [
        Toned("Frees about  ", Role.MUTED),
        Toned(size(preview.foretold_bytes), Role.STRONG),
    ]
    more = up_to(preview.foretold_bytes, preview.foretold_at_most)
    return [*words, f"{more} in {items}", Toned(_disk_after(preview), Role.MUTED)]


def up_to(sure: int | None, most: int | None) -> str:
    """`, up to 14.1 GB`: what may come free beyond what is sure to."""
    return f", up to {size(most)}" if most is not None and most > (sure or 0) else ""


def _disk_after(preview: CleanupPreview) -> str:
    disk = preview.disk_before
    if disk is None or not disk.total_bytes or disk.used_bytes is None or preview.foretold_bytes is None:
        return ""
    after = max(disk.used_bytes - preview.foretold_bytes, 0)
    before = disk.used_percent
    if before is None:
        return ""
    gain = round((disk.used_bytes - after) / disk.total_bytes * 100)
    return f"   disk {disk.mount} from {before}% to about {before - gain}%"


def unanswered(preview: CleanupPreview) -> list[str]:
    """`Could not ask about build cache (exit 1)`, one for each question without an answer."""
    missing = [one for one in preview.questions if not one.answered]
    return [f"Could not ask about {one.name}" + (f" ({one.reason})" if one.reason else "") for one in missing]


def shortened(command: str) -> str:
    """A command that fits a line: ids are cut, and how many words are missing is told."""
    brief = ID.sub(lambda found: f"{found[1][:12]}…", command)
    if len(brief) <= LONGEST:
        return brief
    words = brief.split()
    kept = words[:1]
    while len(" ".join(kept)) + len(words[len(kept)]) < LONGEST:
        kept.append(words[len(kept)])
    return f"{' '.join(kept)} … and {len(words) - len(kept):,} more"


def in_groups(commands: Sequence[str]) -> list[str]:
    """Commands that differ in their last word alone as one: `docker image rm --no-prune 19ac00… (14 such)`."""
    groups: dict[str, list[str]] = {}
    for command in commands:
        groups.setdefault(_verb(command), []).append(command)
    return [
        shortened(same[0]) + (f"  ({len(same):,} such)" if len(same) > 1 else "") for same in groups.values()
    ]


def _verb(command: str) -> str:
    return command[: max(command.rfind(" "), command.rfind("id="))]


def removed_words(preview: CleanupPreview) -> str:
    """`6 containers, 14 images, 88 build cache entries`: what a run would take."""
    numbers = {
        kind: sum(len(group.items) for group in preview.groups if group.included and group.kind is kind)
        for kind in ItemKind
    }
    return ", ".join(counted(number, *NOUNS[kind]) for kind, number in numbers.items() if number) or "nothing"


def volume_names(preview: CleanupPreview) -> list[str]:
    """The volumes a run would take; a volume's id is its name."""
    groups = (one for one in preview.groups if one.included and one.kind is ItemKind.VOLUME)
    return [item.id for group in groups for item in group.items]


def as_text(operation: Operation, preview: CleanupPreview) -> str:
    """The whole plan as plain text, for a ticket or a colleague."""
    return "\n".join(_text_lines(operation, preview))


def _text_lines(operation: Operation, preview: CleanupPreview) -> Iterator[str]:
    yield f"Cleanup preview {operation.id} of {operation.server_name}, {preview.previewed_at}"
    for group in preview.groups:
        yield f"{group.title}: {len(group.items)}, {size(group.size_bytes)}" + (
            "" if group.included else " (kept)"
        )
        for item in group.items:
            yield f"  {item.id}  {item.name}  {size(item.size_bytes)}  {item.detail}"
    yield f"frees about {size(preview.foretold_bytes)} in {counted(preview.item_count, 'item')}"
    yield from preview.commands


def title_of(operation: Operation, preview: CleanupPreview, now: datetime, *, narrow: bool) -> str:
    """What stands after the pane's name."""
    words = age_words(preview, now)
    return f"{short(operation.id)}  {words.replace('made ', '').replace(' ago', ' old') if narrow else words}"
