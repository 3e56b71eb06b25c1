"""Opening the vault at start: which slot, by which source, and the first vault of a new store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import InvalidInput, VaultLocked
from daoflow_core.model.vault import KekRecord, Place, SlotRecord, VaultRecords
from daoflow_core.paths import Paths
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.secret import Secret
from daoflow_core.store import meta, vault_records
from daoflow_core.vault import environment, keyfile
from daoflow_core.vault.slots import KEYFILE, KEYRING, PASSPHRASE, MasterKey, Passphrase, Source
from daoflow_core.vault.vault import SealedVault

CANARY = "vault_canary"
KEY_FILE_VARIABLE = "DAOFLOW_KEY_FILE"
Prompt = Callable[[], Secret | None]
"""Asks a person for the vault's passphrase; None when they gave none."""


@dataclass(frozen=True, slots=True)
class Unlocking:
    """What this start may open the vault with, besides the key file beside the database."""

    environ: Mapping[str, str]
    prompt: Prompt | None = None


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


async def open_vault(database: Database, paths: Paths, unlocking: Unlocking, clock: Clock) -> Vault:
    """The vault of this store: made with a key file on the first start, locked when nothing opens it."""
    explicit = _explicit_source(unlocking.environ)
    await database.write(lambda transaction: _ensure(transaction, paths, explicit, clock))
    records = await _records(database)
    try:
        return SealedVault.unlock(records, explicit or _usual_source(records, paths, unlocking))
    except VaultLocked as locked:
        return LockedVault(locked)


def _explicit_source(environ: Mapping[str, str]) -> Source | None:
    """The source that the environment names; two at once are refused, so that none is ignored silently."""
    master = environment.take(environ)
    named = environ.get(KEY_FILE_VARIABLE)
    if master is not None and named:
        raise InvalidInput(
            f"Both {environment.VARIABLE} and {KEY_FILE_VARIABLE} are set.",
            why="The vault is opened by one source, and neither may be ignored silently.",
            next_step="Unset one of them.",
            field=KEY_FILE_VARIABLE,
        )
    return MasterKey(KEYFILE, keyfile.read(Path(named))) if named else master


def _usual_source(records: VaultRecords, paths: Paths, unlocking: Unlocking) -> Source:
    """The first source a person would expect: the key file, the keyring, then the passphrase."""
    kinds = {slot.kind for slot in records.slots}
    if KEYFILE in kinds and paths.key_file.exists():
        return MasterKey(KEYFILE, keyfile.read(paths.key_file))
    if KEYRING in kinds:
        from daoflow_core.vault import keyring

        return keyring.read(records.database_id)
    if PASSPHRASE in kinds and unlocking.prompt is not None:
        phrase = unlocking.prompt()
        if phrase is not None:
            return Passphrase(phrase)
    raise VaultLocked(
        "The vault is locked.",
        why=f"It opens by: {', '.join(sorted(kinds))}; none of these is at hand.",
        next_step=f"Put the key file back at {paths.key_file}, name it in {KEY_FILE_VARIABLE}, "
        "or start in a terminal to type the passphrase.",
    )


async def _ensure(
    transaction: Transaction, paths: Paths, explicit: Source | None, clock: Clock
) -> None:
    """Make the vault of a new store; a second process finds it made."""
    if await vault_records.slots(transaction):
        return
    source = explicit or MasterKey(KEYFILE, keyfile.ensure(paths.key_file))
    database_id = await meta.database_id(transaction)
    _, records = SealedVault.create(database_id, source, stamp(clock.now()))
    await meta.put(transaction, CANARY, records.canary)
    for kek in records.keks:
        await vault_records.add_key(transaction, kek.kid, kek.created_at)
    for slot in records.slots:
        await vault_records.add_slot(transaction, asdict(slot))


async def _records(database: Database) -> VaultRecords:
    slots = tuple(SlotRecord(**dict(row)) for row in await vault_records.slots(database))
    keks = tuple(KekRecord(row["kid"], row["status"], row["created_at"]) for row in await vault_records.keys(database))
    canary = await meta.get(database, CANARY) or ""
    return VaultRecords(await meta.database_id(database), canary, slots, keks)
