"""The open vault: seals and opens values, and gives the keyed fingerprints of the audit trail."""

from __future__ import annotations

import hmac
import os
from dataclasses import replace

from daoflow_core.errors import VaultDamaged, VaultLocked
from daoflow_core.model.vault import KekRecord, Place, SlotRecord, VaultRecords
from daoflow_core.secret import Secret
from daoflow_core.vault import envelope
from daoflow_core.vault.derive import KEY_BYTES, derive, pack, to_text
from daoflow_core.vault.envelope import KID_BYTES, Kek
from daoflow_core.vault.slots import WORDS, Source, make_slot, open_slot

ACTIVE, RETIRED = "active", "retired"
AHEAD = 16
"""How many generations that other processes made meanwhile are looked for before a key id counts as strange."""


class SealedVault:
    """The root of one database's secrets, in memory; it never prints and never pickles it."""

    __slots__ = ("_active", "_database_id", "_keks", "_records", "_root")

    def __init__(self, database_id: str, root: Secret, keks: tuple[KekRecord, ...]) -> None:
        self._database_id = database_id
        self._root = root
        self._records = keks
        self._keks = {record.kid: Kek(record.kid, derive(root, "kek", record.kid)) for record in keks}
        if {_kid(root, number) for number in range(1, len(keks) + 1)} != self._keks.keys():
            raise _damaged("Its list of keys was changed.")
        active = [record.kid for record in keks if record.status == ACTIVE]
        if len(active) != 1:
            raise _damaged(f"It has {len(active)} active keys instead of one.")
        self._active = self._keks[active[0]]

    @classmethod
    def create(cls, database_id: str, source: Source, now: str) -> tuple[SealedVault, VaultRecords]:
        """A new vault with one slot, and what the store must keep before anything is sealed."""
        root = Secret(os.urandom(KEY_BYTES))
        keks = (_generation(root, 1, now),)
        vault = cls(database_id, root, keks)
        slot = make_slot(database_id, source, root, now)
        return vault, VaultRecords(database_id, vault._canary().reveal().decode(), (slot,), keks)

    @classmethod
    def unlock(cls, records: VaultRecords, source: Source) -> SealedVault:
        """The vault of these records. Raises VaultLocked for a wrong source, VaultDamaged."""
        root = _root_of(records, source)
        vault = cls(records.database_id, root, records.keks)
        if vault._canary() != Secret(records.canary.encode("utf-8", "surrogatepass")):
            raise _damaged("Its slots belong to another database, or its canary was changed.")
        return vault

    def __repr__(self) -> str:
        return f"<SealedVault active={self._active.kid}>"

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        raise TypeError("a vault is never pickled or copied")

    @property
    def active_kid(self) -> str:
        """The id of the key generation that seals now."""
        return self._active.kid

    def seal(self, place: Place, secret: Secret) -> bytes:
        """The sealed form of a secret, good for this place only."""
        return envelope.seal(self._active, place, secret)

    def open(self, place: Place, blob: bytes) -> Secret:
        """The secret sealed for exactly this place, also under a later generation. Raises VaultDamaged."""
        self._look_ahead(blob)
        return envelope.open_sealed(self._keks, place, blob)

    def rewrap(self, place: Place, blob: bytes) -> bytes:
        """The same sealed value under the active key generation. Raises VaultDamaged."""
        self._look_ahead(blob)
        return envelope.rewrap(self._keks, self._active, place, blob)

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A keyed fingerprint (32 bytes); each purpose has its own key."""
        return hmac.digest(derive(self._root, "mac", purpose).reveal(), data, "sha256")

    def add_slot(self, source: Source, now: str) -> SlotRecord:
        """One more way to open this vault; the store must keep the record."""
        return make_slot(self._database_id, source, self._root, now)

    def rotate(self, now: str) -> tuple[SealedVault, tuple[KekRecord, ...]]:
        """The vault with a new active key generation, and all records; old values open until rewrapped."""
        retired = tuple(replace(record, status=RETIRED) for record in self._records)
        return self.at((*retired, _generation(self._root, len(retired) + 1, now)))

    def at(self, keks: tuple[KekRecord, ...]) -> tuple[SealedVault, tuple[KekRecord, ...]]:
        """The same vault with the generations that the store has now. Raises VaultDamaged."""
        return SealedVault(self._database_id, self._root, keks), keks

    def opens_by(self, slot: SlotRecord, source: Source) -> bool:
        """Whether a source gives this vault's root through a slot; takes as long as the source takes."""
        try:
            return open_slot(self._database_id, slot, source) == self._root
        except (VaultLocked, VaultDamaged):
            return False

    def _look_ahead(self, blob: bytes) -> None:
        """Learn the generation of a blob that another process rotated to while this one runs."""
        kid = envelope.kid_of(blob)
        if kid in self._keks:
            return
        first = len(self._records) + 1
        for number in range(first, first + AHEAD):
            if _kid(self._root, number) == kid:
                self._keks[kid] = Kek(kid, derive(self._root, "kek", kid))
                return

    def _canary(self) -> Secret:
        """What only this root gives for this database: a mismatch shows before any value is touched."""
        return Secret(to_text(self.mac("canary", pack(self._database_id))).encode())


def _generation(root: Secret, number: int, now: str) -> KekRecord:
    """The record of a new key generation; the store keeps every generation, in any order, for good."""
    return KekRecord(_kid(root, number), ACTIVE, now)


def _kid(root: Secret, number: int) -> str:
    """The id of a key generation; derived, so that it can be checked and says nothing about the key."""
    return to_text(derive(root, "key id", str(number), length=KID_BYTES).reveal())


def _root_of(records: VaultRecords, source: Source) -> Secret:
    """The root behind the first slot that this source opens."""
    slots = [slot for slot in records.slots if slot.status == ACTIVE and slot.kind == source.kind]
    failure: VaultLocked | VaultDamaged | None = None
    for slot in slots:
        try:
            return open_slot(records.database_id, slot, source)
        except (VaultLocked, VaultDamaged) as error:
            failure = failure or error
    if failure is not None:
        raise failure
    others = sorted({WORDS.get(slot.kind, slot.kind) for slot in records.slots if slot.status == ACTIVE})
    raise VaultLocked(
        f"The vault was not set up to be opened by a {WORDS[source.kind]}.",
        next_step=f"Open it by: {', '.join(others) or 'nothing, it has no slot: restore the database'}",
        kind=source.kind,
    )


def _damaged(why: str) -> VaultDamaged:
    return VaultDamaged(
        "The vault's records are damaged.", why=why, next_step="Restore the database from a backup"
    )
