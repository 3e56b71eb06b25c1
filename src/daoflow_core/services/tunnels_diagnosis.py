"""The doctor's look at tunnels: no rotation without an end, no look that failed, every credential opens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from daoflow_core.clock import Clock, seconds_between, span
from daoflow_core.model.tunnel import Provider
from daoflow_core.providers.base_url import VARIABLE
from daoflow_core.providers.choice import Providers
from daoflow_core.services.doctor import Check, Verdict
from daoflow_core.services.tunnels import TunnelService
from daoflow_core.services.tunnels_credentials import TunnelCredentials
from daoflow_core.services.tunnels_view import TunnelState, TunnelView

NAME = "Tunnels"
OLD_SECONDS = 7 * 86_400
"""A provider that was not looked at for so long may expose anything by now."""


async def check_tunnels(
    service: TunnelService, credentials: TunnelCredentials, providers: Providers, clock: Clock
) -> Check | None:
    """One finding over all of them, None when there is none. Raises VaultLocked, VaultDamaged or ConfigInvalid."""
    views, now = await service.views(), clock.now()
    if not views:
        return None
    for view in views:
        if view.tunnel.has_credentials:
            await credentials.open(view.tunnel)
    unknown = [view for view in views if view.pending is not None]
    if unknown:
        name = unknown[0].tunnel.name
        detail = f"A rotation of {_names(unknown)} has no known end; the new secret lies sealed."
        step = f"`daoflow-tui tunnels rotate --tunnel-id {name} --provider --yes` goes on with it."
        return Check(NAME, Verdict.FAIL, detail, step)
    told = [words for view in views if (words := _trouble(view, now))]
    if providers.stand_in is not None:
        told.insert(0, f"{VARIABLE} names a stand-in, {providers.stand_in}: the real provider is not asked")
    if told:
        more = f"; and {len(told) - 5} more" if len(told) > 5 else ""
        step = "Sync it: `daoflow-tui tunnels sync --tunnel-id NAME --dry-run` shows what differs."
        return Check(NAME, Verdict.WARN, f"{'; '.join(told[:5])}{more}.", step)
    return Check(NAME, Verdict.OK, f"All {len(views)} are in step with what was seen last.")


def _trouble(view: TunnelView, now: datetime) -> str | None:
    one = view.tunnel
    if view.state is TunnelState.FAILING:
        return f"{one.name}: {(one.failure or '').rstrip('.')}"
    if view.state in (TunnelState.DRIFTED, TunnelState.UNAVAILABLE):
        return f"{one.name}: {view.state.value}"
    if one.provider is Provider.MANUAL:
        return None
    if one.observed_at is None:
        return f"{one.name}: never synced"
    age = seconds_between(one.observed_at, now)
    return f"{one.name}: last seen {span(age)} ago" if age > OLD_SECONDS else None


def _names(views: Sequence[TunnelView]) -> str:
    return ", ".join(view.tunnel.name for view in views[:5])
