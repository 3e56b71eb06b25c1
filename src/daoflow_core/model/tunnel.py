"""Managed tunnels: external route providers and the hostnames they expose, apart from the servers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """Who runs a tunnel's far end; `manual` has no API that could be asked."""

    MANUAL = "manual"
    CLOUDFLARE = "cloudflare"


class TunnelStatus(StrEnum):
    """How our record of a tunnel stands, in the reference product's words."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    ERROR = "error"


class RouteStatus(StrEnum):
    """`active` was there when it was looked at last, `stale` was gone."""

    ACTIVE = "active"
    STALE = "stale"


class RouteSource(StrEnum):
    """Who said that a route is there."""

    MANUAL = "manual"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """One wish or sight: what reaches which service. `hostname` is in its ASCII form, `path` is "" for all paths."""

    hostname: str
    service: str
    path: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What a tunnel has once."""
        return self.hostname, self.path


@dataclass(frozen=True, slots=True)
class Route:
    """One recorded route; the check fields tell of the last `tunnels check`, None when there was none."""

    id: str
    tunnel_id: str
    hostname: str
    path: str
    service: str
    status: RouteStatus
    source: RouteSource
    created_at: str
    updated_at: str
    last_seen_at: str
    check_outcome: str | None = None
    check_status: int | None = None
    check_latency_ms: int | None = None
    check_detail: str | None = None
    checked_at: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What a tunnel has once."""
        return self.hostname, self.path


@dataclass(frozen=True, slots=True)
class Tunnel:
    """One recorded tunnel. `revision` counts changes of its routes; a plan is good for one of them.

    `health`, `connections` and `config_source` are the provider's words at `observed_at`; None is not known.
    """

    id: str
    name: str
    provider: Provider
    provider_tunnel_id: str | None
    account_id: str | None
    domain: str | None
    status: TunnelStatus
    created_at: str
    updated_at: str
    credential_version: int = 0
    credentials_at: str | None = None
    rotated_at: str | None = None
    revision: int = 0
    synced_at: str | None = None
    observed_at: str | None = None
    health: str | None = None
    connections: int | None = None
    config_source: str | None = None
    failed_at: str | None = None
    failure: str | None = None
    failure_code: str | None = None

    @property
    def has_credentials(self) -> bool:
        """Whether a credential lies sealed."""
        return self.credentials_at is not None

    @property
    def is_failing(self) -> bool:
        """Whether the newest look at the provider failed."""
        return self.failed_at is not None


@dataclass(frozen=True, slots=True)
class PendingRotation:
    """A rotation at the provider whose outcome is not known: its new secret lies sealed, nothing is lost."""

    tunnel_id: str
    operation_id: str
    started_at: str
    started_by: str
    version: int


@dataclass(frozen=True, slots=True)
class TunnelDraft:
    """What an operator says of a tunnel; in a change, None leaves a field as it is and "" clears it."""

    name: str | None = None
    provider: Provider | None = None
    provider_tunnel_id: str | None = None
    account_id: str | None = None
    domain: str | None = None
    status: TunnelStatus | None = None


@dataclass(frozen=True, slots=True)
class TunnelAddress:
    """Where a provider finds a tunnel: by its id, else by its name within the account."""

    account_id: str
    provider_tunnel_id: str | None
    name: str
