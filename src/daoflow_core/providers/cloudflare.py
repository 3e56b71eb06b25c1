"""Cloudflare Tunnel over its HTTP API; nothing is ever written there but a new secret that an operator asked for."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

from daoflow_core.errors import DaoflowError
from daoflow_core.model.tunnel import TunnelAddress
from daoflow_core.model.tunnel_sync import Observation
from daoflow_core.parse import cloudflare as parse
from daoflow_core.parse.cloudflare import CloudTunnel, unusable
from daoflow_core.providers.http import Api
from daoflow_core.secret import Secret
from daoflow_core.tunnel_errors import ProviderRefused

PAGE = 100
MOST_PAGES = 100


class Cloudflare:
    """One account's tunnels."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def observe(self, address: TunnelAddress, credential: Secret) -> Observation:
        """The tunnel, its configuration and its connections; routes come whole or not at all."""
        one = await self._find(address, credential)
        if one.deleted_at:
            return parse.observation(one, None, None)
        held, notes = await self._connections(address, one, credential)
        return parse.observation(one, await self._configuration(address, one, credential), held, notes)

    async def replace_secret(self, address: TunnelAddress, credential: Secret, secret: Secret) -> None:
        """Give the tunnel a new secret; connectors that are connected stay so."""
        body = {"tunnel_secret": base64.b64encode(secret.reveal()).decode("ascii")}
        await self._api.change("PATCH", _path(address), credential, body)

    async def has_secret(self, address: TunnelAddress, credential: Secret, secret: Secret) -> bool:
        """Whether the token that Cloudflare gives out now holds exactly this secret."""
        document = await self._read(f"{_path(address)}/token", credential)
        return parse.token_secret(document.get("result"), address.provider_tunnel_id or "") == secret

    async def drop_connections(self, address: TunnelAddress, credential: Secret) -> None:
        """End every connection of the tunnel."""
        await self._api.change("DELETE", f"{_path(address)}/connections", credential)

    def connector_token(self, address: TunnelAddress, secret: Secret) -> Secret:
        """What `cloudflared` runs with."""
        return parse.tunnel_token(address.account_id, address.provider_tunnel_id or "", secret)

    async def _find(self, address: TunnelAddress, credential: Secret) -> CloudTunnel:
        if address.provider_tunnel_id is None:
            return await self._by_name(address, credential)
        document = await self._read(_path(address), credential)
        one = parse.tunnel(document.get("result"))
        if one.id != address.provider_tunnel_id.lower():
            raise unusable("It is about another tunnel than the one asked for.")
        return _of_account(one, address)

    async def _by_name(self, address: TunnelAddress, credential: Secret) -> CloudTunnel:
        """The one tunnel of the account that bears the name, among all its pages."""
        found = [one for one in await self._all(address, credential) if one.name == address.name]
        if len(found) == 1:
            return found[0]
        why = (
            f"{len(found)} tunnels of the account are named {address.name}."
            if found
            else f"No tunnel of the account is named {address.name}."
        )
        raise ProviderRefused(
            "The tunnel was not found at Cloudflare.",
            why=why,
            next_step="Record its id there: `tunnels update --tunnel-id NAME --provider-tunnel-id UUID --yes`.",
            reason="not-found",
            provider="cloudflare",
        )

    async def _all(self, address: TunnelAddress, credential: Secret) -> list[CloudTunnel]:
        found: dict[str, CloudTunnel] = {}
        for page in range(1, MOST_PAGES + 1):
            query: dict[str, str | int] = {"page": page, "per_page": PAGE, "is_deleted": "false"}
            path = f"/accounts/{quote(address.account_id, safe='')}/cfd_tunnel"
            document = await self._read(path, credential, query)
            got = [_of_account(one, address) for one in parse.tunnels(document.get("result"))]
            found |= {one.id: one for one in got}
            if not got or _is_last(document, page, len(got)):
                return list(found.values())
        raise unusable(f"The list of tunnels does not end within {MOST_PAGES} pages.")

    async def _configuration(
        self, address: TunnelAddress, one: CloudTunnel, credential: Secret
    ) -> object | None:
        if one.config_source == "local":
            return None
        try:
            document = await self._read(f"{_path(address, one.id)}/configurations", credential)
        except ProviderRefused as error:
            if error.details.get("reason") == "not-found":
                return None
            raise
        result = document.get("result")
        if isinstance(result, dict):
            if str(result.get("tunnel_id", one.id)).lower() != one.id:
                raise unusable("It is the configuration of another tunnel.")
            if result.get("source") == "local":
                return None
        return result

    async def _connections(
        self, address: TunnelAddress, one: CloudTunnel, credential: Secret
    ) -> tuple[int | None, list[str]]:
        """How many connections there are; routes are still true when that can't be told."""
        try:
            document = await self._read(f"{_path(address, one.id)}/connections", credential)
        except DaoflowError as error:
            return None, [f"The connections are not known: {error.message}"]
        return parse.connection_count(document.get("result")), []

    async def _read(
        self, path: str, credential: Secret, query: dict[str, str | int] | None = None
    ) -> dict[str, Any]:
        document = await self._api.read(path, credential, query)
        if not isinstance(document, dict):
            raise unusable("It is no object.")
        return document


def _path(address: TunnelAddress, tunnel_id: str | None = None) -> str:
    chosen = tunnel_id or address.provider_tunnel_id or ""
    return f"/accounts/{quote(address.account_id, safe='')}/cfd_tunnel/{quote(chosen, safe='')}"


def _of_account(one: CloudTunnel, address: TunnelAddress) -> CloudTunnel:
    if one.account is not None and one.account != address.account_id:
        raise unusable("It is about another account than the one asked for.")
    return one


def _is_last(document: dict[str, Any], page: int, count: int) -> bool:
    """Whether no page follows: a short page ends the list; a total that says otherwise is believed for more only."""
    told = document.get("result_info")
    per_page = told.get("per_page") if isinstance(told, dict) else None
    size = per_page if isinstance(per_page, int) and 0 < per_page <= PAGE else PAGE
    total = told.get("total_pages") if isinstance(told, dict) else None
    return count < size and not (isinstance(total, int) and total > page)
