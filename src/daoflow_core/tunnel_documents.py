"""The JSON shapes of tunnels and their routes; field names are the reference product's where it has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from daoflow_core.parse.hostnames import readable

if TYPE_CHECKING:
    from daoflow_core.model.tunnel import Route, Tunnel
    from daoflow_core.model.tunnel_sync import Mapping
    from daoflow_core.services.tunnels_view import TunnelView


def tunnel(view: TunnelView) -> dict[str, Any]:
    """A tunnel as it stands; `tunnelId` is its id at the provider, and never anything sealed."""
    one, pending = view.tunnel, view.pending
    return {
        "id": one.id,
        "name": one.name,
        "tunnelId": one.provider_tunnel_id,
        "accountId": one.account_id,
        "domain": one.domain,
        "status": one.status.value,
        "state": view.state.value,
        "config": {"provider": one.provider.value, "source": one.config_source},
        "hasCredentials": one.has_credentials,
        "credentialsAt": one.credentials_at,
        "rotatedAt": one.rotated_at,
        "pendingRotation": None
        if pending is None
        else {
            "operationId": pending.operation_id,
            "startedAt": pending.started_at,
            "startedBy": pending.started_by,
        },
        "health": one.health,
        "connections": one.connections,
        "observedAt": one.observed_at,
        "syncedAt": one.synced_at,
        "failure": None
        if one.failed_at is None
        else {"at": one.failed_at, "error": one.failure, "code": one.failure_code},
        "routes": [route(found, mapping) for found, mapping in view.routes],
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
    }


def route(one: Route, mapping: Mapping | None = None) -> dict[str, Any]:
    """A recorded route, where it leads as far as is known, and how it answered when that was checked."""
    check = {
        "outcome": one.check_outcome,
        "status": one.check_status,
        "latencyMs": one.check_latency_ms,
        "detail": one.check_detail,
        "at": one.checked_at,
    }
    return {
        "id": one.id,
        "tunnelId": one.tunnel_id,
        "hostname": one.hostname,
        "displayHostname": readable(one.hostname),
        "service": one.service,
        "path": one.path or None,
        "status": one.status.value,
        "source": one.source.value,
        "lastSeenAt": one.last_seen_at,
        "mapping": None if mapping is None else mapping.document(),
        "check": check if one.checked_at else None,
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
    }


def stale(found: Sequence[tuple[Tunnel, Route]]) -> list[dict[str, Any]]:
    """Stale routes, each with its tunnel's name."""
    return [{**route(one), "tunnelName": owner.name} for owner, one in found]
