"""Answers about tunnels: each field named here and nowhere taken from a record whole; never a credential."""

from __future__ import annotations

from typing import Any, Literal

from daoflow_tui.cli.answers.base import Answer, Moment
from daoflow_tui.cli.answers.records import Operation


class Mapping(Answer):
    """Whether a route's service runs on a registered server, as far as is known, and why that is said."""

    state: Literal["mapped", "unmapped", "unknown"]
    serverId: str | None
    serverName: str | None
    service: str | None
    reason: str


class Check(Answer):
    """How a route answered over HTTPS when it was asked last."""

    outcome: str
    status: int | None
    latencyMs: int | None
    detail: str | None
    at: Moment


class Route(Answer):
    """A recorded route; `hostname` is in its ASCII form."""

    id: str
    tunnelId: str
    hostname: str
    displayHostname: str
    service: str
    path: str | None
    status: Literal["active", "stale"]
    source: Literal["manual", "provider"]
    lastSeenAt: Moment
    mapping: Mapping | None
    check: Check | None
    createdAt: Moment
    updatedAt: Moment


class Config(Answer):
    """Who runs a tunnel's far end, and where its routes are configured when that is known."""

    provider: Literal["manual", "cloudflare"]
    source: str | None


class PendingRotation(Answer):
    """A rotation at the provider whose outcome is not known."""

    operationId: str
    startedAt: Moment
    startedBy: str


class TunnelFailure(Answer):
    """Why the newest look at the provider failed."""

    at: Moment
    error: str
    code: str


class Tunnel(Answer):
    """A tunnel as it stands; `tunnelId` is its id at the provider; null is not known."""

    id: str
    name: str
    tunnelId: str | None
    accountId: str | None
    domain: str | None
    status: Literal["inactive", "active", "error"]
    state: Literal["in step", "drifted", "unknown", "unavailable", "failing", "rotation unknown"]
    config: Config
    hasCredentials: bool
    credentialsAt: Moment | None
    rotatedAt: Moment | None
    pendingRotation: PendingRotation | None
    health: str | None
    connections: int | None
    observedAt: Moment | None
    syncedAt: Moment | None
    failure: TunnelFailure | None
    routes: list[Route]
    createdAt: Moment
    updatedAt: Moment


class Tunnels(Answer):
    """Every tunnel."""

    tunnels: list[Tunnel]


class TunnelShow(Answer):
    """One tunnel."""

    tunnel: Tunnel


class TunnelSynced(TunnelShow):
    """The operation that planned or synced, the difference it found, and the tunnel as it stands now."""

    status: str
    operation: Operation
    result: dict[str, Any]


class TunnelChecked(Answer):
    """The operation that asked, and how each route answered."""

    status: str
    operation: Operation
    result: dict[str, Any]


class TunnelRotated(TunnelShow):
    """A tunnel after its rotation; the last three are null when only our copy was replaced."""

    operation: Operation | None
    rotation: dict[str, Any] | None
    tokenFile: str | None


class TunnelDeleted(Answer):
    """A tunnel's record that is gone, and the routes that went with it; nothing changed at its provider."""

    deleted: Literal[True]
    tunnelId: str
    name: str
    routes: list[Route]


class StaleRoute(Route):
    """A route that was not seen any more."""

    tunnelName: str


class StaleRoutes(Answer):
    """The stale routes that were removed, or with `--dry-run` would be."""

    removed: bool
    count: int
    routes: list[StaleRoute]
