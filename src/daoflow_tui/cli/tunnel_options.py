"""The options that the commands on tunnels share, and the values behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import InvalidInput
from daoflow_core.parse import tunnel_fields as fields
from daoflow_tui.cli.key_input import read_bounded

if TYPE_CHECKING:
    from daoflow_core.model.tunnel import RouteSpec, TunnelDraft
    from daoflow_core.secret import Secret

LARGEST = 64 * 1024

TunnelRef = Annotated[
    str, typer.Option("--tunnel-id", "--tunnel", metavar="ID|NAME", help="The tunnel, by id or name.")
]
AnyTunnel = Annotated[
    str | None,
    typer.Option("--tunnel-id", "--tunnel", metavar="ID|NAME", help="Only this tunnel, by id or name."),
]
Name = Annotated[str, typer.Option("--name", help="How people and --tunnel-id call it.")]
NewName = Annotated[str | None, typer.Option("--name", help="Another name.")]
Domain = Annotated[
    str | None, typer.Option("--domain", help='The domain that it is for; "" clears it in an update.')
]
ProviderName = Annotated[
    str | None,
    typer.Option("--provider", metavar="manual|cloudflare", help="Who runs its far end; manual has no API."),
]
ProviderId = Annotated[
    str | None,
    typer.Option("--provider-tunnel-id", metavar="ID", help="Its id at the provider (Cloudflare: a UUID)."),
]
Account = Annotated[
    str | None, typer.Option("--account-id", metavar="ID", help="The account at the provider that it is in.")
]
Status = Annotated[
    str | None,
    typer.Option("--status", metavar="inactive|active|error", help="How our record of it stands."),
]
Credentials = Annotated[
    str | None,
    typer.Option(
        "--credentials-file",
        metavar="PATH|-",
        help="What the provider is asked with (Cloudflare: an API token); - reads standard input; kept sealed.",
    ),
]
Routes = Annotated[
    list[str] | None,
    typer.Option(
        "--route",
        metavar="HOSTNAME[/PATH]=SERVICE",
        help="What it exposes, said by you: app.example.com=web:3000, or a URL; once for each.",
    ),
]
NoRoutes = Annotated[bool, typer.Option("--no-routes", help="Say that it exposes nothing.")]
PlanId = Annotated[
    str | None,
    typer.Option(
        "--plan", metavar="OPERATION", help="Apply exactly what this plan showed, without a new look."
    ),
]
PlanOnly = Annotated[bool, typer.Option("--dry-run", help="Record the difference, change no record.")]


def draft(
    *,
    name: str | None,
    provider: str | None = None,
    provider_tunnel_id: str | None = None,
    account_id: str | None = None,
    domain: str | None = None,
    status: str | None = None,
) -> TunnelDraft:
    """The fields of the command line, each checked."""
    from daoflow_core.model.tunnel import TunnelDraft

    of = None if provider is None else fields.provider(provider)
    return TunnelDraft(
        name=None if name is None else fields.tunnel_name(name),
        provider=of,
        provider_tunnel_id=None
        if provider_tunnel_id is None
        else fields.provider_tunnel_id(provider_tunnel_id, of),
        account_id=None if account_id is None else fields.account_id(account_id, of),
        domain=None if domain is None else fields.domain(domain),
        status=None if status is None else fields.status(status),
    )


def credential(path: str | None) -> Secret | None:
    """The credential named on the command line, which never holds it itself."""
    from daoflow_core.secret import Secret

    if path is None:
        return None
    return Secret(read_bounded(path, "credentials file", LARGEST, field="credentials-file"))


def routes_from(given: list[str] | None, none: bool, plan: str | None) -> tuple[RouteSpec, ...] | None:
    """The routes that were typed; None when the provider is to be asked. Raises InvalidInput for a muddle."""
    from daoflow_core.parse.routes import routes

    if sum((bool(given), none, plan is not None)) > 1:
        raise InvalidInput(
            "--route, --no-routes and --plan can't go together.",
            next_step="Give one of them, or none to ask the provider.",
            field="route",
        )
    return () if none else routes(given) if given else None
