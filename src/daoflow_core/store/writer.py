"""The one writer of a process: a queue of transactions, each immediate, each whole or not at all."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar, cast

import aiosqlite

from daoflow_core.errors import StoreBusy, StoreUnusable
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import faults

T = TypeVar("T")
BEGIN_TRIES = 4  # each waits the connection's busy timeout: a crowd of processes must not show as an error


class SqliteTransaction:
    """What the work of one transaction may do; it is good only while that work runs."""

    def __init__(self, connection: aiosqlite.Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    async def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Execute one statement; returns the number of rows it touched."""
        try:
            cursor = await self._connection.execute(sql, cast("Sequence[Any]", parameters))
        except sqlite3.Error as error:
            raise faults.from_sqlite(error, self._path) from error
        return cursor.rowcount

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Read inside the transaction."""
        return await fetch(self._connection, sql, parameters, self._path)


class _Job:
    """A transaction that waits for its turn, and the future of whoever asked for it."""

    def __init__(self, work: Callable[[Transaction], Awaitable[Any]] | None) -> None:
        self.work = work
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.started = False


class Writer:
    """Runs transactions one after the other in a task of its own, so a cancelled caller leaves none open."""

    def __init__(self, connection: aiosqlite.Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self._jobs: asyncio.Queue[_Job | None] = asyncio.Queue()
        self._closing = False
        self._task = asyncio.create_task(self._serve(), name="store writer")

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in its turn. A cancelled caller leaves when its transaction is settled or withdrawn."""
        if asyncio.current_task() is self._task:
            raise RuntimeError("a transaction can't wait for another one: use the transaction it was given")
        if self._closing or self._task.done():
            raise StoreUnusable(f"{self._path} is closed", path=self._path)
        job = _Job(work)
        self._jobs.put_nowait(job)
        try:
            return cast("T", await asyncio.shield(job.done))
        except asyncio.CancelledError:
            await _settle(job)
            raise

    async def fold_log(self) -> None:
        """Move the log into the file in its turn, between transactions; readers of others may put it off."""
        if self._closing or self._task.done():
            raise StoreUnusable(f"{self._path} is closed", path=self._path)
        job = _Job(None)
        self._jobs.put_nowait(job)
        await asyncio.shield(job.done)

    async def close(self) -> None:
        """Finish what is queued, then stop."""
        if not self._closing:
            self._closing = True
            self._jobs.put_nowait(None)
        await asyncio.wait({self._task})

    async def stop(self) -> None:
        """End at once; what is under way is rolled back."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _serve(self) -> None:
        try:
            while (job := await self._jobs.get()) is not None:
                if not job.done.done():
                    job.started = True
                    await self._answer(job)
        finally:  # the loop is being torn down: nobody may wait for ever
            self._closing = True
            while not self._jobs.empty():
                job = self._jobs.get_nowait()
                if job is not None and not job.done.done():
                    job.done.set_exception(StoreUnusable(f"{self._path} was closed", path=self._path))

    async def _answer(self, job: _Job) -> None:
        try:
            if job.work is None:
                await self._execute("pragma wal_checkpoint(truncate)")
                job.done.set_result(None)
            else:
                job.done.set_result(await self._transact(job.work))
        except asyncio.CancelledError:
            job.done.cancel()
            raise
        except BaseException as error:  # noqa: BLE001 - the boundary: whatever the work raised is its caller's
            job.done.set_exception(error)

    async def _transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        await self._begin()
        try:
            result = await work(SqliteTransaction(self._connection, self._path))
            await self._execute("commit")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have rolled back already
                await self._execute("rollback")
            raise
        return result

    async def _begin(self) -> None:
        for left in reversed(range(BEGIN_TRIES)):
            try:
                await self._execute("begin immediate")
            except StoreBusy:
                if not left:
                    raise
            else:
                return

    async def _execute(self, sql: str) -> None:
        try:
            await self._connection.execute(sql)
        except sqlite3.Error as error:
            raise faults.from_sqlite(error, self._path) from error


async def fetch(
    connection: aiosqlite.Connection, sql: str, parameters: Sequence[object], path: str
) -> list[Row]:
    """Every row of one query, in one hop to the connection's thread."""
    try:
        return cast("list[Row]", await connection.execute_fetchall(sql, cast("Sequence[Any]", parameters)))
    except sqlite3.Error as error:
        raise faults.from_sqlite(error, path) from error
    except ValueError as error:  # aiosqlite's word for a connection that was closed meanwhile
        raise faults.closed(path) from error


async def _settle(job: _Job) -> None:
    """Withdraw a transaction that has not begun; wait for one that has, however often cancelled."""
    if not job.started:
        job.done.cancel()
        return
    while not job.done.done():
        try:
            await asyncio.wait({job.done})
        except asyncio.CancelledError:
            continue
    if not job.done.cancelled():
        job.done.exception()  # seen: the caller leaves by its cancellation
