"""What an operator may know of the vault: whether it opens, by what, and that everything in it does."""

from __future__ import annotations

from dataclasses import dataclass

from daoflow_core.errors import VaultDamaged
from daoflow_core.model.vault import KekRecord, Place, SlotRecord
from daoflow_core.ports import Database, Vault
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.services.keys import FIELD, TABLE
from daoflow_core.services.unlocking import LockedVault, records
from daoflow_core.store import certificates, sealed, ssh_keys
from daoflow_core.vault.derive import to_text

PROBE = Place("vault", "doctor", "probe", 1)
PAGE = 500


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """How the vault stands; `reason` says in words why it is locked, `sealed` counts values by generation."""

    locked: bool
    reason: str | None
    slots: tuple[SlotRecord, ...]
    keks: tuple[KekRecord, ...] = ()
    sealed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VaultCheck:
    """What opening every sealed value found: how many there are, and a sentence for each that does not open."""

    values: int
    damaged: tuple[str, ...]
    behind: int
    """Values that a rotation which was cut short left under an older generation."""


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
        known = await records(self._database)
        counts = await self._counts()
        return VaultStatus(
            reason is not None,
            words,
            known.slots,
            known.keks,
            tuple(counts.get(one.kid, 0) for one in known.keks),
        )

    async def verify(self) -> VaultCheck:
        """Open every sealed value there is. Raises VaultLocked; damage is in the answer, all of it."""
        await self._access.require("vault.verify", "vault")
        return await self.check()

    async def check(self) -> VaultCheck:
        """`verify` as a part of an action that was permitted."""
        self._vault.open(PROBE, self._vault.seal(PROBE, Secret(b"probe")))
        damaged = await self._missing()
        values, after = len(damaged), None
        while page := await sealed.page(self._database, after, PAGE):
            for place, blob in page:
                values += 1
                try:
                    self._vault.open(place, blob)
                except VaultDamaged as error:
                    damaged.append(f"{error.message} {error.why}")
            after = page[-1][0]
        active = {one.kid for one in (await records(self._database)).keks if one.status == "active"}
        behind = sum(count for kid, count in (await self._counts()).items() if kid not in active)
        return VaultCheck(values, tuple(damaged), behind)

    async def prove(self) -> int:
        """Seal and open a probe, then open every part of every key and certificate; how many parts there are.

        Raises VaultLocked or VaultDamaged.
        """
        self._vault.open(PROBE, self._vault.seal(PROBE, Secret(b"probe")))
        parts = await self._parts()
        for place, what in parts.items():
            blob = await sealed.get(self._database, place)
            if blob is None:
                raise VaultDamaged(
                    f"{what} is missing.",
                    next_step="Rotate it with its file, or restore the store from a backup.",
                )
            self._vault.open(place, blob)
        return len(parts)

    async def _missing(self) -> list[str]:
        """A sentence for each part of a key or a certificate that is not there."""
        parts = await self._parts()
        return [
            f"{what} is missing."
            for place, what in parts.items()
            if await sealed.get(self._database, place) is None
        ]

    async def _parts(self) -> dict[Place, str]:
        """Every part that has to be there, and what it is in words."""
        from daoflow_core.services.certificates import places_of  # here: a start has no need of certificates

        keys = await ssh_keys.list_all(self._database)
        found = {
            Place(TABLE, key.id, FIELD, key.version): f"The private part of key {key.name}" for key in keys
        }
        for one in await certificates.list_all(self._database):
            found |= {
                place: f"The {place.field.replace('_', ' ')} of certificate {one.name}"
                for place in places_of(one)
            }
        return found

    async def _counts(self) -> dict[str, int]:
        found = await sealed.count_by_kid(self._database)
        return {to_text(kid): count for kid, count in found.items()}
