"""Which provider answers for a tunnel; its code and httpx are loaded when it is first asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.errors import InvalidInput
from daoflow_core.model.tunnel import Provider

if TYPE_CHECKING:
    from daoflow_core.ports import TunnelProvider


class Providers:
    """Gives the provider of a kind; `override` names a stand-in on this machine."""

    def __init__(self, override: str | None = None) -> None:
        self._override = override

    @property
    def stand_in(self) -> str | None:
        """The address that is asked instead of the provider's own, or None; it is told in every record."""
        from daoflow_core.providers.base_url import CLOUDFLARE, base_url

        url = base_url(self._override)
        return None if url == CLOUDFLARE else url

    def of(self, provider: Provider) -> TunnelProvider:
        """The provider. Raises InvalidInput for one that has no API, ConfigInvalid for a bad override."""
        if provider is Provider.MANUAL:
            raise InvalidInput(
                "A manual tunnel has no provider that could be asked.",
                next_step="Say what it exposes: `tunnels sync --tunnel-id NAME --route hostname=service:port --yes`.",
                field="route",
            )
        from daoflow_core.providers.base_url import base_url
        from daoflow_core.providers.cloudflare import Cloudflare
        from daoflow_core.providers.http import Api

        return Cloudflare(Api("Cloudflare", base_url(self._override)))
