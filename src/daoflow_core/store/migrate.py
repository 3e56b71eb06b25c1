"""Brings a database to this program's schema: numbered files, each version in one transaction."""

from __future__ import annotations

import functools
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from daoflow_core.clock import SystemClock, stamp
from daoflow_core.store.connection import version_of
from daoflow_core.store.files import APPLICATION_ID

FOLDER = Path(__file__).parent / "migrations"


def versions() -> dict[int, list[str]]:
    """The statements of every schema version, oldest first; those in `.sqlite.sql` are SQLite's own."""
    found: dict[int, list[str]] = {}
    for file in sorted(FOLDER.glob("[0-9][0-9][0-9][0-9]_*.sql")):
        found.setdefault(int(file.name[:4]), []).extend(statements(file.read_text("utf-8")))
    return dict(sorted(found.items()))


def statements(script: str) -> Iterator[str]:
    """The single statements of a script; a trigger's body stays in one piece."""
    pending = ""
    for line in script.splitlines(keepends=True):
        if not pending.strip() and line.startswith("--"):
            continue
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip().removesuffix(";")
            pending = ""


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what is missing. A crash leaves a whole older version; two processes never apply one twice."""
    for version, pieces in versions().items():
        if version_of(connection) >= version:
            continue
        connection.execute("begin immediate")
        try:
            if version_of(connection) < version:  # another process may have been faster while this one waited
                _apply(connection, version, pieces)
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise


def _apply(connection: sqlite3.Connection, version: int, pieces: list[str]) -> None:
    for statement in pieces:
        connection.execute(statement)
    if version == 1:
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        now = stamp(SystemClock().now())
        connection.execute("insert into meta (key, value) values ('db_uuid', ?)", (str(uuid.uuid4()),))
        connection.execute("insert into meta (key, value) values ('created_at', ?)", (now,))
    connection.execute(
        "insert into meta (key, value) values ('schema_version', ?) "
        "on conflict (key) do update set value = excluded.value",
        (str(version),),
    )
    connection.execute(f"pragma user_version = {version}")


@functools.cache
def expected_schema() -> dict[str, str]:
    """The definition of every table, index and trigger as an untouched database has it."""
    connection = sqlite3.connect(":memory:")
    try:
        for pieces in versions().values():
            for statement in pieces:
                connection.execute(statement)
        return dict(connection.execute(SCHEMA).fetchall())
    finally:
        connection.close()


SCHEMA = "select type || ' ' || name as name, sql from sqlite_master where sql is not null"
