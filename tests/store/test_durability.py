"""What was acknowledged is there: after kills, on a full disk, on a read-only one, in a damaged file."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from tests.store.parts import a_desk, a_server, plain

from daoflow_core.errors import DaoflowError, StoreFull, StoreReadOnly, StoreUnusable
from daoflow_core.model.operation import OperationStatus, Stream
from daoflow_core.services import anchors
from daoflow_core.services.audit_verification import verify_trail
from daoflow_core.store import audit_log, meta, operations, reserve, servers
from daoflow_core.store.engine import open_database

ROUNDS = int(os.environ.get("DAOFLOW_CRASH_ROUNDS", "100"))
OVERWRITES = int(os.environ.get("DAOFLOW_OVERWRITES", "60"))


async def verified(desk):
    known, damaged = anchors.read(desk.anchors, await meta.database_id(desk.database))
    return await verify_trail(desk.database, desk.vault, known, damaged)


@pytest.mark.slow
async def test_no_kill_loses_what_was_acknowledged_and_every_orphan_is_ended(tmp_path):
    crashes = subprocess.run(
        [sys.executable, "-m", "tests.store.crash_rounds", tmp_path, str(ROUNDS)],
        capture_output=True,
        text=True,
        timeout=100 + ROUNDS,
    )
    assert crashes.returncode == 0, crashes.stderr[-2000:]
    words = json.loads(crashes.stdout)
    assert len(words["ended"]) > ROUNDS / 2
    async with a_desk(tmp_path) as desk:
        await desk.recorder.recover(desk.instance)
        assert await operations.running(desk.database) == []
        found = {row.id: row for row in await operations.newest(desk.database, limit=10**6)}
        assert set(words["begun"]) <= found.keys()
        for operation in words["ended"]:
            assert found[operation].status is OperationStatus.COMPLETED
            assert await operations.line_count(desk.database, operation) == 7
        for operation in words["logged"]:
            assert await operations.line_count(desk.database, operation) >= 6
        ends = {operation.status for operation in found.values()}
        assert ends == {OperationStatus.COMPLETED, OperationStatus.INTERRUPTED}
        await outcomes_match(desk, found)
        assert await meta.faults_of_integrity(desk.database) == []
        answer = await verified(desk)
        assert (answer.ok, answer.reason, answer.rollback_checked) == (True, None, True)


async def outcomes_match(desk, found):
    """Each operation has one intent and one outcome, and the outcome says what its row says."""
    trail = await audit_log.newest(desk.database, limit=10**6)
    for phase, word in (("intent", None), ("outcome", "unknown")):
        rows = [entry for entry in trail if entry.phase == phase and entry.operation_id]
        assert sorted(entry.operation_id for entry in rows) == sorted(found)
        for entry in rows if word else ():
            status = found[entry.operation_id].status
            assert entry.outcome == (word if status is OperationStatus.INTERRUPTED else status.value)


async def test_copies_taken_while_writing_with_a_cut_log_are_whole(tmp_path):
    """Stands in for a power loss: the file, then its log, cut anywhere; sectors are not reordered."""
    dice = random.Random(5)
    async with a_desk(tmp_path / "live") as desk:
        for number in range(25):
            async with await desk.begin() as handle:
                await handle.finish(OperationStatus.COMPLETED, f"done {number}")
            copy = tmp_path / f"copy-{number}"
            copy.mkdir(mode=0o700)
            shutil.copy(desk.path, copy)
            log = shutil.copy(f"{desk.path}-wal", copy)
            os.truncate(log, dice.randrange(os.path.getsize(log) + 1))
    for number in range(25):
        async with await open_database(tmp_path / f"copy-{number}" / "daoflow.db") as database:
            assert await meta.faults_of_integrity(database) == []
            answer = await verify_trail(database, desk.vault, [], 0)
            assert answer.ok, answer.reason


async def fill(mounted):
    """Take every block that is left."""
    with open(mounted / "ballast", "wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(4096))


@pytest.mark.parametrize("mounted", ["6m"], indirect=True)
async def test_on_a_full_disk_nothing_new_begins_and_what_runs_still_ends_truly(mounted):
    async with a_desk(mounted) as desk:
        await desk.change(lambda tx: servers.insert(tx, a_server()))
        handle = await desk.begin()
        await fill(mounted)
        with pytest.raises(StoreFull) as refused:
            await desk.database.write(lambda tx: meta.put(tx, "big", "x" * 3_000_000))
        assert "safe" in refused.value.why
        for number in range(3000):
            handle.log(Stream.STDOUT, f"line {number} {'x' * 100}")
        await handle.finish(OperationStatus.COMPLETED, "done on a full disk")
        assert not (mounted / "daoflow.db.reserve").exists()
        with pytest.raises(StoreFull):
            await desk.begin()
        assert (
            await operations.by_id(desk.database, handle.operation.id)
        ).status is OperationStatus.COMPLETED
        assert await operations.line_count(desk.database, handle.operation.id) == 3002
        assert await operations.running(desk.database) == []
        (mounted / "ballast").unlink()
        async with await desk.begin() as again:
            await again.finish(OperationStatus.COMPLETED, "room again")
        answer = await verified(desk)
        assert answer.ok, answer.reason


async def test_a_first_start_on_a_full_disk_says_so_and_leaves_nothing_half_made(mounted):
    (mounted / "state").mkdir(mode=0o700)
    await fill(mounted)
    with pytest.raises(StoreFull):
        await open_database(mounted / "state" / "daoflow.db")
    (mounted / "ballast").unlink()
    async with await open_database(mounted / "state" / "daoflow.db") as database:
        assert await meta.faults_of_schema(database) == []


async def test_a_disk_that_turns_read_only_can_be_read_and_says_so_when_written(mounted):
    async with a_desk(mounted) as desk:
        await desk.change(lambda tx: servers.insert(tx, a_server()))
    mounted.remount("ro")
    with pytest.raises(StoreReadOnly):
        await open_database(mounted / "daoflow.db")
    async with await open_database(mounted / "daoflow.db", read_only=True) as database:
        assert len(await servers.list_live(database)) == 1
    with pytest.raises(StoreReadOnly):
        await open_database(mounted / "elsewhere" / "daoflow.db")


async def test_random_damage_is_an_error_or_is_seen_never_a_crash(tmp_path):
    async with a_desk(tmp_path / "whole") as desk:
        for number in range(40):
            await desk.change(lambda tx, n=number: servers.insert(tx, a_server(f"edge-{n}")))
            async with await desk.begin(a_server(f"edge-{number}")) as handle:
                handle.log(Stream.STDOUT, "x" * 200)
                await handle.finish(OperationStatus.COMPLETED, "done")
    whole = everything(desk.path)
    places = written_places(desk.path)
    dice, seen = random.Random(11), 0
    for number in range(OVERWRITES):
        copy = tmp_path / f"copy-{number}"
        copy.mkdir(mode=0o700)
        path = shutil.copy(desk.path, copy)
        with open(path, "r+b") as file:
            file.seek(dice.choice(places))
            file.write(dice.randbytes(64))
        found = await damage_is_seen(path, desk)
        assert found or everything(path) in (None, whole)  # a read fails, or the damage hit free space
        seen += found
    assert seen > OVERWRITES / 4


def written_places(path):
    """Where damage can hurt: every start of 64 bytes that something was ever written to, not the room between."""
    content = path.read_bytes()
    return [start for start in range(len(content) - 64) if content[start : start + 64].count(0) < 64]


def everything(path):
    """Every definition and every row of a file, or None when reading it fails.

    Rows are fetched, not dumped: a dump stops at a NUL, so it would pass over what stands behind one.
    """
    with plain(path) as opened, suppress(sqlite3.Error, UnicodeDecodeError):
        schema = opened.execute("select * from sqlite_master").fetchall()
        tables = [row[1] for row in schema if row[0] == "table"]
        return schema, [opened.execute(f'select * from "{table}"').fetchall() for table in tables]
    return None


async def damage_is_seen(path, desk):
    try:
        async with await open_database(path) as database:
            faults = await meta.faults_of_integrity(database)
            answer = await verify_trail(database, desk.vault, [], 0)
            rows = await servers.list_live(database)
            return bool(faults) or not answer.ok or len(rows) != 40
    except (DaoflowError, ValueError):
        return True


async def test_a_clock_set_back_or_far_ahead_breaks_nothing(tmp_path):
    from datetime import UTC, datetime

    class Wild:
        years = iter([2026, 1970, 2036, 2016] * 20)

        def now(self):
            return datetime(next(self.years), 3, 29, 1, 59, 59, tzinfo=UTC)

        def monotonic(self):
            return 0.0

    async with a_desk(tmp_path, Wild()) as desk:
        for _ in range(5):
            async with await desk.begin() as handle:
                await handle.finish(OperationStatus.COMPLETED, "done")
        answer = await verified(desk)
        assert (answer.ok, answer.entries) == (True, 10)


def test_the_store_errors_are_one_family():
    assert issubclass(StoreFull, StoreUnusable)


def test_many_at_once_may_ask_for_the_reserve_and_all_have_it(tmp_path):
    path = str(tmp_path / "daoflow.db")
    for _ in range(40):
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(reserve.fill, [path] * 8))
        assert reserve.spend(path)
