"""Opening the vault at start: the first vault of a new store, or the one its records describe."""

from __future__ import annotations

from dataclasses import asdict

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import VaultLocked
from daoflow_core.model.vault import KekRecord, Place, SlotRecord, VaultRecords
from daoflow_core.paths import Paths
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.secret import Secret
from daoflow_core.store import meta, vault_records
from daoflow_core.vault.sources import VaultSources, create_vault, unlock_vault
from daoflow_core.vault.vault import SealedVault

CANARY = "vault_canary"


class LockedVault:
    """Stands in for a vault that could not be opened: reads of the store go on, everything sealed refuses."""

    def __init__(self, reason: VaultLocked) -> None:
        self.reason = reason

    def seal(self, place: Place, secret: Secret) -> bytes:
        """Raises VaultLocked."""
        raise self.reason

    def open(self, place: Place, blob: bytes) -> Secret:
        """Raises VaultLocked."""
        raise self.reason

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Raises VaultLocked."""
        raise self.reason


def opened(vault: Vault) -> SealedVault:
    """The vault with everything that only an open one can do. Raises VaultLocked."""
    if isinstance(vault, SealedVault):
        return vault
    vault.mac("open", b"")  # raises what keeps it locked
    raise VaultLocked("The vault is locked.", next_step="`vault status` says what opens it.")


async def open_vault(database: Database, paths: Paths, sources: VaultSources, clock: Clock) -> Vault:
    """The vault of this store: made on the first start, locked when nothing at hand opens it."""
    if not await vault_records.slots(database):
        await database.write(lambda transaction: _ensure(transaction, paths, sources, clock))
    try:
        return unlock_vault(sources, paths.key_file, await records(database))
    except VaultLocked as locked:
        return LockedVault(locked)


async def records(database: Database) -> VaultRecords:
    """What the store keeps of the vault: nothing here opens it."""
    slots = tuple(SlotRecord(**dict(row)) for row in await vault_records.slots(database))
    keks = tuple(
        KekRecord(row["kid"], row["status"], row["created_at"]) for row in await vault_records.keys(database)
    )
    return VaultRecords(await meta.database_id(database), await meta.get(database, CANARY) or "", slots, keks)


async def _ensure(transaction: Transaction, paths: Paths, sources: VaultSources, clock: Clock) -> None:
    """Make the vault of a new store; a process that was slower finds it made."""
    if await vault_records.slots(transaction):
        return
    database_id = await meta.database_id(transaction)
    _, made = create_vault(sources, paths.key_file, database_id, stamp(clock.now()))
    await meta.put(transaction, CANARY, made.canary)
    for kek in made.keks:
        await vault_records.add_key(transaction, kek.kid, kek.created_at)
    for slot in made.slots:
        await vault_records.add_slot(transaction, asdict(slot))
