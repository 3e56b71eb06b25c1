"""The links of the audit chain, checked one after the other, wherever the rows come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daoflow_core.ports import Row
from daoflow_core.services import chain
from daoflow_core.services.anchors import Anchor
from daoflow_core.store import audit_log


class TrailError(Exception):
    """The first thing found wrong with the trail: the row it is wrong from, and why."""

    def __init__(self, sequence: int, reason: str) -> None:
        super().__init__(reason)
        self.sequence = sequence
        self.reason = reason


class Links:
    """How far a walk along the chain came, and what the last good row was."""

    def __init__(self, anchors: Sequence[Anchor] = (), after: int = 0, previous: str = chain.GENESIS) -> None:
        self.anchors = [anchor for anchor in anchors if anchor.sequence > after]
        self.sequence = after
        self.hash = previous
        self._anchored: dict[int, list[Anchor]] = {}
        for anchor in self.anchors:
            self._anchored.setdefault(anchor.sequence, []).append(anchor)

    def expect(self, sequence: object) -> None:
        """Raise TrailError unless this is the number of the next row."""
        wanted = self.sequence + 1
        if sequence != wanted:
            raise TrailError(wanted, f"row {wanted} is missing: row {sequence} stands in its place")

    def add(self, row: Mapping[str, object]) -> None:
        """Take the next row, every column as it was hashed. Raises TrailError."""
        self.expect(row["sequence"])
        sequence, digest = self.sequence + 1, str(row["hash"])
        if row["previous"] != self.hash:
            raise TrailError(sequence, f"row {sequence} does not follow the row before it")
        if digest != chain.row_hash(row):
            raise TrailError(sequence, f"row {sequence} is not what was written")
        for anchor in self._anchored.get(sequence, ()):
            if anchor.hash != digest:
                raise TrailError(sequence, f"row {sequence} is another than the one anchored at {anchor.at}")
        self.sequence, self.hash = sequence, digest

    def check_end(self) -> None:
        """Raise TrailError when an anchor knows a row after the last one."""
        beyond = [anchor for anchor in self.anchors if anchor.sequence > self.sequence]
        if beyond:
            newest = max(beyond, key=lambda anchor: anchor.sequence)
            raise TrailError(
                self.sequence + 1,
                f"the trail ends at row {self.sequence}, an anchor of {newest.at} knows row {newest.sequence}:"
                " the database was put back to an older state",
            )


def decoded(row: Row) -> dict[str, object]:
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
