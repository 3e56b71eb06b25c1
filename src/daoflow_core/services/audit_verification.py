"""Checking the audit trail: every link, the head, the guards, and the anchors kept outside the database."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.errors import VaultLocked
from daoflow_core.model.audit import AuditVerification
from daoflow_core.ports import Database, Row, Vault
from daoflow_core.services import chain
from daoflow_core.services.anchors import Anchor
from daoflow_core.services.links import Links, TrailError, decoded
from daoflow_core.store import audit_log, meta

PAGE = 1000


async def verify_trail(
    database: Database, vault: Vault, anchors: Sequence[Anchor], damaged: int, *, kept_apart: bool = False
) -> AuditVerification:
    """Walk the whole trail; other processes may append meanwhile. `kept_apart`: the anchors come from elsewhere."""
    walk = _Walk(database, vault, await meta.database_id(database), anchors)
    bad: TrailError | None = None
    try:
        await walk.all()
    except TrailError as error:
        bad = error
    faults = await meta.faults_of_schema(database)
    reason = bad.reason if bad else "; ".join(faults) or None
    return AuditVerification(
        ok=reason is None,
        entries=walk.links.sequence,
        first_bad_sequence=bad.sequence if bad else None,
        reason=reason,
        head_mac_ok=walk.head_mac_ok,
        triggers_ok=not faults,
        anchors_checked=len(walk.links.anchors),
        anchors_damaged=damaged + walk.forged,
        rollback_checked=bool(walk.links.anchors),
        not_seen=blind_spots(walk.head_mac_ok, bool(walk.links.anchors), kept_apart),
    )


def blind_spots(head_mac_ok: bool | None, anchored: bool, kept_apart: bool) -> tuple[str, ...]:
    """What a check could not have seen, in words."""
    spots = []
    if head_mac_ok is None:
        spots.append(
            "a trail rewritten as a whole: the vault's key was not at hand, so the head's mark was not checked"
        )
    if not anchored:
        spots.append(
            "a trail put back to an older state, or rewritten by who holds the vault's key: no anchor was at hand"
        )
    elif not kept_apart:
        spots.append(
            "a change by who holds the vault's key and can write the anchors beside the database as well"
        )
    return tuple(spots)


class _Walk:
    """One pass over the trail: how far it came, and what the last good row was."""

    def __init__(self, database: Database, vault: Vault, database_id: str, anchors: Sequence[Anchor]) -> None:
        self._database = database
        self._vault = vault
        self._database_id = database_id
        self.head_mac_ok: bool | None = None
        genuine = [anchor for anchor in anchors if self._is_genuine(anchor)]
        self.forged = len(anchors) - len(genuine)
        self.links = Links(genuine)
        self._after = audit_log.BEFORE_ALL

    async def all(self) -> None:
        """Walk until the head of this moment is reached. Raises TrailError."""
        head = await audit_log.head(self._database)
        await self._rows_up_to(head["last"])
        self._check_head(head)
        if self.links.sequence != await audit_log.count(self._database, self.links.sequence):
            raise TrailError(1, "there are rows before the first")
        self.links.check_end()

    async def _rows_up_to(self, last: int | None) -> None:
        while last is not None and self.links.sequence < last:
            page = await audit_log.raw(self._database, self._after, PAGE)
            if not page:
                raise TrailError(self.links.sequence + 1, f"row {self.links.sequence + 1} is missing")
            for row in page:
                self.links.expect(row["sequence"])
                self.links.add(decoded(row))
            self._after = self.links.sequence

    def _check_head(self, head: Row) -> None:
        """The head must name the newest row and bear the vault's mark."""
        sequence, digest = head["sequence"], head["hash"]
        if sequence is None:
            if self.links.sequence:
                raise TrailError(1, "the head is missing")
            return
        if head["last"] != sequence:
            first = min(sequence, head["last"] or 0) + 1
            newest = head["last"] or 0
            raise TrailError(first, f"the head names row {sequence}, the newest row is {newest}")
        if not head["fits"]:
            raise TrailError(sequence, "the head names another newest row")
        try:
            mac = chain.head_mac(self._vault, self._database_id, sequence, digest)
        except VaultLocked:
            return
        self.head_mac_ok = chain.same(mac, str(head["mac"]))
        if not self.head_mac_ok:
            raise TrailError(sequence, "the head does not bear this vault's mark")

    def _is_genuine(self, anchor: Anchor) -> bool:
        """Whether an anchor bears this vault's mark; taken at its word while the vault is locked."""
        try:
            mac = chain.head_mac(self._vault, self._database_id, anchor.sequence, anchor.hash)
        except VaultLocked:
            return True
        return chain.same(mac, anchor.mac)
