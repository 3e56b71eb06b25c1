"""What is stated before tunnels are synced, rotated, deleted or pruned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoflow_core.ids import short
from daoflow_core.model.tunnel import Route, Tunnel
from daoflow_core.model.tunnel_sync import RouteChange, RouteState
from daoflow_core.parse.hostnames import readable
from daoflow_core.services.tunnels_view import TunnelView
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.state_mark import Role, Toned

NAMED = 6
"""Hostnames that a sentence names; the rest are counted."""
SIGNS = {RouteState.ADDED: "+", RouteState.CHANGED: "~", RouteState.STALE: "-"}


def about(one: Tunnel) -> Words:
    """The tunnel a sheet is about."""
    where = f"  {one.provider.value} {one.provider_tunnel_id or ''}".rstrip()
    return labelled("Tunnel", Toned(one.name, Role.STRONG), Toned(where, Role.MUTED))


def sync_question(view: TunnelView, now: datetime) -> Question:
    """Our records follow the plan on screen."""
    plan, one = view.look, view.tunnel
    age = "" if plan is None else f"{short(plan.id)}, {span(seconds_between(plan.started_at, now))} old"
    left_out = [change for change in view.changes if change.state is RouteState.CONFLICT]
    stays = "what runs at the provider; no route is deleted, what is gone is marked stale"
    if left_out:
        stays += f"; {named([readable(change.hostname) for change in left_out])}, which another tunnel has"
    return Question(
        title=f"Sync the records of {one.name}?",
        server=None,
        about=about(one),
        changes=differences(view.changes),
        stays=stays,
        undo="yes: sync again, or type the routes as they were",
        recorded="as tunnel_sync, in the history and the audit trail",
        apply="Apply the plan",
        plan=age,
    )


def differences(changes: Sequence[RouteChange]) -> str:
    """The differences, + - ~, as many as a sheet bears."""
    told = [_difference(change) for change in changes if change.state in SIGNS]
    more = f"; and {len(told) - NAMED} more" if len(told) > NAMED else ""
    return "; ".join(told[:NAMED]) + more or "nothing; the look is recorded as a sync"


def _difference(change: RouteChange) -> str:
    old, new = ((service or "").removeprefix("http://") for service in (change.recorded, change.seen))
    leads = f"{old} becomes {new}" if change.state is RouteState.CHANGED else new or old
    return f"{SIGNS[change.state]} {readable(change.hostname)}{change.path} {leads}"


def rotation_question(one: Tunnel, *, compromised: bool) -> Question:
    """The secret at the provider is another one from then on."""
    cut = "every connection ends at once: what it exposes is down until each connector has the new token"
    later = "connectors that run now stay connected until they restart; then they need the new token"
    return Question(
        title=f"Rotate the secret of {one.name}?",
        server=None,
        about=about(one),
        changes=f"the tunnel gets a new secret at its provider; {cut if compromised else later}",
        stays="its routes, its hostnames, our API token",
        undo="no: the old token never works again. A crash loses nothing: the new secret lies sealed first",
        recorded="as tunnel_credentials_rotate, in the history and the audit trail",
        apply="Rotate and cut off" if compromised else "Rotate",
    )


def stored_question(one: Tunnel) -> Question:
    """Our copy is replaced."""
    return Question(
        title=f"Replace the stored credential of {one.name}?",
        server=None,
        about=about(one),
        changes="our sealed copy becomes the new one",
        stays="the provider is not told; the old credential works there until you revoke it",
        undo="no: the old copy leaves the vault for good",
        recorded="in the audit trail, as tunnel.credentials.rotate",
        apply="Replace",
    )


def deletion_question(view: TunnelView) -> Question:
    """The record goes."""
    one = view.tunnel
    routes = f"{len(view.routes)} recorded route{'' if len(view.routes) == 1 else 's'}"
    sealed = " and its sealed credential" if one.has_credentials else ""
    return Question(
        title=f"Delete the record of {one.name}?",
        server=None,
        about=about(one),
        changes=f"its record, {routes}{sealed} go",
        stays="at the provider nothing changes: what is exposed there is exposed still; the history stays",
        undo="no. It can be recorded and synced again, with its credential given anew",
        recorded="in the audit trail, as tunnel.delete",
        apply="Delete",
    )


def prune_question(found: Sequence[tuple[Tunnel, Route]]) -> Question:
    """Records of routes that are gone go."""
    names = named([f"{readable(route.hostname)}{route.path} of {tunnel.name}" for tunnel, route in found])
    return Question(
        title=f"Remove {len(found)} stale route{'' if len(found) == 1 else 's'}?",
        server=None,
        about=labelled("Routes", names),
        changes="these records go: none of them was seen for a week",
        stays="every other route; at the providers nothing changes",
        undo="yes, if one is exposed again: the next sync records it",
        recorded="in the audit trail, as tunnel.routes.prune",
        apply="Remove",
    )


def named(names: Sequence[str]) -> str:
    """Names, as many as a sentence bears."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
