"""What an operator may know of the vault: whether it opens, and by what; nothing that helps to open it."""

from __future__ import annotations

from dataclasses import dataclass

from daoflow_core.errors import VaultDamaged
from daoflow_core.model.vault import Place, SlotRecord
from daoflow_core.ports import Database, Vault
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.services.keys import FIELD, TABLE
from daoflow_core.services.unlocking import LockedVault, records
from daoflow_core.store import sealed, ssh_keys

PROBE = Place("vault", "doctor", "probe", 1)


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """How the vault stands; `reason` says in words why it is locked."""

    locked: bool
    reason: str | None
    slots: tuple[SlotRecord, ...]


class VaultService:
    """Reads the vault's standing; changes nothing."""

    def __init__(self, database: Database, vault: Vault, access: Access) -> None:
        self._database = database
        self._vault = vault
        self._access = access

    async def status(self) -> VaultStatus:
        """Whether the vault is open, and the slots that open it."""
        await self._access.require("vault.status", "vault")
        reason = self._vault.reason if isinstance(self._vault, LockedVault) else None
        words = None if reason is None else f"{reason.message} {reason.why}".strip()
        return VaultStatus(reason is not None, words, (await records(self._database)).slots)

    async def prove(self) -> int:
        """Seal and open a probe, then open every stored key; how many there are. Raises VaultLocked, VaultDamaged."""
        self._vault.open(PROBE, self._vault.seal(PROBE, Secret(b"probe")))
        keys = await ssh_keys.list_all(self._database)
        for key in keys:
            place = Place(TABLE, key.id, FIELD, key.version)
            blob = await sealed.get(self._database, place)
            if blob is None:
                raise VaultDamaged(
                    f"The private part of key {key.name} is missing.",
                    next_step="Attach another key to its servers, or restore the store from a backup.",
                )
            self._vault.open(place, blob)
        return len(keys)
