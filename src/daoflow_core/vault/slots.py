"""Key slots: the ways to the vault's root, each wrapping the same root under a key of its own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Protocol

from daoflow_core.errors import VaultDamaged, VaultLocked
from daoflow_core.ids import new_id
from daoflow_core.model.vault import SlotRecord
from daoflow_core.secret import Secret
from daoflow_core.vault.derive import FORMAT, derive, from_text, pack, to_text
from daoflow_core.vault.envelope import decrypt, encrypt

KEYFILE, PASSPHRASE, ENVIRONMENT, KEYRING = "keyfile", "passphrase", "environment", "keyring"
WORDS = {
    KEYFILE: "key file",
    PASSPHRASE: "passphrase",
    ENVIRONMENT: "key in DAOFLOW_MASTER_KEY",
    KEYRING: "key in the keyring",
}
SALT_BYTES = 16


class Source(Protocol):
    """Something that gives a slot's key."""

    @property
    def kind(self) -> str:
        """The kind of slot it opens."""
        ...

    def params(self) -> str:
        """What a new slot must remember about it, as JSON; never secret."""
        ...

    def slot_key(self, params: str, salt: bytes) -> Secret:
        """The 32-byte key of a slot with these parameters. Raises ValueError for unacceptable ones."""
        ...


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A source that holds 32 random bytes: key file, environment or keyring."""

    kind: str
    key: Secret

    def params(self) -> str:
        """Nothing to remember: the key is as good as random."""
        return "{}"

    def slot_key(self, params: str, salt: bytes) -> Secret:
        """A key for this slot alone."""
        if params != self.params():
            raise ValueError("its parameters were changed")
        return derive(self.key, "slot", self.kind, salt=salt)


def make_slot(database_id: str, source: Source, root: Secret, now: str) -> SlotRecord:
    """A new slot through which this source opens the vault."""
    slot = SlotRecord(new_id("slot"), source.kind, source.params(), to_text(os.urandom(SALT_BYTES)), "", now)
    key = source.slot_key(slot.params, from_text(slot.salt))
    wrapped = to_text(encrypt(key, root, _bound(database_id, slot)))
    return SlotRecord(slot.id, slot.kind, slot.params, slot.salt, wrapped, now)


def open_slot(database_id: str, slot: SlotRecord, source: Source) -> Secret:
    """The root behind a slot. Raises VaultLocked for another key, VaultDamaged for a broken slot."""
    try:
        salt, wrapped = from_text(slot.salt), from_text(slot.wrapped_root)
    except ValueError:
        raise _damaged(slot, "its salt or its wrapped key is not base64url") from None
    if len(salt) != SALT_BYTES:
        raise _damaged(slot, "its salt has another length")
    root = decrypt(_slot_key(slot, source, salt), wrapped, _bound(database_id, slot))
    if root is None:
        raise VaultLocked(
            f"The {WORDS[source.kind]} does not open the vault.",
            why="It is not the one the vault was closed with, or the slot's record was changed.",
            next_step="Try again with the right one, or open the vault another way",
            kind=source.kind,
        )
    return root


def _slot_key(slot: SlotRecord, source: Source, salt: bytes) -> Secret:
    try:
        return source.slot_key(slot.params, salt)
    except ValueError as error:
        raise _damaged(slot, str(error)) from None


def _bound(database_id: str, slot: SlotRecord) -> bytes:
    return pack(FORMAT, "slot", database_id, slot.id, slot.kind, slot.params, slot.salt)


def _damaged(slot: SlotRecord, why: str) -> VaultDamaged:
    return VaultDamaged(
        f"The vault's slot {slot.id} can't be used.",
        why=why,
        next_step="Open the vault another way, or restore the database from a backup",
        slot=slot.id,
    )
