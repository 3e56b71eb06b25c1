"""The database of one process: opened, checked and migrated; any number of reads, one writer."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import aiosqlite

from daoflow_core.paths import refuse_unsafe_folder
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import connection, faults, files, reserve
from daoflow_core.store.migrate import migrate
from daoflow_core.store.writer import Writer, fetch

T = TypeVar("T")


class SqliteDatabase:
    """The store on SQLite; close it, also after an error: its threads keep the process alive."""

    def __init__(self, path: str, reader: aiosqlite.Connection, writer: aiosqlite.Connection | None) -> None:
        self.path = path
        self._reader = reader
        self._writing = writer
        self._writer = Writer(writer, path) if writer else None
        self._ended = asyncio.Event()
        self._keeper = asyncio.create_task(self._keep(), name="store keeper")

    @property
    def read_only(self) -> bool:
        """True when every write is refused."""
        return self._writer is None

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Read the newest committed rows."""
        return await fetch(self._reader, sql, parameters, self.path)

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one immediate transaction; it lands whole or not at all, also when cancelled."""
        if self._writer is None:
            raise faults.read_only(self.path, "it was opened for reading only")
        return await self._writer.write(work)

    async def fold_log(self) -> None:
        """Move the log into the file, so that what was overwritten is gone from both; best effort beside others."""
        if self._writer is not None:
            await self._writer.fold_log()

    async def data_version(self) -> int:
        """A number that changes when another process has committed something."""
        rows = await fetch(self._writing or self._reader, "pragma data_version", (), self.path)
        return int(rows[0]["data_version"])

    async def keep_room(self) -> None:
        """Have the reserve for outcomes on a full disk. Raises StoreFull when there is no room for it."""
        await asyncio.to_thread(reserve.fill, self.path)

    async def make_room(self) -> bool:
        """Give up the reserve, so that an outcome fits on a full disk; False when it was spent before."""
        return await asyncio.to_thread(reserve.spend, self.path)

    async def close(self) -> None:
        """Finish what is queued and close; a second time does nothing."""
        if self._writer is not None:
            await self._writer.close()
        self._ended.set()
        await asyncio.wait({self._keeper})

    async def __aenter__(self) -> SqliteDatabase:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _keep(self) -> None:
        """Stop both threads at the end, also when the loop ends without a close: they are not daemons."""
        try:
            await self._ended.wait()
        finally:
            if self._writer is not None:
                await self._writer.stop()
            for one in (self._reader, self._writing):  # the writer last: it folds the log into the file
                stopped = one.stop() if one is not None else None
                if stopped is not None:
                    await asyncio.wait({stopped})


async def open_database(path: str | Path, *, read_only: bool = False) -> SqliteDatabase:
    """Open the database, made if there is none. Raises StoreUnusable, UnsafePermissions or NotFound."""
    name = _absolute(path)
    if read_only:
        return SqliteDatabase(name, await _connected(lambda: connection.open_to_read(name)), None)
    await asyncio.to_thread(_prepare, name)
    writer = await _connected(lambda: _open_guarded(name))
    try:
        reader = await _connected(lambda: connection.open_to_read(name))
    except BaseException:
        await writer.close()
        raise
    return SqliteDatabase(name, reader, writer)


def _absolute(path: str | Path) -> str:
    """The path whatever folder the process changes to later."""
    return os.fspath(Path(path).absolute())


async def _connected(connector: Callable[[], sqlite3.Connection]) -> aiosqlite.Connection:
    """A connection whose thread is gone again when opening it fails."""
    failures: list[Exception] = []

    def connect() -> sqlite3.Connection:
        try:
            return connector()
        except Exception as error:  # noqa: BLE001 - the boundary to the thread: the caller gets it below
            failures.append(error)
            # aiosqlite waits for its thread to end only when there is a connection to close
            return sqlite3.connect(":memory:")

    opened = await aiosqlite.Connection(connect, iter_chunk_size=64)
    if failures:
        await opened.close()
        raise failures[0]
    return opened


def _open_guarded(path: str) -> sqlite3.Connection:
    opened = connection.open_to_write(path)
    try:
        connection.refuse_newer(opened, path)
        migrate(opened)
        connection.refuse_other_version(opened, path)
        connection.guard(opened)
    except sqlite3.Error as error:
        opened.close()
        raise faults.from_sqlite(error, path) from error
    except BaseException:
        opened.close()
        raise
    return opened


def _prepare(path: str) -> None:
    """Refuse what is unsafe or foreign; make the file when there is none, under a lock between processes."""
    folder = Path(path).parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_unsafe_folder(os.fspath(folder))
        files.refuse_shared_file_system(path)
        if not os.path.lexists(path):
            with _alone(path):
                _create(path)
    except OSError as error:
        raise faults.from_os(error, path) from error
    files.refuse_strange(path)


@contextlib.contextmanager
def _alone(path: str) -> Iterator[None]:
    """Hold the lock of first starts."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(f"{path}.creating", flags, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _create(path: str) -> None:
    """Build the whole database under another name first: a kill here never leaves half a one behind."""
    if os.path.lexists(path):
        return
    partial = f"{path}.partial"
    for suffix in ("", *files.BESIDE):
        Path(partial + suffix).unlink(missing_ok=True)
    files.make_private(partial)
    opened = connection.open_to_write(partial, is_new=True)
    try:
        migrate(opened)
    except sqlite3.Error as error:
        raise faults.from_sqlite(error, path) from error
    finally:
        opened.close()
    Path(partial).rename(path)
    files.flush_folder(path)
