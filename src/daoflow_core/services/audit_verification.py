"""Checking the audit trail: every link, the head, the guards, and the anchors kept outside the database."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.errors import VaultLocked
from daoflow_core.model.audit import AuditVerification
from daoflow_core.ports import Database, Row, Vault
from daoflow_core.services import chain
from daoflow_core.services.anchors import Anchor
from daoflow_core.store import audit_log, meta

PAGE = 1000


class TrailError(Exception):
    """The first thing found wrong with the trail: the row it is wrong from, and why."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(reason)
        self.sequence = sequence
        self.reason = reason


async def verify_trail(
    database: Database, vault: Vault, anchors: Sequence[Anchor], damaged: int
) -> AuditVerification:
    """Walk the whole trail; other processes may append meanwhile."""
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
        entries=walk.entries,
        first_bad_sequence=bad.sequence if bad else None,
        reason=reason,
        head_mac_ok=walk.head_mac_ok,
        triggers_ok=not faults,
        anchors_checked=len(walk.anchors),
        anchors_damaged=damaged + walk.forged,
        rollback_checked=bool(walk.anchors),
    )


class _Walk:
    """One pass over the trail: how far it came, and what the last good row was."""

    def __init__(self, database: Database, vault: Vault, database_id: str, anchors: Sequence[Anchor]) -> None:
        self._database = database
        self._vault = vault
        self._database_id = database_id
        self.entries = 0
        self.head_mac_ok: bool | None = None
        self.anchors = [anchor for anchor in anchors if self._is_genuine(anchor)]
        self.forged = len(anchors) - len(self.anchors)
        self._anchored: dict[int, list[Anchor]] = {}
        for anchor in self.anchors:
            self._anchored.setdefault(anchor.sequence, []).append(anchor)
        self._previous = chain.GENESIS
        self._after = audit_log.BEFORE_ALL

    async def all(self) -> None:
        """Walk until the head of this moment is reached. Raises TrailError."""
        head = await audit_log.head(self._database)
        await self._rows_up_to(head["last"])
        self._check_head(head)
        if self.entries != await audit_log.count(self._database, self.entries):
            raise TrailError(1, "there are rows before the first")
        self._check_anchors()

    async def _rows_up_to(self, last: int | None) -> None:
        while last is not None and self.entries < last:
            page = await audit_log.raw(self._database, self._after, PAGE)
            if not page:
                raise TrailError(self.entries + 1, f"row {self.entries + 1} is missing")
            for row in page:
                self._check_row(row)

    def _check_row(self, row: Row) -> None:
        expected, sequence = self.entries + 1, row["sequence"]
        if sequence != expected:
            raise TrailError(expected, f"row {expected} is missing: row {sequence} stands in its place")
        values = _decoded(row)
        if values["previous"] != self._previous:
            raise TrailError(sequence, f"row {sequence} does not follow the row before it")
        if values["hash"] != chain.row_hash(values):
            raise TrailError(sequence, f"row {sequence} is not what was written")
        for anchor in self._anchored.get(sequence, ()):
            if anchor.hash != values["hash"]:
                raise TrailError(sequence, f"row {sequence} is another than the one anchored at {anchor.at}")
        self.entries, self._after, self._previous = sequence, sequence, str(values["hash"])

    def _check_head(self, head: Row) -> None:
        """The head must name the newest row and bear the vault's mark."""
        sequence, digest = head["sequence"], head["hash"]
        if sequence is None:
            if self.entries:
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

    def _check_anchors(self) -> None:
        beyond = [anchor for anchor in self.anchors if anchor.sequence > self.entries]
        if beyond:
            newest = max(beyond, key=lambda anchor: anchor.sequence)
            raise TrailError(
                self.entries + 1,
                f"the trail ends at row {self.entries}, an anchor of {newest.at} knows row {newest.sequence}:"
                " the database was put back to an older state",
            )

    def _is_genuine(self, anchor: Anchor) -> bool:
        """Whether an anchor bears this vault's mark; taken at its word while the vault is locked."""
        try:
            mac = chain.head_mac(self._vault, self._database_id, anchor.sequence, anchor.hash)
        except VaultLocked:
            return True
        return chain.same(mac, anchor.mac)


def _decoded(row: Row) -> dict[str, object]:
    """A raw row as it was hashed. Raises TrailError for a column that is not text, or not UTF-8."""
    values: dict[str, object] = {"sequence": row["sequence"]}
    for name in audit_log.COLUMNS[1:]:
        kind, raw = row[f"{name}_type"], row[name]
        if kind == "null" and name == "operation_id":
            values[name] = None
        elif kind != "text":
            raise TrailError(row["sequence"], f"row {row['sequence']} has no text in {name}")
        else:
            try:
                values[name] = bytes(raw).decode("utf-8")
            except UnicodeDecodeError:
                raise TrailError(row["sequence"], f"row {row['sequence']} is damaged in {name}") from None
    return values
