"""Rotating a managed SSH key: the new one logs in everywhere it is needed before the old one goes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, DaoflowError, KeyNotProven
from daoflow_core.model.assets import SshKey
from daoflow_core.model.imported_key import ImportedKey
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.model.server import Server
from daoflow_core.ports import Database, Hosts, Transaction
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.services.keys import KeyService, place_of
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.targets import Targets
from daoflow_core.store import sealed, ssh_keys
from daoflow_core.store import servers as server_rows

ROTATE = "ssh_key.rotate"
AT_ONCE = 8
"""Servers that are asked at the same time."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the new key logs in to one server; `code` and `reason` say why it could not be seen to."""

    server: Server
    proven: bool
    code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key after its rotation: what it was, how it was proven, and what to say about it."""

    key: SshKey
    old: SshKey
    proofs: tuple[Proof, ...]
    warnings: tuple[str, ...]


class KeyRotation:
    """One verb. The old key stays until the one transaction that ends it; a crash before that changes nothing."""

    def __init__(
        self,
        database: Database,
        hosts: Hosts,
        recorder: Recorder,
        access: Access,
        keys: KeyService,
        targets: Targets,
        clock: Clock,
    ) -> None:
        self._database = database
        self._hosts = hosts
        self._recorder = recorder
        self._access = access
        self._keys = keys
        self._targets = targets
        self._clock = clock

    async def rotate(
        self,
        reference: str,
        material: KeyMaterial,
        *,
        username: str | None = None,
        force: bool = False,
    ) -> Rotation:
        """Put another private key in the place of a key's; connections made with the old one end.

        Raises KeyRejected, Conflict for a key that is known, and KeyNotProven when a server that uses it was
        not seen to let the new one in; with `force` that is a warning.
        """
        old = await self._keys.find(reference)
        await self._access.require(ROTATE, f"ssh-key/{old.id}")
        from daoflow_core.ssh.private_keys import read_private_key

        imported = read_private_key(material.data.reveal(), material.passphrase)
        await self._refuse_known(old, imported)
        servers = [one for one in await server_rows.using_key(self._database, old.id) if not one.is_local]
        proofs = await self._prove(servers, imported)
        failed = [one for one in proofs if not one.proven]
        if failed and not force:
            refusal = _not_proven(old, failed)
            told = "; ".join(f"{one.server.name}: {one.code}" for one in failed)
            await self._access.refused(ROTATE, f"ssh-key/{old.id}", f"{refusal.message} {told}")
            raise refusal
        seen = len(failed) < len(proofs)
        new = _rotated(old, imported, username, stamp(self._clock.now()), seen=seen)
        await self._replace(old, new, imported.private_key, proofs, force=force)
        for server in await server_rows.using_key(self._database, new.id):
            await self._hosts.close(server.id)
        warnings = (*imported.warnings, *(_unproven(one) for one in failed))
        return Rotation(new, old, tuple(proofs), warnings)

    async def _refuse_known(self, old: SshKey, imported: ImportedKey) -> None:
        known = await ssh_keys.by_fingerprint(self._database, imported.fingerprint)
        if known is not None:
            same = known.id == old.id
            words = f"The new key is in the inventory already, as {known.name}."
            await self._access.refused(ROTATE, f"ssh-key/{old.id}", words)
            raise Conflict(
                f"That is the key {old.name} has now." if same else f"That is the key {known.name}.",
                why="A rotation needs a key that the inventory does not have.",
                next_step="Make a new one: `ssh-keygen -t ed25519 -N '' -f FILE`."
                if same
                else f"Attach {known.name} to the servers, or give another key.",
                key=known.id,
            )

    async def _prove(self, servers: list[Server], imported: ImportedKey) -> list[Proof]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(server: Server) -> Proof:
            async with gate:
                return await self._prove_one(server, imported)

        return list(await asyncio.gather(*(one(server) for server in servers)))

    async def _prove_one(self, server: Server, imported: ImportedKey) -> Proof:
        """One recorded login with the new key, through the pinned host key."""
        handle = await self._recorder.begin(
            server,
            OperationKind.SSH_KEY_PROOF,
            dry_run=False,
            scope="server:write",
            actor=self._access.principal.name,
            action=ROTATE,
            summary=f"Login to {server.name} with a new SSH key",
        )
        try:
            async with handle:
                end = server.endpoint
                handle.log(Stream.RUN, f"log in to {end.user}@{end.address} with {imported.fingerprint}")
                target = await self._targets.of(server, imported.private_key)
                await self._hosts.prove(target)
                await handle.finish(OperationStatus.COMPLETED, f"{server.name} let the new key in.")
        except DaoflowError as error:
            return Proof(server, False, error.code, error.message)
        return Proof(server, True)

    async def _replace(
        self, old: SshKey, new: SshKey, private_key: Secret, proofs: list[Proof], *, force: bool
    ) -> None:
        """The one transaction: facts, sealed key and audit rows change together, or none of them."""
        blob = self._keys.seal(new, private_key)
        asked = {one.server.id for one in proofs}

        async def change(transaction: Transaction) -> None:
            now = await ssh_keys.by_id_or_name(transaction, old.id)
            users = [one for one in await server_rows.using_key(transaction, old.id) if not one.is_local]
            if now is None or now.version != old.version or (not force and {s.id for s in users} - asked):
                raise Conflict(
                    f"The SSH key {old.name} or its servers changed meanwhile.",
                    next_step="Look at it with `access-assets ssh-key show`, then rotate again.",
                )
            await ssh_keys.update(transaction, new)
            await sealed.put(transaction, place_of(new), blob)

        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope="server:write",
            action=ROTATE,
            target=f"ssh-key/{old.id}",
            detail=_detail(old, new, proofs, force=force),
            work=change,
        )


def _rotated(old: SshKey, imported: ImportedKey, username: str | None, now: str, *, seen: bool) -> SshKey:
    return replace(
        old,
        username=username or old.username,
        fingerprint=imported.fingerprint,
        key_type=imported.key_type,
        bits=imported.bits,
        public_key=imported.public_key,
        updated_at=now,
        rotated_at=now,
        last_used_at=now if seen else None,
        version=old.version + 1,
    )


def _detail(old: SshKey, new: SshKey, proofs: list[Proof], *, force: bool) -> Mapping[str, object]:
    return {
        "name": new.name,
        "from": old.fingerprint,
        "to": new.fingerprint,
        "forced": force,
        "provenOn": [one.server.id for one in proofs if one.proven],
        "notProvenOn": [{"id": one.server.id, "code": one.code} for one in proofs if not one.proven],
    }


def _not_proven(key: SshKey, failed: list[Proof]) -> KeyNotProven:
    told = "; ".join(f"{one.server.name}: {one.reason}" for one in failed[:5])
    more = f"; and {len(failed) - 5} more" if len(failed) > 5 else ""
    return KeyNotProven(
        f"The SSH key {key.name} was not rotated: the new key was not seen to log in everywhere.",
        why=f"{told}{more}",
        next_step="Authorize the new public key there and rotate again, or pass --force to rotate without that.",
        servers=[
            {"id": one.server.id, "name": one.server.name, "code": one.code, "reason": one.reason}
            for one in failed
        ],
    )


def _unproven(one: Proof) -> str:
    return f"{one.server.name} was not seen to let the new key in ({one.reason}); rotated all the same."
