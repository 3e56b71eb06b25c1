"""A rotation on its way: its secret lies sealed before, while and after the provider is told, until it is settled."""

from __future__ import annotations

import secrets
from dataclasses import replace

from daoflow_core.clock import stamp
from daoflow_core.errors import Conflict
from daoflow_core.model.tunnel import PendingRotation, Tunnel
from daoflow_core.model.vault import Place
from daoflow_core.ports import Transaction
from daoflow_core.secret import Secret
from daoflow_core.services.tunnels_credentials import PENDING, TABLE, TOKEN
from daoflow_core.services.tunnels_ground import Ground
from daoflow_core.store import sealed
from daoflow_core.store import tunnels as rows

SECRET_BYTES = 32


class BegunRotation:
    """A rotation on its way: its secret in the store, before, while and after the provider is told."""

    def __init__(
        self,
        ground: Ground,
        actor: str,
        one: Tunnel,
        pending: PendingRotation | None,
    ) -> None:
        self.one = one
        self.pending = pending
        self._on = ground
        self._actor = actor
        self._fresh = None if pending else Secret(secrets.token_bytes(SECRET_BYTES))
        self._version = pending.version if pending else one.credential_version + 1

    @property
    def _place(self) -> Place:
        return Place(TABLE, self.one.id, PENDING, self._version)

    async def write(self, transaction: Transaction, operation_id: str) -> None:
        """With the operation's own row: the secret, sealed, and that its rotation begins."""
        await rows.link(transaction, operation_id, self.one.id)
        if self._fresh is None:
            return
        if await rows.pending(transaction, self.one.id) is not None:
            raise Conflict(
                f"A rotation of {self.one.name} began a moment ago.", next_step="Look at it first."
            )
        now = stamp(self._on.clock.now())
        await rows.begin_rotation(
            transaction, PendingRotation(self.one.id, operation_id, now, self._actor, self._version)
        )
        await sealed.put(transaction, self._place, self._on.credentials.seal_at(self._place, self._fresh))

    async def secret(self) -> Secret:
        """The secret that is being given, as the store has it."""
        return await self._on.credentials.open_at(self._place, self.one.name)

    async def undo(self, transaction: Transaction) -> None:
        """The provider said no: the secret is nobody's."""
        await rows.end_rotation(transaction, self.one.id)
        await sealed.delete(transaction, self._place)

    async def settle(self, transaction: Transaction, token: Secret, now: str) -> None:
        """The provider has it: the connector's token takes the secret's place, sealed."""
        current = await rows.by_id_or_name(transaction, self.one.id)
        if current is None:
            raise Conflict(f"{self.one.name} was deleted meanwhile.")
        await self.undo(transaction)
        place = Place(TABLE, current.id, TOKEN, current.credential_version)
        await sealed.put(transaction, place, self._on.credentials.seal_at(place, token))
        await rows.update(transaction, replace(current, rotated_at=now, updated_at=now))
