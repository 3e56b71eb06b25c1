"""The writer: whole transactions, in turn, whatever happens to those who asked."""

import asyncio
import random
import subprocess
import sys

import pytest
from tests.store.parts import plain

from daoflow_core.errors import AuditBroken, Conflict, StoreBusy, StoreUnusable
from daoflow_core.store import connection, meta, writer
from daoflow_core.store.engine import open_database
from daoflow_core.store.reader import Reader


async def count(database):
    rows = await database.rows("select count(*) as n from meta where key like 'k%'")
    return rows[0]["n"]


async def test_work_that_fails_leaves_nothing_and_the_next_one_works(database):
    async def work(transaction):
        await meta.put(transaction, "k1", "a")
        raise LookupError("no")

    with pytest.raises(LookupError):
        await database.write(work)
    assert await count(database) == 0
    await database.write(lambda tx: meta.put(tx, "k2", "b"))
    assert await count(database) == 1


async def test_a_transaction_reads_its_own_writes_and_others_do_not(database):
    async def work(transaction):
        await meta.put(transaction, "k1", "a")
        return len(await transaction.rows("select * from meta where key = 'k1'")), await count(database)

    assert await database.write(work) == (1, 0)
    assert await count(database) == 1


async def test_waiting_for_a_second_transaction_inside_one_is_refused_at_once(database):
    async def work(transaction):
        await database.write(lambda tx: meta.put(tx, "k1", "a"))

    with pytest.raises(RuntimeError, match="use the transaction it was given"):
        await database.write(work)


async def test_a_writer_cancelled_before_its_turn_writes_nothing(database):
    gate = asyncio.Event()

    async def slow(transaction):
        await gate.wait()

    first = asyncio.create_task(database.write(slow))
    await asyncio.sleep(0)
    second = asyncio.create_task(database.write(lambda tx: meta.put(tx, "k1", "a")))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    gate.set()
    await first
    assert await count(database) == 0


async def test_a_writer_cancelled_within_its_turn_leaves_only_when_all_of_it_landed(database):
    begun, gate = asyncio.Event(), asyncio.Event()

    async def work(transaction):
        begun.set()
        await gate.wait()
        for number in range(50):
            await meta.put(transaction, f"k{number}", "a")

    task = asyncio.create_task(database.write(work))
    await begun.wait()
    left_early = []
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
        left_early.append(task.done())
    gate.set()
    assert not any(left_early)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await count(database) == 50


async def test_a_storm_of_cancellations_never_tears_a_transaction(database):
    dice = random.Random(7)

    async def pair(number):
        async def work(transaction):
            await meta.put(transaction, f"k{number}-left", "a")
            await asyncio.sleep(0)
            await meta.put(transaction, f"k{number}-right", "a")

        await database.write(work)

    tasks = [asyncio.create_task(pair(number)) for number in range(300)]
    while not all(task.done() for task in tasks):
        dice.choice(tasks).cancel()
        await asyncio.sleep(0.0005)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    done = {number for number, result in enumerate(results) if result is None}
    keys = [row["key"] for row in await database.rows("select key from meta where key like 'k%'")]
    left = {int(key[1:].partition("-")[0]) for key in keys if key.endswith("left")}
    right = {int(key[1:].partition("-")[0]) for key in keys if key.endswith("right")}
    assert left == right
    assert done <= left
    assert 0 < len(done) < 300
    await database.write(lambda tx: meta.put(tx, "after", "the storm"))


async def test_what_is_queued_is_written_before_a_close(tmp_path):
    database = await open_database(tmp_path / "daoflow.db")
    tasks = [
        asyncio.create_task(database.write(lambda tx, n=n: meta.put(tx, f"k{n}", "a"))) for n in range(20)
    ]
    await asyncio.sleep(0)
    await database.close()
    await asyncio.gather(*tasks)
    with pytest.raises(StoreUnusable, match="closed"):
        await database.write(lambda tx: meta.put(tx, "late", "a"))
    await database.close()
    with plain(tmp_path / "daoflow.db") as opened:
        assert opened.execute("select count(*) from meta where key like 'k%'").fetchone() == (20,)


@pytest.mark.parametrize(
    "statement",
    [
        "drop table audit",
        "drop trigger audit_stays",
        "drop index servers_live_name",
        "alter table audit rename to forgotten",
        "alter table audit add column x",
        "create trigger t after insert on audit begin select 1; end",
        "create temp trigger t after insert on audit begin select 1; end",
        "attach database ':memory:' as other",
        "pragma writable_schema = on",
        "pragma recursive_triggers = off",
        "pragma synchronous = off",
        "pragma user_version = 9",
    ],
)
async def test_our_own_connection_can_not_take_the_guards_away(database, statement):
    with pytest.raises(StoreUnusable) as refused:
        await database.write(lambda tx: tx.run(statement))
    assert "not authorized" in refused.value.why
    assert await meta.faults_of_schema(database) == []


async def test_a_taken_value_is_a_conflict_that_names_its_columns(database):
    await database.write(lambda tx: tx.run("insert into vault_keys values ('k', 'active', 'now')"))
    with pytest.raises(Conflict) as refused:
        await database.write(lambda tx: tx.run("insert into vault_keys values ('k', 'active', 'now')"))
    assert refused.value.details["columns"] == ["vault_keys.kid"]
    with pytest.raises(Conflict):
        await database.write(lambda tx: tx.run("insert into vault_keys values ('x', 'odd', 'now')"))


async def test_the_guards_of_the_trail_speak_as_the_trail(database):
    with pytest.raises(AuditBroken):
        await database.write(lambda tx: tx.run("insert into audit_head values (1, 5, 'x', 'x')") or None)
        await database.write(lambda tx: tx.run("delete from audit_head"))


async def test_another_process_that_never_lets_go_is_told_as_busy(database, tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "BEGIN_TRIES", 2)
    await database.write(lambda tx: meta.put(tx, "k0", "a"))
    with plain(tmp_path / "daoflow.db") as other:
        other.execute("begin immediate")
        monkeypatch.setattr(connection, "BUSY_SECONDS", 0.05)
        async with await open_database(tmp_path / "daoflow.db") as impatient:
            with pytest.raises(StoreBusy):
                await impatient.write(lambda tx: meta.put(tx, "k1", "a"))
            other.execute("rollback")
            await impatient.write(lambda tx: meta.put(tx, "k1", "a"))


async def test_only_what_others_commit_changes_the_data_version(database, tmp_path):
    first = await database.data_version()
    await database.write(lambda tx: meta.put(tx, "k1", "ours"))
    assert await database.data_version() == first
    with plain(tmp_path / "daoflow.db") as other:
        other.execute("insert into meta values ('k2', 'theirs')")
    assert await database.data_version() != first


VISITOR = """
import asyncio, sys
from daoflow_core.store import meta
from daoflow_core.store.engine import open_database
from daoflow_core.store.reader import Reader
async def main():
    async with await open_database(sys.argv[1]) as database:
        await database.write(lambda tx: meta.put(tx, "k-visitor", "x"))
asyncio.run(main())
"""


async def test_a_process_that_closes_takes_no_log_away_from_those_that_stay(database, tmp_path):
    """POSIX locks fall when any descriptor of the file is closed in this process: nothing here may open it itself."""
    path = tmp_path / "daoflow.db"
    await database.write(lambda tx: meta.put(tx, "k1", "a"))
    Reader(str(path)).close()
    async with await open_database(path), await open_database(path, read_only=True):
        pass
    visit = [sys.executable, "-c", VISITOR, path]
    await asyncio.to_thread(subprocess.run, visit, check=True, timeout=60)
    assert path.with_name("daoflow.db-wal").exists()
    await database.write(lambda tx: meta.put(tx, "k2", "a"))
    assert await count(database) == 3
    with plain(path) as stranger:
        assert stranger.execute("select count(*) from meta where key like 'k%'").fetchone() == (3,)
        assert stranger.execute("pragma integrity_check").fetchone() == ("ok",)


CROWD = """
import asyncio, sys
from daoflow_core.store import meta
from daoflow_core.store.engine import open_database
from daoflow_core.store.reader import Reader
async def main():
    async with await open_database(sys.argv[1]) as database:
        async def add(n):
            async def work(tx):
                rows = await tx.rows("select value from meta where key = 'k-sum'")
                await meta.put(tx, "k-sum", str(int(rows[0]["value"]) + 1))
                await meta.put(tx, f"k{sys.argv[2]}-{n}", "x")
            await database.write(work)
        await asyncio.gather(*(add(n) for n in range(60)))
asyncio.run(main())
"""


async def test_a_crowd_of_processes_loses_no_write_and_never_shows_a_lock(database, tmp_path):
    await database.write(lambda tx: meta.put(tx, "k-sum", "0"))
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", CROWD, tmp_path / "daoflow.db", str(n)], stderr=subprocess.PIPE
        )
        for n in range(5)
    ]
    complaints = await asyncio.gather(*(asyncio.to_thread(one.communicate, timeout=60) for one in crowd))
    assert [one.returncode for one in crowd] == [0] * 5, complaints
    assert await meta.get(database, "k-sum") == "300"
    assert await count(database) == 301
