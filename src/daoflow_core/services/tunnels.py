"""The inventory of tunnels: what was recorded, how it stands, and the verbs that change our records only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, NotFound
from daoflow_core.ids import new_id
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.published import Directory
from daoflow_core.model.tunnel import (
    PendingRotation,
    Provider,
    Route,
    Tunnel,
    TunnelDraft,
    TunnelStatus,
)
from daoflow_core.model.tunnel_sync import TunnelSync
from daoflow_core.ports import Database, Transaction
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.tunnels_credentials import TunnelCredentials
from daoflow_core.services.tunnels_diff import changes_of
from daoflow_core.services.tunnels_mapping import mapping_of
from daoflow_core.services.tunnels_view import TunnelView
from daoflow_core.store import published
from daoflow_core.store import tunnels as rows

LOOKS = (OperationKind.TUNNEL_SYNC_PLAN, OperationKind.TUNNEL_SYNC)
Work = Callable[[Transaction], Awaitable[object]]


class TunnelService:
    """Reads and writes tunnels; each change is one transaction with its audit rows."""

    def __init__(
        self,
        database: Database,
        credentials: TunnelCredentials,
        recorder: Recorder,
        access: Access,
        clock: Clock,
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._recorder = recorder
        self._access = access
        self._clock = clock

    async def list(self) -> tuple[TunnelView, ...]:
        """Every tunnel as it stands, by name."""
        await self._access.require("tunnel.list", "tunnels")
        return await self.views()

    async def views(self) -> tuple[TunnelView, ...]:
        """The same for a caller that has its own permission."""
        directory = await published.directory(self._database)
        pending = await rows.all_pending(self._database)
        routes = await rows.routes(self._database)
        found = []
        for one in await rows.list_all(self._database):
            own = tuple(route for route in routes if route.tunnel_id == one.id)
            found.append(await self._view(one, own, pending.get(one.id), directory))
        return tuple(found)

    async def show(self, reference: str) -> TunnelView:
        """One tunnel as it stands. Raises NotFound."""
        one = await self.find(reference)
        await self._access.require("tunnel.show", f"tunnel/{one.id}")
        return await self.view(one.id)

    async def view(self, tunnel_id: str) -> TunnelView:
        """The same for a caller that has its own permission."""
        one = await self.find(tunnel_id)
        directory = await published.directory(self._database)
        routes = await rows.routes(self._database, one.id)
        return await self._view(one, routes, await rows.pending(self._database, one.id), directory)

    async def find(self, reference: str) -> Tunnel:
        """The tunnel with this id or name. Raises NotFound."""
        wanted = reference.strip()
        one = await rows.by_id_or_name(self._database, wanted) if wanted.isascii() else None
        if one is None:
            raise NotFound(
                f"There is no tunnel {reference[:80]!a}.",
                next_step="`tunnels list` shows the names and ids.",
                tunnel=reference[:80],
            )
        return one

    async def create(self, draft: TunnelDraft, credential: Secret | None) -> TunnelView:
        """Record a tunnel; nothing is asked of its provider. Raises Conflict."""
        await self._access.require("tunnel.create", "tunnels")
        now = stamp(self._clock.now())
        one = Tunnel(
            id=new_id("tun"),
            name=draft.name or "",
            provider=draft.provider or Provider.MANUAL,
            provider_tunnel_id=draft.provider_tunnel_id or None,
            account_id=draft.account_id or None,
            domain=draft.domain or None,
            status=TunnelStatus.INACTIVE,
            created_at=now,
            updated_at=now,
        )
        await self._refuse_known(one)
        sealed = None if credential is None else self._credentials.seal(one, credential, now)

        async def work(transaction: Transaction) -> None:
            await rows.insert(transaction, one if sealed is None else sealed.tunnel)
            if sealed is not None:
                await sealed.put(transaction)

        await self._record("tunnel.create", one, _told(one), work)
        return await self.view(one.id)

    async def update(self, reference: str, draft: TunnelDraft) -> TunnelView:
        """Change what is recorded of a tunnel; "" clears a field. Raises Conflict."""
        old = await self.find(reference)
        await self._access.require("tunnel.update", f"tunnel/{old.id}")
        new = replace(_drafted(old, draft), updated_at=stamp(self._clock.now()))
        await self._refuse_known(new)

        async def work(transaction: Transaction) -> None:
            stored = await rows.by_id_or_name(transaction, old.id)
            if stored != old:
                raise Conflict(f"{old.name} changed meanwhile.", next_step="Look at it, then try again.")
            await rows.update(transaction, new)

        await self._record("tunnel.update", new, {"from": _told(old), "to": _told(new)}, work)
        return await self.view(old.id)

    async def delete(self, reference: str, *, abandon: bool = False) -> tuple[Tunnel, tuple[Route, ...]]:
        """Remove a tunnel's record, its routes and its sealed credential; at the provider nothing changes.

        With `abandon` also one whose rotation has no known end: the sealed secret of that goes with it.
        """
        one = await self.find(reference)
        target = f"tunnel/{one.id}"
        await self._access.require("tunnel.delete", target)
        async with self._access.on_record("tunnel.delete", target, Conflict):
            return one, await self._delete(one, abandon=abandon)

    async def _delete(self, one: Tunnel, *, abandon: bool) -> tuple[Route, ...]:
        pending = await rows.pending(self._database, one.id)
        if pending is not None and not abandon:
            raise Conflict(
                f"A rotation of {one.name} has not ended: its new secret would be lost.",
                next_step=f"End it first: `tunnels rotate --tunnel-id {one.name} --provider --yes`.",
                operation=pending.operation_id,
            )
        routes = tuple(await rows.routes(self._database, one.id))

        async def work(transaction: Transaction) -> None:
            await self._credentials.forget(transaction, one)
            if await rows.pending(transaction, one.id) != pending or not await rows.delete(
                transaction, one.id
            ):
                raise Conflict(f"{one.name} changed meanwhile.", next_step="Look at it, then try again.")

        detail: dict[str, object] = {
            **_told(one),
            "routes": [route.hostname + route.path for route in routes][:100],
        }
        if pending is not None:
            detail["abandonedRotation"] = pending.operation_id
        await self._record("tunnel.delete", one, detail, work)
        await self._database.fold_log()
        return routes

    async def _view(
        self, one: Tunnel, routes: Sequence[Route], pending: PendingRotation | None, directory: Directory
    ) -> TunnelView:
        looks = await rows.newest(self._database, one.id, LOOKS)
        whole = [look for look in looks if look.result.get("tunnel")] or await self._older_look(one)
        mapped = tuple((route, mapping_of(route.service, directory)) for route in routes)
        if not whole:
            return TunnelView(one, mapped, pending, None, None, ())
        seen = TunnelSync.of(whole[0].result)
        holders = await rows.holders(self._database, one.id)
        changes = changes_of(routes, seen.observation, holders, directory)
        return TunnelView(one, mapped, pending, whole[0], seen, changes)

    async def _older_look(self, one: Tunnel) -> Sequence[Operation]:
        """The newest look that saw something: a failed one hides nothing that was known before."""
        found: Sequence[Operation] = ()
        for status in (OperationStatus.COMPLETED, OperationStatus.PARTIAL):
            found = (*found, *await rows.newest(self._database, one.id, LOOKS, status))
        return sorted(found, key=lambda look: look.id, reverse=True)

    async def _refuse_known(self, one: Tunnel) -> None:
        named = await rows.by_id_or_name(self._database, one.name)
        if named is not None and named.id != one.id:
            raise Conflict(
                f"A tunnel named {one.name} exists.", next_step="Give another name.", tunnel=named.id
            )
        if one.provider_tunnel_id is None:
            return
        same = await rows.by_provider_id(self._database, one.provider, one.provider_tunnel_id)
        if same is not None and same.id != one.id:
            raise Conflict(
                f"This tunnel is recorded already, as {same.name}.",
                next_step=f"Look at it: `tunnels show --tunnel-id {same.id}`.",
                tunnel=same.id,
            )

    async def _record(self, action: str, one: Tunnel, detail: Mapping[str, object], work: Work) -> None:
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope="server:write",
            action=action,
            target=f"tunnel/{one.id}",
            detail=detail,
            work=work,
        )


def _drafted(old: Tunnel, draft: TunnelDraft) -> Tunnel:
    def said(new: str | None, before: str | None) -> str | None:
        return before if new is None else new or None

    return replace(
        old,
        name=draft.name or old.name,
        provider=draft.provider or old.provider,
        status=draft.status or old.status,
        provider_tunnel_id=said(draft.provider_tunnel_id, old.provider_tunnel_id),
        account_id=said(draft.account_id, old.account_id),
        domain=said(draft.domain, old.domain),
    )


def _told(one: Tunnel) -> dict[str, object]:
    """What the audit trail says of a tunnel."""
    return {
        "name": one.name,
        "provider": one.provider.value,
        "providerTunnelId": one.provider_tunnel_id,
        "domain": one.domain,
        "status": one.status.value,
    }
