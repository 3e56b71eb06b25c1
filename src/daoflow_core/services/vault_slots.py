"""The ways into the vault: added when they are proven to open it, removed when another one is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, DaoflowError, InvalidInput, NotFound, VaultDamaged, VaultLocked
from daoflow_core.model.vault import SlotRecord, VaultRecords
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.services.access import Access
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.unlocking import opened, records
from daoflow_core.store import meta, vault_records
from daoflow_core.vault.keyfile import make_key_file
from daoflow_core.vault.keyring import forget_keyring_key
from daoflow_core.vault.slots import ENVIRONMENT, KEYFILE, KEYRING, PASSPHRASE, Source
from daoflow_core.vault.sources import VaultSources, unlock_vault

BY_ITSELF = (KEYFILE, KEYRING)
"""Kinds that open the vault without a person: what `lock` takes away and `unlock` puts back."""


@dataclass(frozen=True, slots=True)
class Locked:
    """What `lock` took away; `left` says in words what it could not."""

    removed: tuple[SlotRecord, ...]
    left: tuple[str, ...]


class VaultSlots:
    """The slots' writer."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        access: Access,
        recorder: Recorder,
        clock: Clock,
        key_file: Path,
    ) -> None:
        self._database = database
        self._vault = vault
        self._access = access
        self._recorder = recorder
        self._clock = clock
        self._key_file = key_file

    async def add(self, source: Source) -> SlotRecord:
        """One more way in. Raises VaultLocked, InvalidInput for a weak passphrase, Conflict when it opens already."""
        scope = await self._access.require("vault.change", "vault")
        if await self._opening((await records(self._database)).slots, source):
            raise Conflict("This opens the vault already.", next_step="`vault status` shows the slots.")
        return await self._add(scope, source, "vault.add-slot")

    async def remove(self, slot_id: str, proof: VaultSources) -> SlotRecord:
        """Take a way in away; `proof` must open the vault by another. Raises NotFound or Conflict."""
        scope = await self._access.require("vault.change", "vault")
        known = await records(self._database)
        slot = next((one for one in known.slots if one.id == slot_id), None)
        if slot is None:
            raise NotFound(f"There is no slot {slot_id[:80]!a}.", next_step="`vault status` shows the slots.")
        await self._refuse_unproven(known, [slot], proof)
        await self._remove(scope, [slot], "vault.remove-slot")
        return slot

    async def change_passphrase(self, source: Source, slot_id: str | None = None) -> SlotRecord:
        """Put a new passphrase in the place of one, in one step. Raises NotFound, Conflict or InvalidInput."""
        scope = await self._access.require("vault.change", "vault")
        phrases = [one for one in (await records(self._database)).slots if one.kind == PASSPHRASE]
        chosen = [one for one in phrases if slot_id in (None, one.id)]
        if not chosen:
            step = (
                "Add one: `vault add-slot --kind passphrase`."
                if not phrases
                else "`vault status` shows them."
            )
            raise NotFound("There is no such passphrase slot.", next_step=step)
        if len(chosen) > 1:
            ids = ", ".join(one.id for one in chosen)
            raise InvalidInput(
                f"There are {len(chosen)} passphrases: {ids}.", next_step="Name one with --slot."
            )
        return await self._add(scope, source, "vault.change-passphrase", chosen)

    async def lock(self, proof: VaultSources) -> Locked:
        """Leave only ways in that need a person. Raises Conflict unless one of them is proven to open the vault.

        Processes that run go on with the vault open in their memory until they end.
        """
        scope = await self._access.require("vault.change", "vault")
        known = await records(self._database)
        going = [one for one in known.slots if one.kind in BY_ITSELF]
        if len(going) == len(known.slots):
            step = "Add one first: `vault add-slot --kind passphrase`."
            raise Conflict("No slot needs a person: locking would close the vault for good.", next_step=step)
        await self._refuse_unproven(known, going, proof)
        if going:
            await self._remove(scope, going, "vault.lock")
        return Locked(tuple(going), tuple(await self._forget_keys(going)))

    async def unlock(self) -> SlotRecord:
        """Make a key file beside the database that opens the vault without a person. Raises Conflict or VaultLocked."""
        scope = await self._access.require("vault.change", "vault")
        opened(self._vault)
        if any(one.kind == KEYFILE for one in (await records(self._database)).slots):
            raise Conflict("A key file opens the vault already.", next_step="`vault status` shows the slots.")
        if self._key_file.is_symlink() or self._key_file.exists():
            raise Conflict(
                f"{self._key_file} is there and opens nothing.",
                why="A new key file must not be one that somebody may have copied long ago.",
                next_step="Move it away, then try again.",
            )
        return await self._add(scope, make_key_file(self._key_file), "vault.unlock")

    async def _add(
        self, scope: str, source: Source, action: str, instead_of: Sequence[SlotRecord] = ()
    ) -> SlotRecord:
        """Make a slot, open it once, and only then keep it."""
        vault = opened(self._vault)
        slot = await asyncio.to_thread(vault.add_slot, source, stamp(self._clock.now()))
        if not await asyncio.to_thread(vault.opens_by, slot, source):
            raise VaultDamaged("The new slot does not open the vault; nothing was changed.")

        async def change(transaction: Transaction) -> None:
            await vault_records.add_slot(transaction, asdict(slot))
            for old in instead_of:
                await self._drop(transaction, old)

        detail = {"slot": slot.id, "kind": slot.kind, "insteadOf": [one.id for one in instead_of]}
        await self._record(scope, action, detail, change)
        if instead_of:
            await self._database.fold_log()
        return slot

    async def _remove(self, scope: str, slots: Sequence[SlotRecord], action: str) -> None:
        async def change(transaction: Transaction) -> None:
            for slot in slots:
                await self._drop(transaction, slot)

        detail = {"slots": [one.id for one in slots], "kinds": sorted({one.kind for one in slots})}
        await self._record(scope, action, detail, change)
        # What a slot held must be gone from the file, not only from the table.
        await self._database.fold_log()

    @staticmethod
    async def _drop(transaction: Transaction, slot: SlotRecord) -> None:
        if not await vault_records.remove_slot(transaction, slot.id):
            raise Conflict("The slot is gone, or the last one.", next_step="`vault status` shows the slots.")

    async def _refuse_unproven(
        self, known: VaultRecords, going: Sequence[SlotRecord], proof: VaultSources
    ) -> None:
        rest = tuple(one for one in known.slots if one not in going)
        if not rest:
            raise Conflict(
                "It is the last way into the vault.",
                why="Without it nobody could open what is sealed.",
                next_step="Add another one first: `vault add-slot`.",
            )
        left = VaultRecords(known.database_id, known.canary, rest, known.keks)
        try:
            await asyncio.to_thread(unlock_vault, proof, self._key_file, left)
        except (VaultLocked, VaultDamaged) as error:
            raise Conflict(
                "No other way into the vault was proven, so nothing was removed.",
                why=f"{error.message} {error.why}".strip(),
                next_step="Show one that stays: --passphrase-file PATH, or type the passphrase at the terminal.",
            ) from None

    async def _opening(self, slots: Sequence[SlotRecord], source: Source) -> bool:
        """Whether a source opens the vault by a slot of its kind already; a passphrase is not tried, it is dear."""
        vault = opened(self._vault)
        tried = [one for one in slots if one.kind == source.kind and source.kind in (*BY_ITSELF, ENVIRONMENT)]
        return any(vault.opens_by(slot, source) for slot in tried)

    async def _forget_keys(self, gone: Sequence[SlotRecord]) -> list[str]:
        """Remove the keys themselves: the key file beside the database, and the keyring's entry."""
        left = []
        if self._key_file.is_file() and not self._key_file.is_symlink():
            self._key_file.unlink()
        elif any(one.kind == KEYFILE for one in gone):
            left.append("a key file that lies elsewhere; it opens nothing any more, remove it")
        if any(one.kind == KEYRING for one in gone):
            with contextlib.suppress(DaoflowError):
                if forget_keyring_key(await meta.database_id(self._database)):
                    return left
            left.append("the keyring's entry; it opens nothing any more, remove it")
        return left

    async def _record(
        self,
        scope: str,
        action: str,
        detail: Mapping[str, object],
        work: Callable[[Transaction], Awaitable[None]],
    ) -> None:
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope=scope,
            action=action,
            target="vault",
            detail=detail,
            work=work,
        )
