"""The forms for tunnels: record one, change what is recorded, say which routes it exposes, rotate its credential."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from daoflow_core.errors import Conflict, DaoflowError, InvalidInput
from daoflow_core.model.operation import Operation
from daoflow_core.model.tunnel import Provider, RouteStatus, Tunnel, TunnelDraft
from daoflow_core.parse import tunnel_fields as rules
from daoflow_core.parse.routes import route, routes
from daoflow_core.secret import Secret
from daoflow_core.services.tunnels_view import TunnelView
from daoflow_tui.screens.sheets.asset_form import AnyField, Ask, AssetForm
from daoflow_tui.screens.sheets.options import OptionField
from daoflow_tui.widgets.fields import Field

if TYPE_CHECKING:
    from daoflow_core.console import Console

PROVIDERS = (("manual", "manual"), ("cloudflare", "Cloudflare"))
CONNECTIONS = (("", "leave connected"), ("cut", "end every connection"))
LARGEST = 64 * 1024
SPARE = 3
"""Empty fields for routes beside those that are known."""
MOST = 40
"""Routes that a form bears; more come by `tunnels sync --route`."""
FIELDS = {
    "name": "name",
    "domain": "domain",
    "provider-tunnel-id": "tunnel",
    "account-id": "account",
    "credentials-file": "token",
}


def _common(one: Tunnel | None) -> dict[str, AnyField]:
    known = one or Tunnel("", "", Provider.MANUAL, None, None, None, rules.status("inactive"), "", "")
    return {
        "name": Field("Name", known.name, placeholder="edge", max_length=200),
        "domain": Field("Domain", known.domain or "", placeholder="app.example.com", max_length=300),
        "provider": OptionField("Provider", PROVIDERS, known.provider.value),
        "account": Field(
            "Account id",
            known.account_id or "",
            hint="Cloudflare only: 32 hexadecimal digits",
            max_length=100,
        ),
        "tunnel": Field(
            "Tunnel id there",
            known.provider_tunnel_id or "",
            hint="its id at the provider; empty finds it by its name",
            max_length=100,
        ),
    }


def credential_fields() -> dict[str, AnyField]:
    """A credential, typed or in a file."""
    return {
        "token": Field("API token", hint="typed or pasted, never shown; or:", secret=True, max_length=8192),
        "file": Field("Token file", placeholder="path of a file that holds it", max_length=4096),
    }


def _draft(typed: Mapping[str, str]) -> TunnelDraft:
    of = rules.provider(typed["provider"])
    return TunnelDraft(
        name=rules.tunnel_name(typed["name"]),
        provider=of,
        provider_tunnel_id=rules.provider_tunnel_id(typed["tunnel"], of),
        account_id=rules.account_id(typed["account"], of),
        domain=rules.domain(typed["domain"]),
    )


def _judged(typed: Mapping[str, str]) -> dict[str, str]:
    of = rules.provider(typed["provider"])
    judged: dict[str, Callable[[], Any]] = {
        "name": lambda: rules.tunnel_name(typed["name"]),
        "domain": lambda: rules.domain(typed["domain"]),
        "account": lambda: rules.account_id(typed["account"], of),
        "tunnel": lambda: rules.provider_tunnel_id(typed["tunnel"], of),
    }
    wrong = {}
    for name, rule in judged.items():
        try:
            rule()
        except InvalidInput as error:
            wrong[name] = error.why or error.message
    return wrong


def field_named(error: DaoflowError) -> str:
    """The field that an error is about; empty when it is about no single one."""
    if isinstance(error, Conflict):
        return "name" if "named" in error.message else "tunnel" if "recorded already" in error.message else ""
    return FIELDS.get(str(error.details.get("field", "")), "")


async def secret_of(typed: Mapping[str, str]) -> Secret | None:
    """What was typed, else what the file holds; read in the core's thread. Raises InvalidInput."""
    if typed["token"]:
        return Secret(typed["token"].encode())
    if not typed["file"].strip():
        return None
    from daoflow_core.plain_files import read_plain_file

    data = await asyncio.to_thread(
        read_plain_file, typed["file"].strip(), LARGEST, what="token file", field="credentials-file"
    )
    return Secret(data)


class NewTunnelForm(AssetForm[TunnelView]):
    """Record a tunnel."""

    about = "Nothing is asked of the provider yet, and nothing is ever changed there by a sync."
    running = "recording it"

    def __init__(self) -> None:
        super().__init__("Record a tunnel", {**_common(None), **credential_fields()})

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """Every field by its rule."""
        return _judged(typed)

    def asking(self, typed: Mapping[str, str]) -> Ask[TunnelView]:
        """Record it, its credential sealed."""

        async def ask(console: Console) -> TunnelView:
            return await console.tunnels.create(_draft(typed), await secret_of(typed))

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """By the core's own words."""
        return field_named(error)


class EditTunnelForm(AssetForm[TunnelView]):
    """Change what is recorded of a tunnel."""

    about = "Only our record changes; at the provider nothing does."
    deed = "Save"
    running = "saving it"

    def __init__(self, one: Tunnel) -> None:
        self.one = one
        super().__init__(f"Edit {one.name}", _common(one))

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """Every field by its rule."""
        return _judged(typed)

    def asking(self, typed: Mapping[str, str]) -> Ask[TunnelView]:
        """Save it."""
        tunnel_id = self.one.id

        async def ask(console: Console) -> TunnelView:
            return await console.tunnels.update(tunnel_id, _draft(typed))

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """By the core's own words."""
        return field_named(error)


class RoutesForm(AssetForm[Operation]):
    """Say which routes a tunnel exposes; what comes of it is a plan."""

    about = "All of them: hostname[/path]=service:port, or a URL. What is left out becomes stale. A plan comes first."
    deed = "Plan"
    running = "comparing"

    def __init__(self, view: TunnelView) -> None:
        self.view = view
        known = [
            f"{one.hostname}{one.path}={one.service}"
            for one, _ in view.routes
            if one.status is RouteStatus.ACTIVE
        ]
        texts = [*known[:MOST], *[""] * SPARE]
        super().__init__(
            f"Routes of {view.tunnel.name}",
            {
                f"route{number}": Field(
                    f"Route {number}", text, placeholder="hostname=service:port", max_length=700
                )
                for number, text in enumerate(texts, 1)
            },
        )

    def judge(self, typed: Mapping[str, str]) -> dict[str, str]:
        """Each route by itself, then none twice."""
        wrong: dict[str, str] = {}
        seen: dict[tuple[str, str], str] = {}
        for name, text in typed.items():
            if not text.strip():
                continue
            try:
                key = route(text).key
            except InvalidInput as error:
                wrong[name] = error.why or error.message
                continue
            if key in seen:
                wrong[name] = f"{self.fields[seen[key]]._label} has the same hostname and path."
            seen.setdefault(key, name)
        return wrong

    def asking(self, typed: Mapping[str, str]) -> Ask[Operation]:
        """Record the plan."""
        given, tunnel_id = routes([text for text in typed.values() if text.strip()]), self.view.tunnel.id

        async def ask(console: Console) -> Operation:
            return await console.tunnel_sync.plan(tunnel_id, given)

        return ask

    def field_of(self, error: DaoflowError) -> str:
        """No single one."""
        del error
        return ""
