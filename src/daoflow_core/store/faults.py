"""What SQLite and the file system report, turned into the one family of errors."""

from __future__ import annotations

import errno
import os
import sqlite3

from daoflow_core.errors import (
    AuditBroken,
    Conflict,
    DaoflowError,
    StoreBusy,
    StoreDamaged,
    StoreFull,
    StoreReadOnly,
    StoreUnusable,
)

GUARD = "daoflow guard: "
_INDEX_BYTES = 64 * 1024  # twice what the index of a write-ahead log begins with
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def from_sqlite(error: sqlite3.Error, path: str) -> DaoflowError:
    """The error an operator is told for one of SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.IntegrityError):
        return _refused(str(error))
    if code is None:  # raised by the module itself: text that is not UTF-8, a closed connection
        return damaged(path, str(error)) if "decode" in str(error) else _unusable(path, str(error))
    return _by_primary_code(code & 0xFF, path, str(error))


def from_os(error: OSError, path: str) -> StoreUnusable:
    """The error an operator is told for one of the file system's."""
    why = os.strerror(error.errno or 0)
    if error.errno in _FULL:
        return full(path, why)
    if error.errno in _READ_ONLY:
        return read_only(path, why)
    return _unusable(path, why)


def damaged(path: str, why: str) -> StoreDamaged:
    """The file is not a whole database of this program."""
    return StoreDamaged(
        f"{path} is not a whole daoflow-tui database",
        why=why,
        next_step="Keep a copy of it and of the files beside it, then restore a backup",
        path=path,
    )


def full(path: str, why: str = "the disk is full") -> StoreFull:
    """No room for one more write; what was acknowledged is safe."""
    return StoreFull(
        f"The disk of {path} is full: nothing of this was written.",
        why=f"{why}; everything acknowledged before is safe",
        next_step="Free some space, then try again",
        path=path,
    )


def read_only(path: str, why: str) -> StoreReadOnly:
    """Reading may work; writing does not."""
    return StoreReadOnly(
        f"{path} can't be written",
        why=why,
        next_step="Make its folder writable for you, or name another one with DAOFLOW_HOME",
        path=path,
    )


def _by_primary_code(code: int, path: str, text: str) -> DaoflowError:
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return busy(path)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _has_no_room(path)):
        return full(path)
    if code == sqlite3.SQLITE_READONLY or (code == sqlite3.SQLITE_CANTOPEN and not _is_writable(path)):
        return read_only(path, text)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path, text)
    return _unusable(path, text)


def _is_writable(path: str) -> bool:
    """Whether the file and its folder, where SQLite puts its log, can be written."""
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - pathlib costs milliseconds a hot read does not have
    return os.access(path, os.W_OK) and os.access(folder, os.W_OK)


def closed(path: str) -> StoreUnusable:
    """What was asked of a store that was closed meanwhile."""
    return _unusable(path, "it was closed meanwhile")


def busy(path: str) -> StoreBusy:
    """Another process kept the write lock for the whole waiting time."""
    return StoreBusy(
        f"{path} is held by another process: nothing of this was written",
        why="A write waited its full time and did not get its turn.",
        next_step="Try again; if it stays so, look for a stopped daoflow-tui process",
        path=path,
    )


def _refused(text: str) -> DaoflowError:
    """A constraint or a guard said no."""
    if text.startswith(GUARD + "audit"):
        return AuditBroken(
            "The audit trail refused a change that it does not allow.",
            why=text.removeprefix(GUARD),
            next_step="Run `audit verify`",
        )
    if text.startswith(GUARD):
        return Conflict(f"The store refused the change: {text.removeprefix(GUARD)}.")
    columns = text.partition(": ")[2].split(", ") if text.startswith("UNIQUE") else []
    words = (
        "another record already has this value" if columns else "the change does not fit the other records"
    )
    return Conflict(words, why=text, columns=columns)


def _has_no_room(path: str) -> bool:
    """Whether a bare "disk I/O error" is a full disk: SQLite says so when the log's index does not fit."""
    try:
        free = os.statvfs(path)
    except OSError:
        return False
    return free.f_bavail * free.f_frsize < _INDEX_BYTES


def _unusable(path: str, why: str) -> StoreUnusable:
    return StoreUnusable(
        f"{path} can't be used", why=why, next_step="Run `doctor` for what is wrong with the store", path=path
    )
