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
from daoflow_core.model.docker_things import CacheEntry, Container, Image, Observation, Volume


def preview_of(seen: Observation, *, include_volumes: bool, began_at: str) -> CleanupPreview:
    """The preview that stands on one observation; `began_at` is the stamp from which its half hour runs."""
    now = parse_stamp(began_at)
    containers = [_container(one, now) for one in seen.containers if one.is_stopped and one.mark]
    leaving = {item.id for item in containers}
    images = [_image(one, now) for one in seen.images if one.dangling and not _holders(one, seen, leaving)]
    cache = [_cache(one, now) for one in children_first(one for one in seen.cache if one.is_prunable)]
    volumes = [_volume(one, now) for one in seen.volumes if one.links == 0 and one.created_at]
    groups = (
        _group(ItemKind.CONTAINER, "stopped containers", containers),
        _group(ItemKind.IMAGE, "dangling images", images),
        _group(ItemKind.BUILD_CACHE, "build cache", cache),
        _group(ItemKind.VOLUME, "unused volumes", volumes, included=include_volumes),
    )
    chosen = [group for group in groups if group.included]
    least, most = _foretell(chosen, seen)
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


def _foretell(chosen: Iterable[Group], seen: Observation) -> tuple[int, int]:
    """Bytes that surely come free, and those that may: shared build cache can hold layers of a dangling image."""
    sizes = {group.kind: group.size_bytes or 0 for group in chosen}
    image_bytes = sizes.pop(ItemKind.IMAGE, 0)
    held = min(image_bytes, sum(entry.size_bytes or 0 for entry in seen.cache if entry.shared))
    rest = sum(sizes.values())
    return rest + image_bytes - held, rest + image_bytes


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


def _image(one: Image, now: datetime) -> Item:
    age = _age(one.created_at, now)
    return Item(
        kind=ItemKind.IMAGE,
        id=one.id,
        name=one.name,
        size_bytes=one.unique_bytes if one.unique_bytes is not None else one.size_bytes,
        created_at=one.created_at,
        age_seconds=age,
        detail="no tag" if age is None else f"no tag, made {span(age)} ago",
    )


def _cache(one: CacheEntry, now: datetime) -> Item:
    return Item(
        kind=ItemKind.BUILD_CACHE,
        id=one.id,
        name=one.description or one.kind,
        size_bytes=one.size_bytes,
        created_at=one.created_at,
        age_seconds=_age(one.created_at, now),
        detail=one.kind,
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
            reason = (
                "in use"
                if entry.in_use
                else "shared with an image"
                if entry.shared
                else f"{entry.kind}: only a full prune takes it"
            )
            yield _stays(
                ItemKind.BUILD_CACHE, entry.id, entry.description or entry.kind, entry.size_bytes, reason
            )
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
    return "in no container, but it has a tag: never removed by default"


def _why_volume(volume: Volume, seen: Observation) -> str:
    users = sorted(one.name for one in seen.containers if volume.name in one.volumes)
    if users:
        return f"used by {', '.join(users[:3])}{' and others' if len(users) > 3 else ''}"
    if volume.links == 0:
        return "its age could not be read, so it could not be told from a newer one of that name"
    return "in use" if volume.links else "Docker does not tell whether it is used"
