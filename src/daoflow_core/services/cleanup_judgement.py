"""From what Docker keeps to what a cleanup would remove, exactly, and what stays and why; a pure function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from daoflow_core.clock import parse_stamp, span, stamp
from daoflow_core.model.cleanup import (
    PREVIEW_MINUTES,
    CleanupPreview,
    Group,
    Item,
    ItemKind,
    KeptItem,
)
from daoflow_core.model.docker_things import CacheEntry, Container, Image, ImageNode, Observation, Volume
from daoflow_core.services.cleanup_layers import LayerLedger, images_that_go


def preview_of(seen: Observation, *, include_volumes: bool, began_at: str) -> CleanupPreview:
    """The preview that stands on one observation; `began_at` is the stamp from which its half hour runs."""
    now = parse_stamp(began_at)
    containers = [_container(one, now) for one in seen.containers if one.is_stopped and one.mark]
    leaving = {item.id for item in containers}
    held = frozenset(one.image_id for one in seen.containers if one.id not in leaving)
    nodes = images_that_go(seen, held)
    ledger = LayerLedger(seen, frozenset(node.id for node in nodes))
    entries = children_first(_removable(seen.cache, ledger))
    images = _images(seen, nodes, leaving, now)
    cache = [_cache(one, now) for one in entries]
    volumes = [_volume(one, now) for one in seen.volumes if one.links == 0 and one.created_at]
    groups = (
        _group(ItemKind.CONTAINER, "stopped containers", containers),
        _group(ItemKind.IMAGE, "dangling images", images),
        _group(ItemKind.BUILD_CACHE, "build cache", cache),
        _group(ItemKind.VOLUME, "unused volumes", volumes, included=include_volumes),
    )
    chosen = [group for group in groups if group.included]
    least, most = _foretell(chosen, seen, ledger)
    return CleanupPreview(
        include_volumes=include_volumes,
        engine_version=seen.engine_version,
        complete=seen.is_complete,
        questions=seen.questions,
        groups=groups,
        kept=tuple(_kept(seen, groups, leaving)),
        item_count=sum(len(group.items) for group in chosen),
        foretold_bytes=least if seen.is_complete else None,
        foretold_at_most=most if seen.is_complete else None,
        disk_before=seen.disk,
        previewed_at=began_at,
        expires_at=stamp(now + timedelta(minutes=PREVIEW_MINUTES)),
        commands=tuple(command_of(item) for group in chosen for item in group.items),
        exited_containers=len(containers) if seen.is_complete else None,
        dangling_images=len(images) if seen.is_complete else None,
        build_cache_items=len(cache) if seen.is_complete else None,
        volumes_included=include_volumes,
    )


def command_of(item: Item) -> str:
    """The Docker command that removes one item."""
    if item.kind is ItemKind.BUILD_CACHE:
        return f"docker builder prune -f --filter id={item.id}"
    if item.kind is ItemKind.IMAGE:
        return f"docker image rm --no-prune {item.id}"
    return f"docker {item.kind.value} rm {item.id}"


def children_first(entries: Iterable[CacheEntry]) -> list[CacheEntry]:
    """Build cache in an order in which each entry can go: one that others stand on comes after them."""
    waiting = {entry.id: entry for entry in entries}
    ordered: list[CacheEntry] = []
    while waiting:
        parents = {parent for entry in waiting.values() for parent in entry.parents}
        free = [entry for entry in waiting.values() if entry.id not in parents] or list(waiting.values())
        ordered += free
        for entry in free:
            del waiting[entry.id]
    return ordered


def _removable(entries: Iterable[CacheEntry], ledger: LayerLedger) -> list[CacheEntry]:
    """What a prune takes once the images are gone: nothing that a kept entry stands on."""
    found = {one.id: one for one in entries}
    going = {
        one.id: one
        for one in found.values()
        if one.is_prunable or (one.is_prunable_alone and ledger.frees(one))
    }
    pinned = [parent for one in found.values() if one.id not in going for parent in one.parents]
    while pinned:
        entry = going.pop(pinned.pop(), None)
        if entry is not None:
            pinned += entry.parents
    return list(going.values())


def _foretell(chosen: Iterable[Group], seen: Observation, ledger: LayerLedger) -> tuple[int, int]:
    """Bytes that come free, and those that may: build cache that stays can hold layers of an untagged image."""
    groups = {group.kind: group for group in chosen}
    listed = {item.id for item in groups[ItemKind.BUILD_CACHE].items}
    own = sum(one.size_bytes or 0 for one in seen.cache if one.id in listed and not one.shared)
    rest = own + sum(
        groups[kind].size_bytes or 0 for kind in (ItemKind.CONTAINER, ItemKind.VOLUME) if kind in groups
    )
    held = [one for one in seen.cache if one.id not in listed]
    return rest + ledger.bytes_freed(held), rest + ledger.bytes_freed()


def _group(kind: ItemKind, title: str, items: list[Item], *, included: bool = True) -> Group:
    known = [item.size_bytes for item in items if item.size_bytes is not None]
    return Group(
        kind=kind,
        title=title,
        included=included,
        items=tuple(items),
        size_bytes=sum(known) if known or not items else None,
    )


def _age(created_at: str | None, now: datetime) -> int | None:
    return max(0, int((now - parse_stamp(created_at)).total_seconds())) if created_at else None


def _container(one: Container, now: datetime) -> Item:
    return Item(
        kind=ItemKind.CONTAINER,
        id=one.id,
        name=one.name,
        size_bytes=one.size_bytes,
        created_at=one.created_at,
        age_seconds=_age(one.created_at, now),
        detail=one.status.lower() or one.state,
        mark=one.mark,
    )


def _images(seen: Observation, nodes: list[ImageNode], leaving: set[str], now: datetime) -> list[Item]:
    tops = {one.id: one for one in seen.images}
    users = {one.image_id: one.name for one in seen.containers if one.id in leaving}
    return [_image(node, tops.get(node.id), users.get(node.id), now) for node in nodes]


def _image(node: ImageNode, top: Image | None, user: str | None, now: datetime) -> Item:
    age = _age(node.created_at, now)
    what = "no tag" if top else "a step below an image without a tag"
    made = "" if age is None else f", made {span(age)} ago"
    return Item(
        kind=ItemKind.IMAGE,
        id=node.id,
        name=top.name if top else node.id[7:19],
        size_bytes=top.unique_bytes if top else 0,
        created_at=node.created_at,
        age_seconds=age,
        detail=f"{what}{made}" + (f", in the stopped container {user}" if user else ""),
    )


def _cache(one: CacheEntry, now: datetime) -> Item:
    return Item(
        kind=ItemKind.BUILD_CACHE,
        id=one.id,
        name=one.description or one.kind,
        size_bytes=one.size_bytes,
        created_at=one.created_at,
        age_seconds=_age(one.created_at, now),
        detail=f"{one.kind}, shared with an image that goes" if one.shared else one.kind,
        mark=one.mark,
    )


def _volume(one: Volume, now: datetime) -> Item:
    created = one.created_at or ""
    age = int(max(0.0, (now - _loose(created)).total_seconds()))
    return Item(
        kind=ItemKind.VOLUME,
        id=one.name,
        name=one.name,
        size_bytes=one.size_bytes,
        created_at=stamp(_loose(created)),
        age_seconds=age,
        detail=f"{'anonymous' if one.anonymous else 'named'}, made {span(age)} ago",
        mark=created,
    )


def _loose(created: str) -> datetime:
    """The moment in Docker's own stamp of a volume, which the parser has found to be one."""
    return datetime.fromisoformat(created.replace("Z", "+00:00"))


def _holders(image: Image, seen: Observation, leaving: set[str]) -> list[Container]:
    """The containers that keep an image after the stopped ones are gone."""
    return [one for one in seen.containers if one.image_id == image.id and one.id not in leaving]


def _kept(seen: Observation, groups: tuple[Group, ...], leaving: set[str]) -> Iterator[KeptItem]:
    going = {(group.kind, item.id) for group in groups for item in group.items}
    for one in seen.containers:
        if (ItemKind.CONTAINER, one.id) not in going:
            reason = f"it is {one.state or 'in a state Docker does not tell'}"
            yield _stays(ItemKind.CONTAINER, one.id, one.name, one.size_bytes, reason)
    for image in seen.images:
        if (ItemKind.IMAGE, image.id) not in going:
            yield _stays(
                ItemKind.IMAGE, image.id, image.name, image.unique_bytes, _why_image(image, seen, leaving)
            )
    for entry in seen.cache:
        if (ItemKind.BUILD_CACHE, entry.id) not in going:
            words = entry.description or entry.kind
            yield _stays(ItemKind.BUILD_CACHE, entry.id, words, entry.size_bytes, _why_cache(entry))
    for volume in seen.volumes:
        if (ItemKind.VOLUME, volume.name) not in going:
            yield _stays(
                ItemKind.VOLUME, volume.name, volume.name, volume.size_bytes, _why_volume(volume, seen)
            )


def _stays(kind: ItemKind, id: str, name: str, size: int | None, reason: str) -> KeptItem:  # noqa: A002
    return KeptItem(kind=kind, id=id, name=name, size_bytes=size, reason=reason)


def _why_image(image: Image, seen: Observation, leaving: set[str]) -> str:
    holders = [one.name for one in _holders(image, seen, leaving)]
    if holders:
        return f"used by {', '.join(sorted(holders)[:3])}{' and others' if len(holders) > 3 else ''}"
    if image.dangling:
        return "an image that stays was made from it"
    return "in no container, but it has a tag: never removed by default"


def _why_cache(entry: CacheEntry) -> str:
    if entry.in_use:
        return "in use"
    if not entry.is_prunable_alone:
        return f"{entry.kind}: only a full prune takes it"
    return "shared with an image that stays" if entry.shared else "build cache that stays was made from it"


def _why_volume(volume: Volume, seen: Observation) -> str:
    users = sorted(one.name for one in seen.containers if volume.name in one.volumes)
    if users:
        return f"used by {', '.join(users[:3])}{' and others' if len(users) > 3 else ''}"
    if volume.links == 0:
        return "its age could not be read, so it could not be told from a newer one of that name"
    return "in use" if volume.links else "Docker does not tell whether it is used"
