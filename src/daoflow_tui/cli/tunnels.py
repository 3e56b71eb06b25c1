"""`tunnels`: external route providers, what they expose, and whether our records are in step with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core import tunnel_documents
from daoflow_core.errors import ConfirmationRequired, InvalidInput
from daoflow_tui.cli import outcomes, tunnel_lines
from daoflow_tui.cli.asking import confirm_named
from daoflow_tui.cli.call import Result, confirm, with_console
from daoflow_tui.cli.options import Leaf, Yes, noun
from daoflow_tui.cli.tunnel_options import (
    Account,
    AnyTunnel,
    Credentials,
    Domain,
    Name,
    NewName,
    NoRoutes,
    PlanId,
    PlanOnly,
    ProviderId,
    ProviderName,
    Routes,
    Status,
    TunnelRef,
    credential,
    draft,
    routes_from,
)

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.services.tunnels_prune import StaleRoute
    from daoflow_core.services.tunnels_view import TunnelView

NOUN = noun("Managed tunnels: external routes, recorded and compared; credentials are never shown.")

LONGEST = 3650 * 86_400

Private = Annotated[
    bool, typer.Option("--allow-private", help="Also ask hostnames that resolve to private addresses.")
]
Abandon = Annotated[
    bool,
    typer.Option(
        "--abandon-rotation", help="Also when a rotation has no known end: its sealed secret goes too."
    ),
]


@NOUN.command("list", cls=Leaf)
def list_tunnels() -> Result:
    """List the tunnels: in step or drifted, their routes, the age of their credentials and of the last sync."""

    async def work(console: Console) -> Result:
        found = await console.tunnels.list()
        text = tunnel_lines.table(found, console.clock.now())
        empty = ["No tunnel is recorded. `tunnels create --name NAME --yes` records one."]
        data = {"tunnels": [tunnel_documents.tunnel(view) for view in found]}
        return Result(data, text if found else empty, [view.tunnel.id for view in found])

    return with_console(work)


@NOUN.command("show", cls=Leaf)
def show(tunnel_id: TunnelRef) -> Result:
    """Show one tunnel: its routes, where each leads, what was seen last, and what is unfinished."""

    async def work(console: Console) -> Result:
        return _shown(console, await console.tunnels.show(tunnel_id))

    return with_console(work)


@NOUN.command("create", cls=Leaf)
def create(
    name: Name,
    domain: Domain = None,
    provider: ProviderName = None,
    provider_tunnel_id: ProviderId = None,
    account_id: Account = None,
    credentials_file: Credentials = None,
    yes: Yes = False,
) -> Result:
    """Record a tunnel; nothing is asked of its provider yet."""
    wanted = draft(
        name=name,
        provider=provider or "manual",
        provider_tunnel_id=provider_tunnel_id,
        account_id=account_id,
        domain=domain,
    )
    confirm(yes, f"Create managed tunnel {wanted.name}.")
    secret = credential(credentials_file)

    async def work(console: Console) -> Result:
        return _shown(console, await console.tunnels.create(wanted, secret))

    return with_console(work)


@NOUN.command("update", cls=Leaf)
def update(
    tunnel_id: TunnelRef,
    name: NewName = None,
    domain: Domain = None,
    provider: ProviderName = None,
    provider_tunnel_id: ProviderId = None,
    account_id: Account = None,
    status: Status = None,
    yes: Yes = False,
) -> Result:
    """Change what is recorded of a tunnel; routes come by `tunnels sync`, credentials by `tunnels rotate`."""
    given = {"provider_tunnel_id": provider_tunnel_id, "account_id": account_id, "domain": domain}
    if all(one is None for one in (name, provider, status, *given.values())):
        raise InvalidInput(
            "Nothing was given to change.", next_step="Give --name, --domain or another field."
        )
    draft(name=name, provider=provider, status=status, **given)
    confirm(yes, f"Update managed tunnel {tunnel_id[:80]!a}.")

    async def work(console: Console) -> Result:
        of = provider or (await console.tunnels.find(tunnel_id)).provider.value
        wanted = draft(name=name, provider=of, status=status, **given)
        return _shown(console, await console.tunnels.update(tunnel_id, wanted))

    return with_console(work)


@NOUN.command("sync", cls=Leaf)
def sync(
    tunnel_id: TunnelRef,
    route: Routes = None,
    no_routes: NoRoutes = False,
    plan: PlanId = None,
    dry_run: PlanOnly = False,
    yes: Yes = False,
) -> Result:
    """Look at what a tunnel exposes, compare, and bring our records in step; the provider is never changed."""
    routes = routes_from(route, no_routes, plan)
    if dry_run and plan is not None:
        raise InvalidInput(
            "A plan is applied, not planned again.", next_step="Leave --dry-run or --plan out."
        )
    if not dry_run:
        confirm(yes, f"Sync the records of tunnel {tunnel_id[:80]!a} with what it exposes.")

    async def work(console: Console) -> Result:
        service = console.tunnel_sync
        if plan is not None:
            operation = await service.apply(tunnel_id, plan)
        elif dry_run:
            operation = await service.plan(tunnel_id, routes)
        else:
            operation = await service.sync(tunnel_id, routes)
        answer = outcomes.answer(operation, tunnel_lines.difference(operation))
        view = await console.tunnels.view((await console.tunnels.find(tunnel_id)).id)
        return _with(answer, tunnel=tunnel_documents.tunnel(view))

    return with_console(work)


@NOUN.command("check", cls=Leaf)
def check(tunnel_id: TunnelRef, allow_private: Private = False) -> Result:
    """Ask every hostname of a tunnel over HTTPS, from this machine, and record status and latency."""

    async def work(console: Console) -> Result:
        operation = await console.tunnel_check.check(tunnel_id, allow_private=allow_private)
        return outcomes.answer(operation, tunnel_lines.answers(operation))

    return with_console(work)


@NOUN.command("delete", cls=Leaf)
def delete(tunnel_id: TunnelRef, abandon_rotation: Abandon = False, yes: Yes = False) -> Result:
    """Remove a tunnel's record with its routes and its credential; at the provider nothing changes."""
    confirm_named(
        yes,
        f"Delete managed tunnel {tunnel_id[:80]!a} with its routes and its stored credential.",
        lambda console: console.tunnels.find(tunnel_id),
    )

    async def work(console: Console) -> Result:
        one, routes = await console.tunnels.delete(tunnel_id, abandon=abandon_rotation)
        text = [
            f"Deleted the record of {one.name} ({one.id}) and its {len(routes)} routes.",
            "Nothing changed at its provider: what it exposes there is exposed still.",
        ]
        data = {"deleted": True, "tunnelId": one.id, "name": one.name}
        return Result({**data, "routes": [tunnel_documents.route(route) for route in routes]}, text, [one.id])

    return with_console(work)


@NOUN.command("prune-stale", cls=Leaf)
def prune_stale(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="7d", help="How long a route must not have been seen.")
    ] = "7d",
    tunnel_id: AnyTunnel = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List them only; exit status 3.")] = False,
    yes: Yes = False,
) -> Result:
    """List the stale routes that were not seen for long, and with --yes remove their records."""
    from daoflow_core.parse.durations import duration

    limit = timedelta(seconds=duration(older_than, "older-than", LONGEST))

    async def work(console: Console) -> Result:
        service, now = console.tunnel_pruning, console.clock.now()
        if yes and not dry_run:
            gone = await service.prune(limit, tunnel_id)
            return _pruned(gone, tunnel_lines.stale(gone, now), removed=True)
        found = await service.stale(limit, tunnel_id)
        if dry_run or not found:
            return _pruned(found, tunnel_lines.stale(found, now), removed=False)
        error = ConfirmationRequired(
            f"Remove the records of {len(found)} stale routes. Pass --yes to confirm.",
            why="\n".join(tunnel_lines.stale(found, now)),
        )
        error.details["routes"] = tunnel_documents.stale(found)
        raise error

    return with_console(work)


def _pruned(found: list[StaleRoute], text: list[str], *, removed: bool) -> Result:
    from daoflow_core.errors import EXIT_DONE, EXIT_DRY_RUN

    routes = tunnel_documents.stale(found)
    said = f"{'Removed' if removed else 'Would remove'} {len(routes)} stale routes."
    data = {"removed": removed, "count": len(routes), "routes": routes}
    ids = [str(one["id"]) for one in routes]
    status = EXIT_DONE if removed or not routes else EXIT_DRY_RUN
    return Result(data, [*text, said], ids, status=status)


def _shown(console: Console, view: TunnelView) -> Result:
    text = tunnel_lines.shown(view, console.clock.now())
    return Result({"tunnel": tunnel_documents.tunnel(view)}, text, [view.tunnel.id])


def _with(answer: Result, **more: object) -> Result:
    data = answer.data if isinstance(answer.data, dict) else {}
    return Result({**data, **more}, answer.lines, answer.primary, answer.notes, answer.status)
