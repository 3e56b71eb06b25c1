"""Services that run on registered servers, as far as observations tell: what a tunnel's route can lead to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedService:
    """One service on one server. `ports` are those it publishes or listens on, None where that is not known."""

    server_id: str
    server_name: str
    name: str
    ports: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Directory:
    """Every service that is known, and the servers of which no service list is known: none, or too old."""

    services: tuple[PublishedService, ...] = ()
    unseen: tuple[str, ...] = ()
