"""One SQLite connection as this program wants it: durable, guarded, its own."""

# pathlib costs milliseconds that a hot read does not have:
# ruff: noqa: PTH100

from __future__ import annotations

import os
import sqlite3

from daoflow_core.errors import NotFound, StoreNewer, StoreUnusable
from daoflow_core.store import faults, files
from daoflow_core.store.sql import SCHEMA_VERSION

TYPE_CHECKING = False  # `typing` costs milliseconds; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

BUSY_SECONDS = 5.0
OLDEST_SQLITE = (3, 37, 0)
_WRITER_SETTINGS = (
    "pragma synchronous = full",  # an acknowledged audit intent must outlive the power
    "pragma fullfsync = on",  # macOS: fsync alone does not reach the disk
    "pragma foreign_keys = on",
    "pragma recursive_triggers = on",  # REPLACE must not delete behind the guards' back
    "pragma secure_delete = on",
    "pragma trusted_schema = off",
    "pragma cell_size_check = on",
    "pragma journal_size_limit = 67108864",
)
_CHANGES_OF_SCHEMA = frozenset(
    {
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_TRIGGER,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_DROP_VIEW,
    }
)
_HARMLESS_PRAGMAS = frozenset(
    {"data_version", "foreign_key_check", "integrity_check", "quick_check", "user_version", "wal_checkpoint"}
)


def open_to_write(path: str, *, is_new: bool = False) -> sqlite3.Connection:
    """A connection with every durability setting, without guards yet: migrations come first."""
    refuse_old_sqlite()
    if not is_new:
        _look_first(path)
    connection = _connect(path, "rw")
    try:
        mode = connection.execute("pragma journal_mode = wal").fetchone()["journal_mode"]
        if mode != "wal":
            why = f"SQLite answered {mode!r}"
            raise StoreUnusable(f"{path} can't have a write-ahead log", why=why, path=path)
        for setting in _WRITER_SETTINGS:
            connection.execute(setting)
    except sqlite3.Error as error:
        connection.close()
        raise faults.from_sqlite(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: str) -> sqlite3.Connection:
    """A connection that can only read, checked to be ours and of this version."""
    path = os.path.abspath(path)
    if not os.path.lexists(path):
        raise NotFound(
            f"There is no database at {path}.",
            next_step="Start daoflow-tui once, or name its folder with DAOFLOW_HOME",
            path=path,
        )
    files.refuse_strange(path)
    connection = _connect(path, "ro")
    try:
        connection.execute("pragma query_only = on")
        connection.execute("pragma trusted_schema = off")
        refuse_foreign(connection, path)
        refuse_other_version(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise faults.from_sqlite(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def guard(connection: sqlite3.Connection) -> None:
    """Deny, from here on, what would take the append-only guards away."""
    connection.set_authorizer(_authorize)


def refuse_foreign(connection: sqlite3.Connection, path: str) -> None:
    """Raise StoreDamaged, before anything is changed, for a database that is not of this program, or not whole."""
    if connection.execute("pragma application_id").fetchone()["application_id"] != files.APPLICATION_ID:
        raise faults.damaged(path, "it is a database of another program")
    size = connection.execute("pragma page_size").fetchone()["page_size"]
    pages = connection.execute("pragma page_count").fetchone()["page_count"]
    if files.is_cut(path, size * pages):
        raise faults.damaged(path, "its end is missing")


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of an open database."""
    return int(connection.execute("pragma user_version").fetchone()["user_version"])


def refuse_newer(connection: sqlite3.Connection, path: str) -> int:
    """The schema version. Raises StoreNewer when this program does not know it."""
    version = version_of(connection)
    if version > SCHEMA_VERSION:
        raise StoreNewer(
            f"{path} was written by a newer daoflow-tui",
            why=f"Its schema version is {version}, this program knows {SCHEMA_VERSION}.",
            next_step="Update this program; nothing was changed",
            path=path,
        )
    return version


def refuse_other_version(connection: sqlite3.Connection, path: str) -> None:
    """Raise unless the database has exactly the schema that the queries are written for."""
    if refuse_newer(connection, path) < SCHEMA_VERSION:
        raise StoreUnusable(
            f"{path} is of an older version",
            next_step="Start daoflow-tui once without --read-only",
            path=path,
        )
    if not connection.execute("select 1 from meta where key = 'db_uuid'").fetchone():
        raise faults.damaged(path, "its identity row is missing")


def refuse_old_sqlite() -> None:
    """Raise StoreUnusable when Python carries an SQLite without what the schema relies on."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreUnusable(
            f"SQLite {sqlite3.sqlite_version} is too old.",
            why="3.37 or newer is needed.",
            next_step="Use a Python with a newer SQLite",
        )


def row_as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row as the plain mapping that every reader gets."""
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}


def _look_first(path: str) -> None:
    """Refuse what is not ours or newer by a connection that, at its close, can't fold a foreign log into the file."""
    connection = _connect(path, "ro")
    try:
        refuse_foreign(connection, path)
        refuse_newer(connection, path)
    except sqlite3.Error as error:
        raise faults.from_sqlite(error, path) from error
    finally:
        connection.close()


def _connect(path: str, mode: str) -> sqlite3.Connection:
    name = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    frozen = "&immutable=1" if mode == "ro" and files.is_frozen(path) else ""
    try:
        connection = sqlite3.connect(
            f"file:{name}?mode={mode}{frozen}", uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
    except sqlite3.Error as error:
        raise faults.from_sqlite(error, path) from error
    connection.row_factory = row_as_dict
    return connection


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action in _CHANGES_OF_SCHEMA:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA:
        if first == "user_version" and second is not None:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if first in _HARMLESS_PRAGMAS else sqlite3.SQLITE_DENY
    # sqlite_master is written only through writable_schema, or by SQLite itself for a CREATE it was allowed
    return sqlite3.SQLITE_OK
