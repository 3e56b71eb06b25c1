"""The difference between a tunnel's records and what was seen, and how the records follow it; it writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from daoflow_core.ids import new_id
from daoflow_core.model.published import Directory
from daoflow_core.model.tunnel import Route, RouteSource, RouteStatus
from daoflow_core.model.tunnel_sync import (
    MappingState,
    Observation,
    RouteChange,
    RouteState,
    SeenRoute,
    TunnelSync,
)
from daoflow_core.parse.routes import same_service
from daoflow_core.services.tunnels_mapping import mapping_of

Holders = Mapping[str, tuple[str, str]]
ORDER = tuple(RouteState)


def changes_of(
    records: Sequence[Route], observation: Observation, holders: Holders, directory: Directory
) -> tuple[RouteChange, ...]:
    """Every route that is recorded or was seen, once; what could not be seen is unavailable, never gone."""
    known = {one.key: one for one in records}
    if observation.routes is None:
        found = [_missing(one, RouteState.UNAVAILABLE, observation.unavailable) for one in records]
    else:
        seen = {(one.hostname, one.path): one for one in observation.routes}
        found = [_seen(known.get(key), one, holders) for key, one in seen.items()]
        found += [_gone(one, observation) for key, one in known.items() if key not in seen]
    mapped = [
        one.model_copy(update={"mapping": mapping_of(one.seen or one.recorded, directory)}) for one in found
    ]
    return tuple(sorted(mapped, key=lambda one: (one.hostname, one.path)))


def counts_of(changes: Sequence[RouteChange], observation: Observation) -> dict[str, int]:
    """How many routes stand how; every state is named, so that a zero is one that was counted."""
    states = Counter(change.state.value for change in changes)
    mapped = Counter(change.mapping.state for change in changes)
    return {
        **{state.value: states[state.value] for state in RouteState},
        "unmapped": mapped[MappingState.UNMAPPED],
        "unreadable": len(observation.unreadable),
    }


def following(
    records: Sequence[Route], sync: TunnelSync, tunnel_id: str, source: RouteSource, now: str
) -> tuple[list[Route], list[Route]]:
    """What the records become: routes to add, and routes to change; nothing is ever removed here."""
    known = {one.key: one for one in records}
    added, changed = [], []
    for change in sync.changes:
        route = known.get((change.hostname, change.path))
        if change.state in (RouteState.ADDED, RouteState.CHANGED, RouteState.UNCHANGED):
            if route is None:
                added.append(_new(change, tunnel_id, source, now, sync.observed_at))
            else:
                changed.append(_seen_again(route, change, source, now, sync.observed_at))
        elif change.state is RouteState.STALE and route is not None and route.status is RouteStatus.ACTIVE:
            changed.append(replace(route, status=RouteStatus.STALE, updated_at=now))
    return added, changed


def _seen(record: Route | None, seen: SeenRoute, holders: Holders) -> RouteChange:
    found = RouteChange(
        state=RouteState.ADDED,
        hostname=seen.hostname,
        path=seen.path,
        seen=seen.service,
        recorded=None if record is None else record.service,
    )
    active = record is not None and record.status is RouteStatus.ACTIVE
    if seen.hostname in holders and not active:
        name = holders[seen.hostname][1]
        held = {"state": RouteState.CONFLICT, "held_by": name, "detail": f"tunnel {name} has it"}
        return found.model_copy(update=held)
    if record is None:
        return found
    if not active:
        return found.model_copy(update={"detail": "it was stale, and is back"})
    same = same_service(record.service, seen.service)
    return found.model_copy(update={"state": RouteState.UNCHANGED if same else RouteState.CHANGED})


def _gone(record: Route, observation: Observation) -> RouteChange:
    """A record that was not seen; a rule that could not be read may be exactly it."""
    for one in observation.unreadable:
        if one.hostname == record.hostname:
            return _missing(record, RouteState.UNAVAILABLE, one.reason)
    return _missing(record, RouteState.STALE, None)


def _missing(record: Route, state: RouteState, detail: str | None) -> RouteChange:
    return RouteChange(
        state=state, hostname=record.hostname, path=record.path, recorded=record.service, detail=detail
    )


def _new(change: RouteChange, tunnel_id: str, source: RouteSource, now: str, seen_at: str) -> Route:
    return Route(
        id=new_id("rt"),
        tunnel_id=tunnel_id,
        hostname=change.hostname,
        path=change.path,
        service=change.seen or "",
        status=RouteStatus.ACTIVE,
        source=source,
        created_at=now,
        updated_at=now,
        last_seen_at=seen_at,
    )


def _seen_again(route: Route, change: RouteChange, source: RouteSource, now: str, seen_at: str) -> Route:
    """The record, seen now; what the last check said of another service is forgotten."""
    seen = replace(route, status=RouteStatus.ACTIVE, source=source, last_seen_at=seen_at)
    if change.state is RouteState.UNCHANGED:
        return seen
    moved = replace(seen, service=change.seen or route.service, updated_at=now)
    return replace(
        moved,
        check_outcome=None,
        check_status=None,
        check_latency_ms=None,
        check_detail=None,
        checked_at=None,
    )
