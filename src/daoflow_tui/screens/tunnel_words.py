"""Rows and details of tunnels in the words of their place: what is recorded, what was seen, and how old both are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from daoflow_core.model.tunnel import Provider, Route, RouteStatus, Tunnel
from daoflow_core.model.tunnel_sync import Mapping, RouteChange, RouteState
from daoflow_core.parse.hostnames import readable
from daoflow_core.services.tunnels_view import TunnelState, TunnelView
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.screens.times import Times, ago
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

OLD_AFTER = 180 * 86_400
"""Seconds after which a credential that was not rotated is called old."""

COLUMNS = (
    Column("state", "STATE", 13),
    Column("name", "NAME", 12, flex=True, max_width=30),
    Column("provider", "PROVIDER", 10),
    Column("domain", "DOMAIN", 20, drop=8),
    Column("routes", "ROUTES", 7),
    Column("health", "HEALTH", 10, drop=9),
    Column("credential", "CREDENTIAL", 16, drop=7),
    Column("synced", "SYNCED", 8),
)
ROUTE_COLUMNS = (
    Column("state", "", 11),
    Column("hostname", "HOSTNAME", 20, flex=True, max_width=46),
    Column("recorded", "RECORDED", 12),
    Column("seen", "SEEN", 12),
    Column("leads", "LEADS TO", 8, drop=8),
    Column("answered", "ANSWERED", 9, drop=9),
)
STATES = {
    TunnelState.IN_STEP: State("in step", Role.GOOD),
    TunnelState.DRIFTED: State("drifted", Role.LOOK),
    TunnelState.UNKNOWN: State("unknown", Role.UNKNOWN),
    TunnelState.UNAVAILABLE: State("unavailable", Role.UNKNOWN),
    TunnelState.FAILING: State("failing", Role.BAD),
    TunnelState.ROTATION_UNKNOWN: State("rotation ?", Role.BAD),
}
CHANGES = {
    RouteState.UNCHANGED: State("in step", Role.GOOD),
    RouteState.ADDED: State("extra", Role.LOOK),
    RouteState.CHANGED: State("differs", Role.LOOK),
    RouteState.STALE: State("gone", Role.LOOK),
    RouteState.CONFLICT: State("conflict", Role.BAD),
    RouteState.UNAVAILABLE: State("not shown", Role.UNKNOWN),
}
NOTHING = Toned("-", Role.MUTED)
NOT_SEEN = Toned("?", Role.MUTED)


def tunnel_row(view: TunnelView, now: datetime, times: Times, busy: str | None) -> Row:
    """One tunnel."""
    one = view.tunnel
    cells: tuple[Cell, ...] = (
        State(busy, Role.RUNNING) if busy else STATES[view.state],
        one.name,
        one.provider.value,
        readable(one.domain) if one.domain else NOTHING,
        _routes(view),
        health_cell(one),
        credential_cell(one, now, times),
        ago(one.synced_at, now, times),
    )
    return Row(one.id, cells)


def _routes(view: TunnelView) -> Cell:
    """Routes in step, of all that are recorded or seen; a dash when nobody ever looked."""
    if view.seen is None or view.seen.observation.routes is None:
        return f"- / {len(view.routes)}"
    same = sum(1 for change in view.changes if change.state is RouteState.UNCHANGED)
    words = f"{same} / {len(view.changes)}"
    return words if view.state is TunnelState.IN_STEP else Toned(words, Role.LOOK)


def health_cell(one: Tunnel) -> Cell:
    """The provider's own word, and how many connections its connectors hold."""
    if one.health is None:
        return NOTHING if one.provider is Provider.MANUAL else NOT_SEEN
    held = "" if one.connections is None else f" {one.connections}"
    roles = {"healthy": Role.GOOD, "inactive": Role.OLD}
    return Toned(f"{one.health}{held}", roles.get(one.health, Role.LOOK))


def credential_cell(one: Tunnel, now: datetime, times: Times) -> Cell:
    """How old the credential is."""
    if not one.has_credentials:
        return Toned("none", Role.MUTED)
    moment = one.rotated_at or one.credentials_at or ""
    words = f"{'rotated' if one.rotated_at else 'stored'} {ago(moment, now, times)}"
    return Toned(words, Role.LOOK) if is_old(one, now) else words


def is_old(one: Tunnel, now: datetime) -> bool:
    """Whether its credential wants a rotation."""
    moment = one.rotated_at or one.credentials_at
    return moment is not None and seconds_between(moment, now) > OLD_AFTER


def route_rows(view: TunnelView) -> Iterator[Row]:
    """Every route that is recorded or was seen: wanted beside seen."""
    known = {route.key: route for route, _ in view.routes}
    if view.seen is None:
        for route, mapping in view.routes:
            yield _recorded(route, mapping)
        return
    for change in view.changes:
        record = known.get((change.hostname, change.path))
        yield _compared(change, record, unseen=view.seen.observation.routes is None)
    for one in view.seen.observation.unreadable:
        cells = (State("left out", Role.BAD), one.hostname, NOTHING, one.service, one.reason, NOTHING)
        yield Row(f"unreadable {one.hostname} {one.service}", cells)


def _recorded(route: Route, mapping: Mapping) -> Row:
    hostname = readable(route.hostname) + route.path
    answered = answer_cell(route)
    cells = (
        State("not seen", Role.UNKNOWN),
        hostname,
        route.service,
        NOT_SEEN,
        mapping.state.value,
        answered,
    )
    return Row(route.id, cells)


def _compared(change: RouteChange, route: Route | None, *, unseen: bool) -> Row:
    """One route of the difference; a route that is recorded as stale is no news."""
    stale = change.state is RouteState.STALE and route is not None and route.status is RouteStatus.STALE
    state = State("stale", Role.OLD) if stale else CHANGES[change.state]
    cells: tuple[Cell, ...] = (
        state,
        readable(change.hostname) + change.path,
        _short(change.recorded) if change.recorded else NOTHING,
        _short(change.seen) if change.seen else NOT_SEEN if unseen else NOTHING,
        change.held_by or change.mapping.state.value,
        NOTHING if route is None else answer_cell(route),
    )
    return Row(route.id if route else f"{change.hostname} {change.path}", cells)


def route_lines(view: TunnelView, row_id: str, now: datetime, times: Times) -> list[Words]:
    """What is known of the route under the cursor: the whole hostname, where it leads and why, how it answered."""
    route = next((one for one, _ in view.routes if one.id == row_id), None)
    key = route.key if route else tuple(row_id.split(" ", 1))
    change = next((one for one in view.changes if (one.hostname, one.path) == key), None)
    mapping = change.mapping if change else next((found for one, found in view.routes if one is route), None)
    lines: list[Words] = []
    if change is not None:
        lines += [
            labelled("State", CHANGES[change.state], Toned(f"  {change.detail or ''}", Role.MUTED)),
            labelled("Recorded", change.recorded or "not recorded"),
            labelled("Seen", change.seen or "not seen"),
        ]
    elif route is not None:
        lines.append(labelled("Recorded", route.service))
    if mapping is not None:
        lines.append(labelled("Leads to", f"{mapping.state.value}: {mapping.reason}"))
    return [*lines, *(_answered(route, now, times) if route is not None else [])]


def _answered(route: Route, now: datetime, times: Times) -> Iterator[Words]:
    yield labelled("Last seen", ago(route.last_seen_at, now, times))
    if route.checked_at is None:
        yield labelled("Answered", "not asked yet", Toned("   c asks", Role.MUTED))
        return
    cell = answer_cell(route)
    when = Toned(f"  {ago(route.checked_at, now, times)}  {route.check_detail or ''}", Role.MUTED)
    yield labelled("Answered", cell if isinstance(cell, Toned) else str(cell), when)


def _short(service: str) -> str:
    """Plain HTTP goes without saying, as an operator types it."""
    return service.removeprefix("http://")


def answer_cell(route: Route) -> Cell:
    """How it answered when it was asked last."""
    if route.checked_at is None:
        return NOTHING
    if route.check_status is None:
        return Toned(route.check_outcome or "?", Role.LOOK)
    good = route.check_status < 500
    return Toned(f"{route.check_status} {route.check_latency_ms}ms", Role.GOOD if good else Role.BAD)


def detail_lines(view: TunnelView, now: datetime, times: Times) -> list[Words]:
    """What is worth knowing of a tunnel, and what to do about it."""
    one = view.tunnel
    return [
        *_troubles(view, now, times),
        labelled("Provider", one.provider.value, Toned("  ", Role.MUTED), _where(one)),
        *([labelled("Health", health_cell_piece(one))] if one.provider is not Provider.MANUAL else []),
        labelled("Seen", _seen(view, now, times)),
        labelled("Synced", ago(one.synced_at, now, times)),
        labelled("Sealed", _credential(one, now, times)),
        *_hints(view, now),
    ]


def health_cell_piece(one: Tunnel) -> State | Toned:
    """The health with its mark."""
    if one.health is None:
        return State("not known yet", Role.UNKNOWN)
    held = (
        "connections not known"
        if one.connections is None
        else f"{one.connections} connection{'' if one.connections == 1 else 's'}"
    )
    role = Role.GOOD if one.health == "healthy" else Role.LOOK
    return State(f"{one.health}, {held}", role)


def _troubles(view: TunnelView, now: datetime, times: Times) -> Iterator[Words]:
    one = view.tunnel
    if view.pending is not None:
        since = ago(view.pending.started_at, now, times)
        yield [State(f"a rotation that began {since} has no known end; o goes on with it", Role.BAD)]
    if one.is_failing:
        yield [State(f"{ago(one.failed_at, now, times)}: {one.failure}", Role.BAD)]
    if view.seen is not None and view.seen.observation.unavailable:
        yield [State(view.seen.observation.unavailable, Role.UNKNOWN)]


def _where(one: Tunnel) -> Toned:
    return Toned(
        one.provider_tunnel_id or ("no id recorded" if one.provider is not Provider.MANUAL else ""),
        Role.MUTED,
    )


def _seen(view: TunnelView, now: datetime, times: Times) -> str | State:
    if view.seen is None:
        return State("never looked at", Role.UNKNOWN)
    how = "as typed" if view.seen.source == "manual" else "by the provider"
    return f"{ago(view.seen.observed_at, now, times)}, {how}"


def _credential(one: Tunnel, now: datetime, times: Times) -> Toned | str | State:
    cell = credential_cell(one, now, times)
    words = cell.text if isinstance(cell, Toned) else str(cell)
    return State(f"{words}; o rotates it", Role.LOOK) if is_old(one, now) else words


def _hints(view: TunnelView, now: datetime) -> Iterator[Words]:
    plan = plan_age(view, now)
    if plan is not None and view.state is TunnelState.DRIFTED:
        yield [Toned("!  ", Role.KEY), f"applies the plan of {plan} ago"]
    elif view.seen is None and view.tunnel.provider is Provider.MANUAL:
        yield [Toned("e  ", Role.KEY), "says which routes it exposes"]
    else:
        yield [Toned("p  ", Role.KEY), "looks, and plans a sync"]


def plan_age(view: TunnelView, now: datetime) -> str | None:
    """How old the plan on screen is; None when what is on screen is no plan."""
    if view.look is None or not view.look.dry_run:
        return None
    return span(seconds_between(view.look.started_at, now))
