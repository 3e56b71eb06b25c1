"""A cleanup as it is foretold and as it went, item by item."""

from __future__ import annotations

from enum import StrEnum

from daoflow_core.model.resources import Disk, DiskUsage
from daoflow_core.model.stored import Stored

PREVIEW_MINUTES = 30
"""How old a preview may be when a run begins."""


class ItemKind(StrEnum):
    """What Docker's safe prunes take, and volumes when asked."""

    CONTAINER = "container"
    IMAGE = "image"
    BUILD_CACHE = "build_cache"
    VOLUME = "volume"


class Item(Stored):
    """One thing that a run would remove; `id` is whole. A volume's id is its name.

    `detail` says in words what it is ("exited 9d ago, status 0"). `mark` is what must still hold at the run:
    an item whose mark differs then has changed, and is left alone.
    """

    kind: ItemKind
    id: str
    name: str
    size_bytes: int | None = None
    created_at: str | None = None
    age_seconds: int | None = None
    detail: str = ""
    mark: str = ""


class KeptItem(Stored):
    """One thing that stays, and why."""

    kind: ItemKind
    id: str
    name: str
    size_bytes: int | None = None
    reason: str


class Group(Stored):
    """Items of one kind; `included` False means that the run leaves them (volumes nobody asked to remove)."""

    kind: ItemKind
    title: str
    included: bool = True
    items: tuple[Item, ...] = ()
    size_bytes: int | None = None


class Question(Stored):
    """One thing that was asked of Docker for a preview, and whether it was answered."""

    name: str
    answered: bool
    reason: str | None = None


class CleanupPreview(Stored):
    """What a run would remove, exactly, and what stays; complete only when every question was answered.

    `foretold_bytes` is what is sure to come free. Layers of a dangling image may live on in the build cache, so up to
    `foretold_at_most` may. Both are about: Docker tells sizes in four digits.

    The fields after `commands` are the reference product's. The last three say which host it was made on, and when
    by the clock of this machine that nobody can set; a run compares them.
    """

    include_volumes: bool
    engine_version: str | None = None
    complete: bool
    questions: tuple[Question, ...] = ()
    groups: tuple[Group, ...] = ()
    kept: tuple[KeptItem, ...] = ()
    item_count: int = 0
    foretold_bytes: int | None = None
    foretold_at_most: int | None = None
    disk_before: Disk | None = None
    previewed_at: str
    expires_at: str
    commands: tuple[str, ...] = ()
    exited_containers: int | None = None
    dangling_images: int | None = None
    build_cache_items: int | None = None
    volumes_included: bool = False
    docker_disk_usage: tuple[DiskUsage, ...] | None = None
    host_key_fingerprint: str | None = None
    boot_id: str | None = None
    monotonic_seconds: float | None = None


class ItemOutcome(StrEnum):
    """How it went with one item of a run."""

    REMOVED = "removed"
    GONE = "gone"
    KEPT = "kept"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ItemResult(Stored):
    """One item after a run; `reason` says why it was kept, failed, or is not known."""

    kind: ItemKind
    id: str
    name: str
    size_bytes: int | None = None
    outcome: ItemOutcome
    reason: str | None = None


class CommandResult(Stored):
    """One command of a run, in the reference's fields; `exit_code` None means that its end was not seen."""

    command: str
    exit_code: int | None = None
    output: tuple[str, ...] = ()
    seconds: float | None = None


class CleanupRun(Stored):
    """What a run did, judged by each command's end and by what is there afterwards.

    `freed_bytes` is measured on the file system of Docker's own folder, so other writers there count as well; None
    where it could not be measured, or grew meanwhile. `newcomers` are things like the removed ones that are not in the
    preview: they were left alone.
    """

    preview_id: str
    include_volumes: bool
    results: tuple[ItemResult, ...] = ()
    removed: int = 0
    gone: int = 0
    kept: int = 0
    failed: int = 0
    unknown: int = 0
    newcomers: int | None = None
    foretold_bytes: int | None = None
    foretold_at_most: int | None = None
    freed_bytes: int | None = None
    disk_before: Disk | None = None
    disk_after: Disk | None = None
    command_results: tuple[CommandResult, ...] = ()
