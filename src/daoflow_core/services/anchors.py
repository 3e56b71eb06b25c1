"""Audit heads kept outside the database: a rolled-back or cut trail does not match them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from daoflow_core.store.faults import from_os
from daoflow_core.store.rows import to_json


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the trail of one database stood at one moment."""

    database: str
    sequence: int
    hash: str
    at: str
    mac: str


def append(path: Path, anchor: Anchor) -> None:
    """Add an anchor as one line. Raises OSError."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(path.expanduser(), flags, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"  # a kill within a write, long ago
        os.write(handle, f"{chr(10) * torn}{line_of(anchor)}\n".encode())
    finally:
        os.close(handle)


def line_of(anchor: Anchor) -> str:
    """An anchor as it is kept."""
    return to_json(document(anchor))


def document(anchor: Anchor) -> dict[str, object]:
    """An anchor as plain values."""
    return {
        "database": anchor.database,
        "sequence": anchor.sequence,
        "hash": anchor.hash,
        "at": anchor.at,
        "mac": anchor.mac,
    }


def read(path: Path, database: str) -> tuple[list[Anchor], int]:
    """The anchors of one database, and how many lines can't be read. StoreUnusable without the file."""
    found, damaged = read_all(path)
    return [anchor for anchor in found if anchor.database == database], damaged


def read_all(path: Path) -> tuple[list[Anchor], int]:
    """The anchors of every database, and how many lines can't be read. StoreUnusable without the file."""
    try:
        lines = path.expanduser().read_bytes().splitlines()
    except OSError as error:
        raise from_os(error, str(path)) from error
    parsed = [_parse(line) for line in lines if line.strip()]
    found = [anchor for anchor in parsed if anchor is not None]
    return found, len(parsed) - len(found)


def _parse(line: bytes) -> Anchor | None:
    try:
        value = json.loads(line)
        value = value.get("data", value)  # also as `audit anchor --json` answers
        anchor = Anchor(value["database"], value["sequence"], value["hash"], value["at"], value["mac"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    texts = (anchor.database, anchor.hash, anchor.at, anchor.mac)
    return anchor if type(anchor.sequence) is int and all(isinstance(text, str) for text in texts) else None
