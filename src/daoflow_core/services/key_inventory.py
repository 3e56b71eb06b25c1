"""The verbs on managed SSH keys that ask no server: take one in, make one, give it to servers, let it go."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import AssetInUse, Conflict, InvalidInput
from daoflow_core.model.assets import ServerName, SshKey
from daoflow_core.model.imported_key import ImportedKey
from daoflow_core.model.registration import KeyMaterial, Registration
from daoflow_core.model.server import Server
from daoflow_core.ports import Database, Hosts, Transaction
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.keys import KeyService, place_of
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.servers import ServerService
from daoflow_core.store import sealed, ssh_keys
from daoflow_core.store import servers as server_rows

CREATE, GENERATE = "ssh_key.create", "ssh_key.generate"
ATTACH, DETACH, DELETE = "ssh_key.attach", "ssh_key.detach", "ssh_key.delete"


@dataclass(frozen=True, slots=True)
class Taken:
    """A key that is new in the inventory, and what to say about it."""

    key: SshKey
    warnings: tuple[str, ...] = ()


class KeyInventory:
    """The inventory's writer; each verb is one transaction with its audit rows."""

    def __init__(
        self,
        database: Database,
        hosts: Hosts,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        keys: KeyService,
        servers: ServerService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._hosts = hosts
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._keys = keys
        self._servers = servers
        self._clock = clock

    async def create(self, name: str, material: KeyMaterial, username: str | None = None) -> Taken:
        """Take a private key in. Raises KeyRejected or a kind of it, and Conflict for a known name or key."""
        await self._access.require(CREATE, "ssh-keys")
        from daoflow_core.ssh.private_keys import read_private_key

        imported = read_private_key(material.data.reveal(), material.passphrase)
        return await self._take(CREATE, name, imported, username)

    async def generate(self, name: str, username: str | None = None) -> Taken:
        """Make an Ed25519 key; its private part never leaves the vault. Raises Conflict for a known name."""
        await self._access.require(GENERATE, "ssh-keys")
        from daoflow_core.ssh.private_keys import make_private_key

        return await self._take(GENERATE, name, make_private_key(), username)

    async def attach(self, key_reference: str, server_reference: str) -> Registration:
        """Let a server log in with a key, as the key's default user if it has one; then check the server."""
        key = await self._keys.find(key_reference)
        old = await self._inventory.find(server_reference)
        await self._access.require(ATTACH, f"ssh-key/{key.id}", server_read_only=old.read_only)
        if old.is_local:
            raise InvalidInput(
                f"{old.name} is this machine: it is used without SSH, so it needs no key.",
                next_step="Name another server; `server list` shows them.",
                field="server-id",
            )
        end = old.endpoint if key.username is None else replace(old.endpoint, user=key.username)
        now = stamp(self._clock.now())
        new = replace(old, endpoint=end, ssh_key_id=key.id, agent_fingerprint=None, updated_at=now)
        await self._servers.refuse_twins(new)
        detail = {"serverId": new.id, "serverName": new.name, "previousKeyId": old.ssh_key_id}
        if end != old.endpoint:
            detail |= {"previousUser": old.endpoint.user, "user": end.user}
        await self._record(ATTACH, key, detail, lambda tx: self._link(tx, key, new), new.id)
        await self._hosts.close(new.id)
        readiness, report = await self._servers.first_check(new, permitted_by=ATTACH)
        warnings = () if end == old.endpoint else (f"{new.name} logs in as {end.user} now, the key's user.",)
        return Registration(new, readiness, report, key_reused=True, key_id=key.id, warnings=warnings)

    async def detach(self, server_reference: str) -> tuple[Registration, SshKey | None]:
        """Leave a server without a key, and end its connections; also gives the key it had, None for none."""
        old = await self._inventory.find(server_reference)
        await self._access.require(DETACH, f"server/{old.id}", server_read_only=old.read_only)
        key = None if old.ssh_key_id is None else await self._keys.find(old.ssh_key_id)
        new = old
        if key is not None:
            new = replace(old, ssh_key_id=None, updated_at=stamp(self._clock.now()))
            detail = {"serverId": new.id, "serverName": new.name}
            await self._record(DETACH, key, detail, lambda tx: server_rows.update(tx, new), new.id)
            await self._hosts.close(new.id)
        readiness, report = await self._servers.first_check(new, permitted_by=DETACH)
        return Registration(new, readiness, report), key

    async def delete(self, reference: str, *, detach: bool = False) -> tuple[SshKey, list[Server]]:
        """Remove a key for good; also gives the servers it was detached from. Raises AssetInUse."""
        key = await self._keys.find(reference)
        target = f"ssh-key/{key.id}"
        await self._access.require(DELETE, target)
        async with self._access.on_record(DELETE, target, AssetInUse):
            return key, await self._delete(key, detach=detach)

    async def _delete(self, key: SshKey, *, detach: bool) -> list[Server]:
        now = stamp(self._clock.now())

        async def work(transaction: Transaction) -> list[Server]:
            users = await server_rows.using_key(transaction, key.id)
            if {server.id for server in users} - {server.id for server in held}:
                raise in_use("SSH key", key.name, users)  # one more came meanwhile, which nobody agreed to
            for server in users:
                await server_rows.update(transaction, replace(server, ssh_key_id=None, updated_at=now))
            await ssh_keys.forget_removed(transaction, key.id)
            await sealed.delete(transaction, place_of(key))
            await ssh_keys.delete(transaction, key.id)
            return users

        held = await server_rows.using_key(self._database, key.id)
        if held and not detach:
            raise in_use("SSH key", key.name, held)
        for server in held:
            await self._access.require(DELETE, f"server/{server.id}", server_read_only=server.read_only)
        detail = {**facts(key), "detachedFrom": [server.id for server in held]}
        users = await self._record(DELETE, key, detail, work)
        for server in users:
            await self._hosts.close(server.id)
        return users

    async def _take(self, action: str, name: str, imported: ImportedKey, username: str | None) -> Taken:
        adoption = self._keys.sealed_new(imported, name, username)
        key = adoption.key
        for other in await ssh_keys.list_all(self._database):
            if other.name == name:
                raise Conflict(
                    f"An SSH key named {name} exists.", next_step="Give another name.", key=other.id
                )
            if other.fingerprint == key.fingerprint:
                raise Conflict(
                    f"This key is in the inventory already, as {other.name}.",
                    next_step=f"Use it: `access-assets ssh-key attach --key-id {other.id} --server-id … --yes`.",
                    key=other.id,
                )
        await self._record(action, key, facts(key), lambda tx: self._keys.insert(tx, adoption))
        return Taken(key, adoption.warnings)

    @staticmethod
    async def _link(transaction: Transaction, key: SshKey, server: Server) -> None:
        """Point a server to a key that is still there, or nothing of it lands."""
        if await ssh_keys.by_id_or_name(transaction, key.id) is None:
            raise Conflict(f"The SSH key {key.name} was deleted meanwhile.", next_step="Choose another key.")
        if not await server_rows.update(transaction, server):
            raise Conflict(f"{server.name} was removed meanwhile.", next_step="Choose another server.")

    async def _record(
        self,
        action: str,
        key: SshKey,
        detail: Mapping[str, object],
        work: Callable[[Transaction], Awaitable[object]],
        server_id: str | None = None,
    ) -> list[Server]:
        done = await self._recorder.record_change(
            actor=self._access.principal.name,
            scope="server:write",
            action=action,
            target=f"ssh-key/{key.id}",
            detail=detail,
            work=work,
            server_id=server_id,
        )
        return done if isinstance(done, list) else []


def facts(key: SshKey) -> dict[str, object]:
    """What the audit trail says of a key: public facts."""
    return {"name": key.name, "fingerprint": key.fingerprint, "keyType": key.key_type, "bits": key.bits}


def in_use(what: str, name: str, users: Sequence[Server | ServerName]) -> AssetInUse:
    """The refusal to delete what servers still use, with their names."""
    names = ", ".join(server.name for server in users[:10])
    more = f" and {len(users) - 10} more" if len(users) > 10 else ""
    return AssetInUse(
        f"The {what} {name} is in use.",
        why=f"{names}{more} {'uses' if len(users) == 1 else 'use'} it.",
        next_step="Give these servers another one first, or pass --detach to take it from them.",
        servers=[{"id": server.id, "name": server.name} for server in users],
    )
