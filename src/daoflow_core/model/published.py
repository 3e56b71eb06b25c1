"""Services that run on registered servers, as far as observations tell: what a tunnel's route can lead to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedService:
    """One service on one server: the ports that it publishes, and the ports of its own behind them."""

    server_id: str
    server_name: str
    name: str
    published: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """Every service that is known, and the servers of which no service list is known: none, or too old."""

    services: tuple[PublishedService, ...] = ()
    unseen: tuple[str, ...] = ()
