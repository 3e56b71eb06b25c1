"""Everything Docker keeps on a host at one moment, as it was observed for a cleanup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from daoflow_core.model.cleanup import Question
from daoflow_core.model.resources import Disk


@dataclass(frozen=True, slots=True)
class Container:
    """One container; `mark` changes whenever it is started or ends."""

    id: str
    name: str
    image_id: str
    state: str
    status: str
    size_bytes: int | None
    created_at: str | None
    mark: str
    volumes: tuple[str, ...] = ()

    @property
    def is_stopped(self) -> bool:
        """Whether `docker container prune` would take it: created, exited or dead."""
        return self.state in ("created", "exited", "dead")


@dataclass(frozen=True, slots=True)
class Image:
    """One image; `unique_bytes` belongs to no other image, but may belong to the build cache."""

    id: str
    name: str
    dangling: bool
    size_bytes: int | None
    unique_bytes: int | None
    created_at: str | None


@dataclass(frozen=True, slots=True)
class ImageNode:
    """One image, or one step that the older builder keeps below one; `names` counts tags."""

    id: str
    names: int
    created_at: str | None
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One step of an image's history: the second it was made, its bytes, and what made it."""

    made_at: str | None
    size_bytes: int
    made_by: str


@dataclass(frozen=True, slots=True)
class Volume:
    """One volume; `links` counts the containers that hold it, stopped ones too."""

    name: str
    anonymous: bool
    links: int | None
    size_bytes: int | None
    created_at: str | None


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """One entry of the build cache; `mark` is when it was used last, in Docker's own words."""

    id: str
    parents: tuple[str, ...]
    kind: str
    description: str
    in_use: bool
    shared: bool
    size_bytes: int | None
    created_at: str | None
    mark: str

    @property
    def is_prunable_alone(self) -> bool:
        """Whether `docker builder prune` without `--all` would take it if no image had the same layer."""
        return not self.in_use and self.kind not in ("internal", "frontend")

    @property
    def is_prunable(self) -> bool:
        """Whether `docker builder prune` without `--all` would take it now."""
        return self.is_prunable_alone and not self.shared


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen, and which questions were answered; without an answer a part is empty and says so there.

    `layers` holds each image's history, lowest first; it is empty where no image is untagged.
    """

    engine_version: str | None
    questions: tuple[Question, ...]
    containers: tuple[Container, ...] = ()
    images: tuple[Image, ...] = ()
    volumes: tuple[Volume, ...] = ()
    cache: tuple[CacheEntry, ...] = ()
    nodes: tuple[ImageNode, ...] = ()
    layers: Mapping[str, tuple[Layer, ...]] = field(default_factory=dict)
    disk: Disk | None = None
    docker_root: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every question was answered."""
        return all(question.answered for question in self.questions)

    def ids(self) -> frozenset[str]:
        """Everything that is there by its id; a volume's is its name."""
        found = {one.id for one in self.containers} | {one.id for one in self.images}
        found |= {one.id for one in self.nodes} | {one.id for one in self.cache}
        return frozenset(found | {one.name for one in self.volumes})
