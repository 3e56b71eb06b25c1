"""What syncing, checking and rotating a tunnel stand on, and how each of them names the tunnel."""

from __future__ import annotations

from dataclasses import dataclass

from daoflow_core.clock import Clock
from daoflow_core.errors import InvalidInput
from daoflow_core.model.operation import Subject
from daoflow_core.model.tunnel import Tunnel, TunnelAddress
from daoflow_core.model.tunnel_sync import TunnelName
from daoflow_core.ports import Database
from daoflow_core.providers.choice import Providers
from daoflow_core.services.operations import Operations
from daoflow_core.services.tunnels import TunnelService
from daoflow_core.services.tunnels_credentials import TunnelCredentials


@dataclass(frozen=True, slots=True)
class Ground:
    """What syncing, checking and rotating stand on."""

    database: Database
    operations: Operations
    tunnels: TunnelService
    credentials: TunnelCredentials
    providers: Providers
    clock: Clock


def subject_of(one: Tunnel) -> Subject:
    """A tunnel as what an operation is of."""
    return Subject(f"tunnel/{one.id}", "", one.name)


def name_of(one: Tunnel) -> TunnelName:
    """A tunnel as results name it."""
    return TunnelName(id=one.id, name=one.name, provider=one.provider.value)


def address_of(one: Tunnel) -> TunnelAddress:
    """Where the provider finds it. Raises InvalidInput when the account is not recorded."""
    if not one.account_id:
        raise InvalidInput(
            f"The account of {one.name} is not recorded.",
            next_step=f"Record it: `tunnels update --tunnel-id {one.name} --account-id ID --yes`.",
            field="account-id",
        )
    return TunnelAddress(one.account_id, one.provider_tunnel_id, one.name)
