"""The audit trail as a file of JSON lines, which verifies without the database, the vault or this program's store."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daoflow_core.errors import VaultLocked
from daoflow_core.model.audit import AuditVerification
from daoflow_core.ports import Vault
from daoflow_core.private_files import unwritable
from daoflow_core.services import chain
from daoflow_core.services.anchors import Anchor, document
from daoflow_core.services.audit_verification import blind_spots
from daoflow_core.services.links import Links, TrailError
from daoflow_core.store import audit_log
from daoflow_core.store.rows import to_json

FORMAT = "daoflow-audit-v1"
LONGEST = 16 * 1024 * 1024
"""Bytes of one line; an entry's detail is far smaller."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What a file holds: the rows of one database after a row whose hash is `previous`."""

    database: str
    after: int
    previous: str
    exported_at: str


class TrailWriter:
    """Writes head, entries and end; the end carries a digest of every byte before it, and the trail's own mark."""

    def __init__(self, file: BinaryIO, extent: Extent) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._database = extent.database
        head = {"after": extent.after, "previous": extent.previous, "exported_at": extent.exported_at}
        self._line({"record": FORMAT, "database": extent.database, **head})

    def entry(self, row: Mapping[str, object]) -> None:
        """One row, every column as it was hashed; `detail` stays the text it is."""
        self._line({"record": "entry", **{name: row[name] for name in audit_log.COLUMNS}})

    def end(self, anchor: Anchor) -> None:
        """The last line: where the trail stood, as an anchor."""
        body = _end(anchor)
        self._digest.update(to_json(body).encode())
        self._file.write(to_json({**body, "sha256": self._digest.hexdigest()}).encode() + b"\n")

    def _line(self, value: Mapping[str, object]) -> None:
        line = to_json(value).encode() + b"\n"
        self._digest.update(line)
        self._file.write(line)


def verify_file(
    path: Path, anchors: Sequence[Anchor], damaged: int = 0, vault: Vault | None = None
) -> tuple[AuditVerification, Extent | None]:
    """Check an exported file to the bit. Raises InvalidInput when it can't be read at all.

    With the vault of the same database the trail's mark is checked as well, otherwise `head_mac_ok` is None.
    """
    check = _FileCheck(anchors, vault)
    reason, first_bad = None, None
    try:
        with path.expanduser().open("rb") as file:
            check.all(_lines(file))
    except TrailError as error:
        reason, first_bad = error.reason, error.sequence
    except OSError as error:
        raise unwritable(path, error) from None
    links = check.links
    verdict = AuditVerification(
        ok=reason is None,
        entries=links.sequence - (check.extent.after if check.extent else 0),
        first_bad_sequence=first_bad,
        reason=reason,
        head_mac_ok=check.head_mac_ok,
        triggers_ok=None,
        anchors_checked=len(links.anchors),
        anchors_damaged=damaged,
        rollback_checked=bool(links.anchors),
        not_seen=check.not_seen(),
    )
    return verdict, check.extent


class _FileCheck:
    """One pass over the lines of a file."""

    def __init__(self, anchors: Sequence[Anchor], vault: Vault | None) -> None:
        self.extent: Extent | None = None
        self.links = Links()
        self.head_mac_ok: bool | None = None
        self._anchors = anchors
        self._vault = vault
        self._digest = hashlib.sha256()

    def all(self, lines: Iterator[bytes]) -> None:
        """Head, entries, end, and nothing after it. Raises TrailError."""
        self._head(next(lines, b""))
        ended = False
        for line in lines:
            if ended:
                raise self._bad("something stands after the end")
            value = self._parse(line)
            if value.get("record") == "end":
                self._end(value)
                ended = True
            else:
                self._entry(value, line)
        if not ended:
            raise self._bad("the file is cut: its end is missing")
        self.links.check_end()

    def not_seen(self) -> tuple[str, ...]:
        """What this check could not have seen."""
        spots = list(blind_spots(self.head_mac_ok, bool(self.links.anchors), kept_apart=True))
        if self.extent is not None and self.extent.after:
            spots.append(f"anything in the rows 1 to {self.extent.after}, which are not in this file")
        return tuple(spots)

    def _head(self, line: bytes) -> None:
        value = self._parse(line)
        if value.get("record") != FORMAT or set(value) != {
            "record",
            "database",
            "after",
            "previous",
            "exported_at",
        }:
            raise self._bad("it is not an export of an audit trail")
        after = value["after"]
        if type(after) is not int or after < 0 or (after == 0) != (value["previous"] == chain.GENESIS):
            raise self._bad("its first line is damaged")
        self.extent = Extent(str(value["database"]), after, str(value["previous"]), str(value["exported_at"]))
        self._digest.update(line)
        mine = [anchor for anchor in self._anchors if anchor.database == self.extent.database]
        self.links = Links(mine, after, self.extent.previous)

    def _entry(self, value: Mapping[str, object], line: bytes) -> None:
        if value.get("record") != "entry" or set(value) != {"record", *audit_log.COLUMNS}:
            raise self._bad("a line is no entry")
        self.links.add(value)
        self._digest.update(line)

    def _end(self, value: Mapping[str, object]) -> None:
        extent = self.extent
        body = {name: item for name, item in value.items() if name != "sha256"}
        self._digest.update(to_json(body).encode())
        if extent is None or value.get("sha256") != self._digest.hexdigest():
            raise self._bad("the digest over the whole file does not fit")
        anchor = Anchor(
            extent.database,
            self.links.sequence,
            self.links.hash,
            str(value.get("at")),
            str(value.get("mac")),
        )
        if body != _end(anchor):
            raise self._bad("its end names another last row")
        if self._vault is None or not self.links.sequence:
            return
        try:
            mac = chain.head_mac(self._vault, extent.database, anchor.sequence, anchor.hash)
        except VaultLocked:
            return
        self.head_mac_ok = chain.same(mac, anchor.mac)
        if not self.head_mac_ok:
            raise TrailError(self.links.sequence, "its end does not bear this vault's mark")

    def _parse(self, line: bytes) -> dict[str, object]:
        """A line that is exactly what the writer would have written."""
        try:
            value = json.loads(line)
            same = isinstance(value, dict) and to_json(value).encode() + b"\n" == line
        except (ValueError, RecursionError):
            same = False
        if not same:
            raise self._bad("a line is not as it was written")
        return dict(value)

    def _bad(self, reason: str) -> TrailError:
        return TrailError(self.links.sequence + 1, reason)


def _end(anchor: Anchor) -> dict[str, object]:
    return {"record": "end", **document(anchor)}


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, each with its end; a longer one than any entry is cut, and so does not parse."""
    while line := file.readline(LONGEST):
        yield line
