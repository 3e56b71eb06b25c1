"""A whole copy of a database while it is in use: one moment of it, in one file, with no log beside it."""

from __future__ import annotations

import sqlite3

from daoflow_core.store import connection, faults, files

PAGES = 4096
"""Copied at a time; a writer of another process gets its turn between two."""


def copy_database(path: str, target: str) -> None:
    """Copy the newest committed state to a new 0600 file. Raises StoreUnusable, StoreFull or FileExistsError."""
    files.make_private(target)
    source = connection.open_to_read(path)
    try:
        copy = sqlite3.connect(target, isolation_level=None)
        try:
            # One moment: without it a write of another process would start the copy anew.
            source.execute("begin")
            source.execute("select 1 from meta").fetchone()
            source.backup(copy, pages=PAGES)
            copy.execute("pragma journal_mode = delete").fetchone()
        finally:
            copy.close()
    except sqlite3.Error as error:
        raise faults.from_sqlite(error, target) from error
    finally:
        source.close()
    files.flush_folder(target)
