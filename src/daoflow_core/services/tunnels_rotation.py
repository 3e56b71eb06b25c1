"""Rotating a tunnel's credentials: our sealed copy, or the secret at the provider, which no crash may lose."""

from __future__ import annotations

from dataclasses import replace

from daoflow_core.clock import stamp
from daoflow_core.errors import Conflict, DaoflowError, InvalidInput, OutcomeUnknown
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.tunnel import PendingRotation, Tunnel, TunnelAddress
from daoflow_core.model.tunnel_sync import TunnelRotation
from daoflow_core.model.vault import Place
from daoflow_core.ports import Transaction, TunnelProvider
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Outcome, Undertaking
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.settling import let_finish
from daoflow_core.services.tunnels_credentials import TABLE, TOKEN
from daoflow_core.services.tunnels_ground import Ground, address_of, name_of, subject_of
from daoflow_core.services.tunnels_pending import BegunRotation
from daoflow_core.services.tunnels_view import TunnelView
from daoflow_core.services.tunnels_words import connector_steps
from daoflow_core.store import operations as operation_rows
from daoflow_core.store import tunnels as rows
from daoflow_core.tunnel_errors import RotationUnknown

ROTATE = Undertaking(
    OperationKind.TUNNEL_CREDENTIALS_ROTATE, "tunnel.credentials.rotate", "Rotation of the secret"
)


class TunnelRotationService:
    """The new secret lies sealed before the provider hears of it, until it is known what the provider has."""

    def __init__(self, ground: Ground, recorder: Recorder, access: Access) -> None:
        self._on = ground
        self._recorder = recorder
        self._access = access

    async def store(self, reference: str, credential: Secret) -> TunnelView:
        """Replace our sealed copy; the provider is not told."""
        old = await self._on.tunnels.find(reference)
        await self._access.require("tunnel.credentials.rotate", f"tunnel/{old.id}")
        now = stamp(self._on.clock.now())
        new = self._on.credentials.seal(old, credential, now)
        one = replace(new.tunnel, rotated_at=now if old.has_credentials else old.rotated_at, updated_at=now)

        async def work(transaction: Transaction) -> None:
            if await rows.by_id_or_name(transaction, old.id) != old:
                raise Conflict(f"{old.name} changed meanwhile.", next_step="Look at it, then try again.")
            await rows.update(transaction, one)
            await new.put(transaction)

        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope="server:write",
            action="tunnel.credentials.rotate",
            target=f"tunnel/{old.id}",
            detail={"name": old.name, "where": "stored only", "version": one.credential_version},
            work=work,
        )
        await self._on.database.fold_log()
        return await self._on.tunnels.view(old.id)

    async def rotate(
        self, reference: str, *, compromised: bool = False, token_file: str | None = None
    ) -> Operation:
        """Give the tunnel a new secret at its provider; one whose outcome is not known is resumed, not replaced.

        Raises RotationUnknown when the provider may or may not have it: the secret stays sealed then.
        """
        one = await self._on.tunnels.find(reference)
        provider = self._on.providers.of(one.provider)
        if one.provider_tunnel_id is None:
            raise InvalidInput(
                f"The id of {one.name} at its provider is not recorded.",
                next_step=f"Sync it first: `tunnels sync --tunnel-id {one.name} --yes`.",
                field="provider-tunnel-id",
            )
        address, credential = address_of(one), await self._on.credentials.open(one)
        pending = await rows.pending(self._on.database, one.id)
        await self._refuse_running(one, pending)
        begun = BegunRotation(self._on, self._access.principal.name, one, pending)

        async def rotation(handle: OperationHandle) -> Outcome:
            secret = await begun.secret()
            if stand_in := self._on.providers.stand_in:
                handle.log(Stream.INFO, f"a stand-in at {stand_in} is asked, not {one.provider.value}")
            resumed = pending is not None
            if not (resumed and await self._is_there(provider, address, credential, secret, handle)):
                await self._replace(provider, address, credential, secret, begun, handle)
            dropped = await self._drop(provider, address, credential, handle) if compromised else None
            return self._outcome(
                one, provider, address, secret, begun, (resumed, compromised, dropped), token_file
            )

        async def work(handle: OperationHandle) -> Outcome:
            return await let_finish(rotation(handle))

        return await self._on.operations.run_about(subject_of(one), one.name, ROTATE, work, also=begun.write)

    async def token(self, one: Tunnel) -> Secret:
        """The connector's token of the newest rotation. Raises VaultDamaged when there is none."""
        place = Place(TABLE, one.id, TOKEN, one.credential_version)
        return await self._on.credentials.open_at(place, one.name)

    async def _refuse_running(self, one: Tunnel, pending: PendingRotation | None) -> None:
        if pending is None:
            return
        begun = await operation_rows.by_id(self._on.database, pending.operation_id)
        if begun is not None and begun.status is OperationStatus.RUNNING:
            raise Conflict(
                f"A rotation of {one.name} is running now, by {begun.requested_by}.",
                next_step=f"Wait for it: `server ops logs --operation {begun.id} --follow`.",
                operation=begun.id,
            )

    async def _is_there(
        self,
        provider: TunnelProvider,
        address: TunnelAddress,
        credential: Secret,
        secret: Secret,
        handle: OperationHandle,
    ) -> bool:
        handle.log(Stream.RUN, "ask the provider whether it took the secret of the rotation that did not end")
        there = await provider.has_secret(address, credential, secret)
        handle.log(Stream.INFO, "it did" if there else "it did not: it is sent again")
        return there

    async def _replace(
        self,
        provider: TunnelProvider,
        address: TunnelAddress,
        credential: Secret,
        secret: Secret,
        begun: BegunRotation,
        handle: OperationHandle,
    ) -> None:
        handle.log(Stream.RUN, f"give tunnel {address.provider_tunnel_id} a new secret")
        try:
            await provider.replace_secret(address, credential, secret)
        except OutcomeUnknown as error:
            if await self._was_taken(provider, address, credential, secret):
                handle.log(Stream.INFO, f"{error.message}; asked again, the provider has the new secret")
                return
            raise _unknown(begun.one, error) from None
        except DaoflowError:
            if begun.pending is None:  # a definite no: the provider keeps the old secret
                await self._on.database.write(begun.undo)
            raise

    async def _was_taken(
        self, provider: TunnelProvider, address: TunnelAddress, credential: Secret, secret: Secret
    ) -> bool:
        """Whether the provider has it for certain; a no is none, because the call may still be under way."""
        try:
            return await provider.has_secret(address, credential, secret)
        except DaoflowError:
            return False

    async def _drop(
        self, provider: TunnelProvider, address: TunnelAddress, credential: Secret, handle: OperationHandle
    ) -> bool:
        handle.log(Stream.RUN, "end every connection of the tunnel")
        try:
            await provider.drop_connections(address, credential)
        except DaoflowError as error:
            handle.log(Stream.ERROR, f"{error.message} {error.why}")
            return False
        return True

    def _outcome(
        self,
        one: Tunnel,
        provider: TunnelProvider,
        address: TunnelAddress,
        secret: Secret,
        begun: BegunRotation,
        how: tuple[bool, bool, bool | None],
        token_file: str | None,
    ) -> Outcome:
        resumed, compromised, dropped = how
        tunnel_id = address.provider_tunnel_id or ""
        steps = connector_steps(tunnel_id, compromised=bool(dropped), token_file=token_file)
        result = TunnelRotation(
            tunnel=name_of(one),
            provider_tunnel_id=tunnel_id,
            resumed=resumed,
            compromised=compromised,
            connections_dropped=dropped,
            steps=steps,
        )
        token = provider.connector_token(address, secret)

        async def also(transaction: Transaction, operation_id: str) -> None:
            del operation_id
            await begun.settle(transaction, token, stamp(self._on.clock.now()))

        if dropped is False:
            words = "The secret was replaced, but whether the connections were ended is not known."
            return Outcome(
                OperationStatus.PARTIAL, words, result.document(), words, "CONNECTIONS_NOT_DROPPED", also
            )
        words = f"{one.name} has a new secret; {len(steps)} steps are left for its connectors."
        return Outcome(OperationStatus.COMPLETED, words, result.document(), also=also)


def _unknown(one: Tunnel, error: OutcomeUnknown) -> RotationUnknown:
    return RotationUnknown(
        f"Whether {one.name} has its new secret is not known.",
        why=f"{error.message} {error.why} The secret lies sealed, and connectors that run stay connected.".strip(),
        next_step="Run `tunnels rotate --provider` for it again: it goes on with the same secret.",
        tunnel=one.id,
    )
