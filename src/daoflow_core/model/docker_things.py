"""Everything Docker keeps on a host at one moment, as it was observed for a cleanup."""

from __future__ import annotations

from dataclasses import dataclass

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
    def is_prunable(self) -> bool:
        """Whether `docker builder prune` without `--all` would take it."""
        return not self.in_use and not self.shared and self.kind not in ("internal", "frontend")


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen, and which questions were answered; without an answer a part is empty and says so there."""

    engine_version: str | None
    questions: tuple[Question, ...]
    containers: tuple[Container, ...] = ()
    images: tuple[Image, ...] = ()
    volumes: tuple[Volume, ...] = ()
    cache: tuple[CacheEntry, ...] = ()
    disk: Disk | None = None
    docker_root: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether every question was answered."""
        return all(question.answered for question in self.questions)
