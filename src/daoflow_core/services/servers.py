"""Registering, changing and removing servers; every change is recorded with the change itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, DaoflowError, InvalidInput, NotFound
from daoflow_core.ids import new_id
from daoflow_core.model.assets import SshKey
from daoflow_core.model.identity import IdentityReport, ScannedKey
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.registration import Registration, ServerChanges, ServerDraft
from daoflow_core.model.server import Server
from daoflow_core.ports import Database, Hosts, Transaction
from daoflow_core.services.access import Access
from daoflow_core.services.identity import APPROVE, IdentityService, mismatch, observed
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.jumps import refuse_impossible, refuse_removal, refused
from daoflow_core.services.keys import Adoption, KeyService
from daoflow_core.services.readiness import ReadinessService
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.verdict import judge
from daoflow_core.store import host_keys
from daoflow_core.store import readiness as readiness_rows
from daoflow_core.store import resources as resource_rows
from daoflow_core.store import servers as server_rows
from daoflow_core.store import swarm as swarm_rows

REGISTER, UPDATE, DELETE = "server.register", "server.update", "server.delete"


class ServerService:
    """The inventory's writer: one method a verb."""

    def __init__(
        self,
        database: Database,
        hosts: Hosts,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        keys: KeyService,
        identity: IdentityService,
        readiness: ReadinessService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._hosts = hosts
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._keys = keys
        self._identity = identity
        self._readiness = readiness
        self._clock = clock

    async def plan_add(self, draft: ServerDraft) -> tuple[Server, Adoption | None]:
        """What `add` would write: checked against the inventory, with nothing written and nobody asked."""
        await self._access.require(REGISTER, f"server/{draft.name}")
        server = self._drafted(draft)
        if draft.jump:
            server = replace(server, jump_server_id=await self._jump_id(draft.jump))
        await refuse_impossible(self._database, server)
        await self.refuse_twins(server)
        adoption = None
        if draft.key_material is not None:
            adoption = await self._keys.examine(draft.key_material, draft.name)
            server = replace(server, ssh_key_id=adoption.key.id)
        elif draft.key_id is not None:
            server = _with_key(server, await self._keys.find(draft.key_id), draft.user_given)
            await self.refuse_twins(server)
        return server, adoption

    async def add(self, draft: ServerDraft) -> Registration:
        """Register a server: look at its host key, write it, approve when asked to, check when approved."""
        if draft.approve_fingerprint is not None:  # before anything is written, not half-way
            await self._access.require(APPROVE, f"server/{draft.name}")
        server, adoption = await self.plan_add(draft)
        shown, trouble = await self._look(server)
        if draft.approve_fingerprint is not None and not server.is_local:
            if trouble is not None:
                raise trouble
            if draft.approve_fingerprint not in {key.fingerprint for key in shown}:
                raise mismatch(server, draft.approve_fingerprint, shown)
        await self._write_new(server, adoption, shown)
        if draft.approve_fingerprint is not None and not server.is_local:
            await self._identity.approve_seen(server, draft.approve_fingerprint)
        readiness, report = await self.first_check(server, trouble)
        return Registration(
            server,
            readiness,
            report,
            key_reused=adoption is not None and adoption.reused,
            key_id=server.ssh_key_id,
            warnings=adoption.warnings if adoption else (),
        )

    async def update(self, reference: str, changes: ServerChanges) -> Registration:
        """Change a server: links made under the old settings end, a new address needs its host key approved anew."""
        old = await self._inventory.find(reference)
        lifting = changes.read_only is False
        await self._access.require(UPDATE, f"server/{old.id}", server_read_only=old.read_only and not lifting)
        new, adoption = await self._changed(old, changes)
        await refuse_impossible(self._database, new)
        moved = (old.endpoint.host, old.endpoint.port) != (new.endpoint.host, new.endpoint.port)
        await self.refuse_twins(new)

        async def write(transaction: Transaction) -> None:
            if adoption is not None:
                await self._keys.insert(transaction, adoption)
            await refuse_impossible(transaction, new)
            await server_rows.update(transaction, new)
            if moved:
                await host_keys.supersede_approved(transaction, new.id, new.updated_at)
                await readiness_rows.forget(transaction, new.id)
                await resource_rows.forget(transaction, new.id)
            if moved or new.kind is not old.kind:
                await swarm_rows.forget(transaction, new.id)

        await self._record(UPDATE, new, await self._detail(old, new, changes), write)
        await self._hosts.close(new.id)
        shown_trouble = await self._look_again(new) if moved else None
        readiness, report = await self.first_check(new, shown_trouble)
        warnings = adoption.warnings if adoption else ()
        reused = adoption is not None and adoption.reused
        return Registration(
            new, readiness, report, key_reused=reused, key_id=new.ssh_key_id, warnings=warnings
        )

    async def remove(self, reference: str) -> Server:
        """Take a server out of the inventory; its operations, logs and audit rows stay readable."""
        server = await self._inventory.find(reference)
        target = f"server/{server.id}"
        await self._access.require(DELETE, target, server_read_only=server.read_only)
        now = stamp(self._clock.now())

        async def write(transaction: Transaction) -> None:
            await refuse_removal(transaction, server)
            await server_rows.mark_removed(transaction, server.id, now)

        detail = {"name": server.name, "host": server.endpoint.host}
        async with self._access.on_record(DELETE, target, Conflict):
            await self._record(DELETE, server, detail, write)
        await self._hosts.close(server.id)
        return replace(server, removed_at=now)

    def _drafted(self, draft: ServerDraft) -> Server:
        now = stamp(self._clock.now())
        return Server(
            id=new_id("srv"),
            name=draft.name,
            endpoint=draft.endpoint,
            region=draft.region,
            kind=draft.kind,
            environment=draft.environment,
            ssh_key_id=None,
            read_only=False,
            created_at=now,
            updated_at=now,
            agent_fingerprint=draft.agent_fingerprint,
        )

    async def _changed(self, old: Server, changes: ServerChanges) -> tuple[Server, Adoption | None]:
        if not changes.names():
            raise InvalidInput(
                "Nothing to change was given.", next_step="`server update --help` lists the fields."
            )
        new = replace(changes.applied_to(old), updated_at=stamp(self._clock.now()))
        if changes.jump is not None:
            new = replace(new, jump_server_id=await self._jump_id(changes.jump) if changes.jump else None)
        if changes.key_material is not None:
            adoption = await self._keys.examine(changes.key_material, new.name)
            return replace(new, ssh_key_id=adoption.key.id, agent_fingerprint=None), adoption
        if changes.key_id is not None:
            key = await self._keys.find(changes.key_id)
            return replace(new, ssh_key_id=key.id, agent_fingerprint=None), None
        if changes.agent_fingerprint is not None:
            return replace(new, ssh_key_id=None, agent_fingerprint=changes.agent_fingerprint), None
        return new, None

    async def _jump_id(self, reference: str) -> str:
        """The server that others are to be reached through, which lends them its own login."""
        try:
            hop = await self._inventory.find(reference)
        except NotFound:
            gone = reference.isascii() and await server_rows.removed_by_id_or_name(self._database, reference)
            if not gone:
                raise
            raise refused(
                "removed",
                f"{gone.name} was removed, so nothing is reached through it.",
                "`server list` shows the servers.",
            ) from None
        await self._access.require(UPDATE, f"server/{hop.id}")
        return hop.id

    async def _detail(self, old: Server, new: Server, changes: ServerChanges) -> Mapping[str, object]:
        """What the audit trail says of a change: the fields, and of the way to the server both ends."""
        detail: dict[str, object] = {"changed": sorted(changes.names())}
        if old.jump_server_id != new.jump_server_id:
            for end, hop_id in (("jumpFrom", old.jump_server_id), ("jumpTo", new.jump_server_id)):
                hop = await server_rows.by_id(self._database, hop_id) if hop_id else None
                detail[end] = {"id": hop.id, "name": hop.name} if hop else None
        return detail

    async def refuse_twins(self, server: Server) -> None:
        """A name or an address that another live server has is a conflict that names that server."""
        for other in await self._inventory.all():
            if other.id == server.id:
                continue
            if other.name == server.name:
                raise Conflict(
                    f"A server named {server.name} exists.", next_step="Give another name.", server=other.id
                )
            if (other.endpoint, other.jump_server_id) == (server.endpoint, server.jump_server_id):
                where = f"{server.endpoint.user}@{server.endpoint.address}"
                raise Conflict(
                    f"{where} is registered already, as {other.name}.",
                    next_step=f"Use {other.name}, or change it: `server update --server {other.name} …`.",
                    server=other.id,
                )

    async def _look(self, server: Server) -> tuple[tuple[ScannedKey, ...], DaoflowError | None]:
        """The host keys a server shows, or why it shows none; a new server may be registered while it is down."""
        if server.is_local:
            return (), None
        try:
            return await self._identity.scan_as_operation(server), None
        except DaoflowError as error:
            if error.code in {"SCOPE_DENIED", "READ_ONLY", "AUDIT_BROKEN"}:
                raise
            return (), error

    async def _look_again(self, server: Server) -> DaoflowError | None:
        if server.is_local:
            return None
        try:
            await self._identity.scan(server.id)
        except DaoflowError as error:
            return error
        return None

    async def _write_new(
        self, server: Server, adoption: Adoption | None, shown: tuple[ScannedKey, ...]
    ) -> None:
        async def write(transaction: Transaction) -> None:
            if adoption is not None:
                await self._keys.insert(transaction, adoption)
            await refuse_impossible(transaction, server)
            await server_rows.insert(transaction, server)
            for key in shown:
                await host_keys.observe(transaction, observed(server.id, key, server.created_at))

        detail: dict[str, object] = {"name": server.name, "host": server.endpoint.host}
        detail |= {"sshKeyId": server.ssh_key_id, "jumpServerId": server.jump_server_id}
        await self._record(REGISTER, server, detail, write)

    async def first_check(
        self, server: Server, trouble: DaoflowError | None = None, *, permitted_by: str = REGISTER
    ) -> tuple[Readiness, IdentityReport | None]:
        """Check at once when trusted; otherwise store and return what is known."""
        if server.is_local:
            return await self._readiness.check(server.id, permitted_by=permitted_by), None
        report = await self._identity.known(server.id)
        if trouble is not None and report.approved is None:
            readiness = judge(server, trouble, stamp(self._clock.now()))
            await self._readiness.store(server, readiness)
            return readiness, report
        if report.approved is not None:
            return await self._readiness.check(server.id, permitted_by=permitted_by), report
        readiness = await self._readiness.without_trust(server, report)
        return readiness, report

    async def _record(
        self,
        action: str,
        server: Server,
        detail: Mapping[str, object],
        work: Callable[[Transaction], Awaitable[object]],
    ) -> None:
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope="server:write",
            action=action,
            target=f"server/{server.id}",
            detail=detail,
            work=work,
            server_id=server.id,
        )


def _with_key(server: Server, key: SshKey, user_given: bool) -> Server:
    """The server with a key of the inventory, and the key's default user where none was given."""
    end = server.endpoint
    if key.username is not None and not user_given:
        end = replace(end, user=key.username)
    return replace(server, ssh_key_id=key.id, endpoint=end)
