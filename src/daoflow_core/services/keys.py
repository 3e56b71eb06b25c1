"""The managed SSH key inventory: a raw key is taken in once, sealed, and referred to by id from then on."""

from __future__ import annotations

from dataclasses import dataclass

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import KeyRejected, NoCredentials, NotFound
from daoflow_core.ids import new_id
from daoflow_core.model.assets import SshKey
from daoflow_core.model.host import Target
from daoflow_core.model.imported_key import ImportedKey
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.model.server import Server
from daoflow_core.model.vault import Place
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.store import sealed, ssh_keys
from daoflow_core.store import servers as server_rows

TABLE, FIELD = "ssh_keys", "private_key"


def place_of(key: SshKey) -> Place:
    """Where the private part of this version of a key lies sealed."""
    return Place(TABLE, key.id, FIELD, key.version)


@dataclass(frozen=True, slots=True)
class Adoption:
    """What became of a raw key: the inventory's key, whether it was there before, and what to say about it."""

    key: SshKey
    reused: bool
    warnings: tuple[str, ...]
    sealed: bytes | None


class KeyService:
    """Reads and fills the inventory; private parts leave it only as a Secret for one connection."""

    def __init__(self, database: Database, vault: Vault, access: Access, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._access = access
        self._clock = clock

    async def list(self) -> list[SshKey]:
        """Every managed key, public facts only."""
        await self._access.require("ssh_key.list", "ssh-keys")
        return await ssh_keys.list_all(self._database)

    async def show(self, reference: str) -> SshKey:
        """One managed key, public facts only. Raises NotFound."""
        key = await self.find(reference)
        await self._access.require("ssh_key.show", f"ssh-key/{key.id}")
        return key

    async def lost(self) -> frozenset[str]:
        """The ids of keys whose private part is not in the store, for a caller that may list them."""
        there = await sealed.places(self._database, TABLE, FIELD)
        keys = await ssh_keys.list_all(self._database)
        return frozenset(key.id for key in keys if place_of(key) not in there)

    async def used_by(self) -> dict[str, tuple[Server, ...]]:
        """The live servers that log in with each key, by the key's id."""
        found: dict[str, tuple[Server, ...]] = {}
        for server in await server_rows.list_live(self._database):
            if server.ssh_key_id is not None:
                found[server.ssh_key_id] = (*found.get(server.ssh_key_id, ()), server)
        return found

    async def find(self, reference: str) -> SshKey:
        """The key with this id or name. Raises NotFound."""
        key = await ssh_keys.by_id_or_name(self._database, reference) if reference.isascii() else None
        if key is None:
            raise NotFound(
                f"There is no managed SSH key {reference[:80]!a}.",
                next_step="`access-assets ssh-key list` shows the keys.",
            )
        return key

    async def examine(self, material: KeyMaterial, label: str) -> Adoption:
        """Check a raw key against the policy and seal it, or find it in the inventory; writes nothing yet."""
        from daoflow_core.ssh.private_keys import read_private_key

        imported = read_private_key(material.data.reveal(), material.passphrase)
        known = await ssh_keys.by_fingerprint(self._database, imported.fingerprint)
        if known is not None:
            return Adoption(known, True, imported.warnings, None)
        return self.sealed_new(imported, await self._free_name(label))

    def sealed_new(self, imported: ImportedKey, name: str, username: str | None = None) -> Adoption:
        """An imported key as a new one of the inventory, its private part sealed; writes nothing yet."""
        now = stamp(self._clock.now())
        key = SshKey(
            id=new_id("key"),
            name=name,
            username=username,
            fingerprint=imported.fingerprint,
            key_type=imported.key_type,
            bits=imported.bits,
            public_key=imported.public_key,
            created_at=now,
            updated_at=now,
        )
        return Adoption(key, False, imported.warnings, self.seal(key, imported.private_key))

    def seal(self, key: SshKey, private_key: Secret) -> bytes:
        """The private part of a key, sealed for its place and version."""
        return self._vault.seal(place_of(key), private_key)

    async def insert(self, transaction: Transaction, adoption: Adoption) -> None:
        """Write an examined key; nothing to do for one that was known."""
        if adoption.sealed is None:
            return
        await ssh_keys.insert(transaction, adoption.key)
        await sealed.put(transaction, place_of(adoption.key), adoption.sealed)

    async def private_key(self, server: Server) -> Secret:
        """The private key a server logs in with. Raises NoCredentials or a vault error."""
        if server.ssh_key_id is None:
            raise NoCredentials(
                f"{server.name} has no SSH key.",
                next_step=f"Give it one: `server update --server {server.name} --ssh-key PATH --yes`.",
            )
        key = await self.find(server.ssh_key_id)
        place = place_of(key)
        blob = await sealed.get(self._database, place)
        if blob is None:
            raise KeyRejected(
                f"The private part of key {key.name} is missing from the store.",
                next_step="Attach another key, or restore the store from a backup.",
                reason="missing",
            )
        return self._vault.open(place, blob)

    async def note_login(self, target: Target) -> None:
        """A login, as itself or as a hop, that worked with a managed key."""
        if target.key_id is not None:
            await self.mark_used(target.key_id)

    async def mark_used(self, key_id: str) -> None:
        """Remember that a login with this key worked just now."""
        now = stamp(self._clock.now())
        await self._database.write(lambda tx: ssh_keys.mark_used(tx, key_id, now))

    async def _free_name(self, label: str) -> str:
        taken = {key.name for key in await ssh_keys.list_all(self._database)}
        base = f"{label} SSH key"[:74]
        numbered = (f"{base} {number}" for number in range(2, len(taken) + 3))
        return next(name for name in (base, *numbered) if name not in taken)
