"""What a look at a tunnel saw, against what was recorded; kept as the result of the operation that looked."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from daoflow_core.model.stored import Stored


class RouteState(StrEnum):
    """How a route stands between our records and what was seen."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    STALE = "stale"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"


class MappingState(StrEnum):
    """Whether a route's service is one that runs on a registered server."""

    MAPPED = "mapped"
    UNMAPPED = "unmapped"
    UNKNOWN = "unknown"


class Mapping(Stored):
    """Where a route leads, as far as it is known, and why that is said."""

    state: MappingState = MappingState.UNKNOWN
    server_id: str | None = None
    server_name: str | None = None
    service: str | None = None
    reason: str = ""


class SeenRoute(Stored):
    """One route as it was seen."""

    hostname: str
    service: str
    path: str = ""


class Unreadable(Stored):
    """A rule of the provider that can't be recorded, and why."""

    hostname: str
    service: str
    reason: str


class Observation(Stored):
    """One whole answer of a provider. `routes` is None where it can't tell; that is never zero routes."""

    provider_tunnel_id: str | None = None
    provider_name: str | None = None
    health: str | None = None
    connections: int | None = None
    config_source: str | None = None
    config_version: int | None = None
    deleted_at: str | None = None
    routes: tuple[SeenRoute, ...] | None = None
    unavailable: str | None = None
    unreadable: tuple[Unreadable, ...] = ()
    catch_all: str | None = None
    notes: tuple[str, ...] = ()


class RouteChange(Stored):
    """One route in the difference; `held_by` is the tunnel whose record has the hostname already."""

    state: RouteState
    hostname: str
    path: str = ""
    recorded: str | None = None
    seen: str | None = None
    mapping: Mapping = Mapping()
    held_by: str | None = None
    detail: str | None = None


class TunnelName(Stored):
    """The tunnel that a result is of."""

    id: str
    name: str
    provider: str


class TunnelSync(Stored):
    """The difference, planned or applied. `based_on` is the revision of the records that it speaks of."""

    tunnel: TunnelName
    source: str
    observed_at: str
    based_on: int
    applied: bool = False
    plan_id: str | None = None
    observation: Observation
    changes: tuple[RouteChange, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)

    @property
    def in_step(self) -> bool:
        """Whether nothing differs and everything could be read."""
        return not self.observation.unreadable and all(
            change.state is RouteState.UNCHANGED for change in self.changes
        )


class RouteCheck(Stored):
    """How one hostname answered over HTTPS; `outcome` is answered, private-address, skipped or what failed."""

    hostname: str
    path: str = ""
    outcome: str
    status: int | None = None
    latency_ms: int | None = None
    address: str | None = None
    detail: str | None = None


class TunnelCheck(Stored):
    """Every route of a tunnel that could be asked, and how each answered."""

    tunnel: TunnelName
    checked_at: str
    routes: tuple[RouteCheck, ...] = ()


class TunnelRotation(Stored):
    """How a rotation at the provider went, and what is left to do on the hosts that run connectors."""

    tunnel: TunnelName
    provider_tunnel_id: str
    resumed: bool = False
    compromised: bool = False
    connections_dropped: bool | None = None
    steps: tuple[str, ...] = ()
