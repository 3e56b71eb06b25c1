"""Rotating the key that wraps every value's own key: in small transactions, so that a kill makes nothing unreadable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict
from daoflow_core.model.vault import KekRecord, Place
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.services.access import Access
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.unlocking import opened, records
from daoflow_core.store import sealed, vault_records
from daoflow_core.vault.envelope import kid_of
from daoflow_core.vault.vault import SealedVault

PAGE = 200
"""Values a transaction: a kill costs at most these, and other writers get their turn."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did; `resumed`: it ended one that was cut short, and made no further generation."""

    kid: str
    generation: int
    rewrapped: int
    resumed: bool


class VaultRotation:
    """Makes a new generation and brings every value under it; old generations go on opening what they sealed."""

    def __init__(
        self, database: Database, vault: Vault, access: Access, recorder: Recorder, clock: Clock
    ) -> None:
        self._database = database
        self._vault = vault
        self._access = access
        self._recorder = recorder
        self._clock = clock

    async def rotate(self) -> Rotation:
        """Rotate, or end a rotation that was cut short. Raises VaultLocked, VaultDamaged or Conflict."""
        scope = await self._access.require("vault.change", "vault")
        vault = opened(self._vault)
        keks = (await records(self._database)).keks
        now, known = vault.at(keks)
        resumed = await self._is_behind(now.active_kid)
        if not resumed:
            now, known = now.rotate(stamp(self._clock.now()))
        active = next(one for one in known if one.kid == now.active_kid)
        await self._begin(scope, keks, active, resumed=resumed)
        rewrapped = await self._rewrap(now)
        await self._end(scope, now.active_kid, rewrapped)
        await self._database.fold_log()
        return Rotation(now.active_kid, len(known), rewrapped, resumed)

    async def _is_behind(self, active: str) -> bool:
        """Whether any value is under another generation than the active one."""
        after: Place | None = None
        while page := await sealed.page(self._database, after, PAGE):
            if any(kid_of(blob) != active for _, blob in page):
                return True
            after = page[-1][0]
        return False

    async def _begin(self, scope: str, keks: tuple[KekRecord, ...], new: KekRecord, *, resumed: bool) -> None:
        async def begin(transaction: Transaction) -> None:
            found = {row["kid"] for row in await vault_records.keys(transaction)}
            if found != {one.kid for one in keks}:
                raise Conflict(
                    "Another process rotates the vault.", next_step="Let it end, then see `vault status`."
                )
            if not resumed:
                await vault_records.add_key(transaction, new.kid, new.created_at)

        await self._record(scope, {"step": "begin", "kid": new.kid, "resumed": resumed}, begin)

    async def _rewrap(self, vault: SealedVault) -> int:
        done, after = 0, None
        while page := await sealed.page(self._database, after, PAGE):
            due = [(place, blob) for place, blob in page if kid_of(blob) != vault.active_kid]
            swaps = [(place, blob, vault.rewrap(place, blob)) for place, blob in due]

            async def swap(transaction: Transaction, swaps: list[tuple[Place, bytes, bytes]] = swaps) -> int:
                return sum([await sealed.swap(transaction, *one) for one in swaps])

            done += await self._database.write(swap) if swaps else 0
            after = page[-1][0]
        return done

    async def _end(self, scope: str, kid: str, rewrapped: int) -> None:
        async def nothing(_: Transaction) -> None:
            return None

        await self._record(scope, {"step": "end", "kid": kid, "rewrapped": rewrapped}, nothing)

    async def _record(
        self,
        scope: str,
        detail: Mapping[str, object],
        work: Callable[[Transaction], Awaitable[None]],
    ) -> None:
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope=scope,
            action="vault.rotate",
            target="vault",
            detail=detail,
            work=work,
        )
