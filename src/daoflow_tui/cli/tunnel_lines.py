"""Tunnels, differences and checks as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from daoflow_core.parse.hostnames import readable
from daoflow_core.stamps import parse_stamp, seconds_between, span
from daoflow_tui.cli import lines

if TYPE_CHECKING:
    from datetime import datetime

    from daoflow_core.model.operation import Operation
    from daoflow_core.model.tunnel import Route, Tunnel
    from daoflow_core.model.tunnel_sync import Mapping, RouteChange, RouteCheck, TunnelSync
    from daoflow_core.services.tunnels_view import TunnelView


CONFIGURED = {"local": "by a file on its host", "cloudflare": "at the provider"}


def table(views: Sequence[TunnelView], now: datetime) -> list[str]:
    """All tunnels, one a line."""
    rows = [
        (
            view.tunnel.name,
            view.state.value,
            view.tunnel.provider.value,
            None if view.tunnel.domain is None else readable(view.tunnel.domain),
            f"{view.active} / {len(view.routes)}",
            _leads(view),
            view.tunnel.health,
            credential(view.tunnel, now),
            ago(view.tunnel.synced_at, now),
            view.tunnel.id,
        )
        for view in views
    ]
    titles = (
        *(
            "NAME",
            "STATE",
            "PROVIDER",
            "DOMAIN",
            "ROUTES",
            "LEAD TO SERVICES",
            "HEALTH",
            "CREDENTIAL",
            "SYNCED",
        ),
        "ID",
    )
    return lines.table(titles, rows)


def _leads(view: TunnelView) -> str | None:
    """How many routes lead to a service that is known, to none, or nobody knows."""
    states = Counter(mapping.state.value for route, mapping in view.routes if route.status == "active")
    return ", ".join(f"{states[word]} {word}" for word in ("mapped", "unmapped", "unknown") if states[word])


def credential(one: Tunnel, now: datetime) -> str:
    """Whether there is a credential, and how old it is."""
    if one.rotated_at:
        return f"rotated {ago(one.rotated_at, now)}"
    return f"stored {ago(one.credentials_at, now)}" if one.credentials_at else "none"


def ago(moment: str | None, now: datetime) -> str:
    """How long ago a moment was."""
    return lines.age(None if moment is None else seconds_between(moment, now))


def shown(view: TunnelView, now: datetime) -> list[str]:
    """One tunnel with its routes."""
    one = view.tunnel
    facts = [
        ("state", view.state.value),
        ("provider", one.provider.value),
        ("id there", one.provider_tunnel_id),
        ("account", one.account_id),
        ("domain", None if one.domain is None else readable(one.domain)),
        ("status", one.status.value),
        ("health", one.health),
        ("connections", one.connections),
        ("configured", CONFIGURED.get(one.config_source or "", one.config_source)),
        ("credential", credential(one, now)),
        ("observed", ago(one.observed_at, now)),
        ("synced", ago(one.synced_at, now)),
        *([("last failure", f"{ago(one.failed_at, now)}: {one.failure}")] if one.failed_at else []),
    ]
    told = [f"{one.name} ({one.id})", *lines.facts(facts)]
    if view.pending is not None:
        told.append(
            f"A rotation that began {ago(view.pending.started_at, now)} has no known end; "
            "`tunnels rotate --provider` goes on with it."
        )
    return [*told, *(_routes(view.routes, now) or ["It exposes nothing that is recorded."])]


def _routes(found: Iterable[tuple[Route, Mapping]], now: datetime) -> list[str]:
    rows = [
        (
            readable(route.hostname) + route.path,
            route.service,
            route.status.value,
            ago(route.last_seen_at, now),
            mapping.state.value + (f": {mapping.reason}" if mapping.reason else ""),
            checked(route, now),
        )
        for route, mapping in found
    ]
    return (
        lines.table(("HOSTNAME", "SERVICE", "STATUS", "SEEN", "LEADS TO", "ANSWERED"), rows) if rows else []
    )


def checked(route: Route, now: datetime) -> str | None:
    """What the last reachability check said, and when."""
    if route.checked_at is None:
        return None
    said = (
        f"{route.check_status} in {route.check_latency_ms} ms" if route.check_status else route.check_outcome
    )
    return f"{said}, {ago(route.checked_at, now)}"


def difference(operation: Operation) -> list[str]:
    """A plan or a sync: what stands how, and what it leads to."""
    from daoflow_core.model.tunnel_sync import TunnelSync

    if not operation.result:
        return [operation.summary]
    sync = TunnelSync.of(operation.result)
    rows = [_change(change) for change in sync.changes]
    table = lines.table(("", "HOSTNAME", "RECORDED", "SEEN", "LEADS TO"), rows) if rows else []
    return [operation.summary, *table, *_around(sync)]


def _change(change: RouteChange) -> tuple[object, ...]:
    return (
        change.state.value,
        readable(change.hostname) + change.path,
        change.recorded,
        change.seen,
        change.detail or change.mapping.state.value,
    )


def _around(sync: TunnelSync) -> list[str]:
    seen = sync.observation
    told = [f"left out {one.hostname} -> {one.service}: {one.reason}" for one in seen.unreadable]
    if seen.health is not None:
        held = "not known" if seen.connections is None else str(seen.connections)
        told.append(f"health {seen.health}, connections {held}")
    return [*told, *seen.notes]


def answers(operation: Operation) -> list[str]:
    """A reachability check, one route a line."""
    from daoflow_core.model.tunnel_sync import TunnelCheck

    if not operation.result:
        return [operation.summary]
    found = TunnelCheck.of(operation.result).routes
    rows = [
        (readable(one.hostname) + one.path, one.outcome, one.status, _latency(one), one.address, one.detail)
        for one in found
    ]
    table = lines.table(("HOSTNAME", "OUTCOME", "STATUS", "TOOK", "ADDRESS", ""), rows) if rows else []
    return [operation.summary, *table]


def _latency(one: RouteCheck) -> str | None:
    return None if one.latency_ms is None else f"{one.latency_ms} ms"


def stale(found: Sequence[tuple[Tunnel, Route]], now: datetime) -> list[str]:
    """Stale routes, longest unseen first."""
    ordered = sorted(found, key=lambda one: one[1].last_seen_at)
    rows = [
        (
            readable(route.hostname) + route.path,
            route.service,
            tunnel.name,
            span((now - parse_stamp(route.last_seen_at)).total_seconds()) + " ago",
        )
        for tunnel, route in ordered
    ]
    return lines.table(("HOSTNAME", "SERVICE", "TUNNEL", "SEEN"), rows) if rows else []
