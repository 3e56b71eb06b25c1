"""Opening: private files, right settings, and a clear refusal of everything that is not our database."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from tests.store.parts import plain

from daoflow_core.errors import (
    NotFound,
    StoreDamaged,
    StoreNewer,
    StoreReadOnly,
    StoreUnusable,
    UnsafePermissions,
)
from daoflow_core.store import connection, files, meta, migrate
from daoflow_core.store.engine import open_database
from daoflow_core.store.sql import SCHEMA_VERSION


async def close_new(path):
    async with await open_database(path):
        pass
    return path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_new_database_and_all_beside_it_are_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        async with await open_database(tmp_path / "state" / "daoflow.db") as database:
            await database.write(lambda tx: meta.put(tx, "x", "y"))
            await database.keep_room()
            found = {path.name: mode(path) for path in (tmp_path / "state").iterdir()}
    finally:
        os.umask(before)
    assert mode(tmp_path / "state") == 0o700
    assert {"daoflow.db", "daoflow.db-wal", "daoflow.db-shm", "daoflow.db.reserve"} <= found.keys()
    assert set(found.values()) == {0o600}


async def test_a_closed_database_is_one_file_with_nothing_left_in_a_log(tmp_path):
    path = await close_new(tmp_path / "daoflow.db")
    assert not path.with_name("daoflow.db-wal").exists()
    assert not path.with_name("daoflow.db.partial").exists()
    for thread in threading.enumerate():
        if "connection_worker" in thread.name:
            thread.join(10)
            assert not thread.is_alive()


async def test_every_writing_connection_has_the_durable_settings(tmp_path):
    path = str(await close_new(tmp_path / "daoflow.db"))
    opened = connection.open_to_write(path)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
        "recursive_triggers": 1,
        "busy_timeout": 5000,
        "application_id": files.APPLICATION_ID,
        "user_version": SCHEMA_VERSION,
    }
    try:
        found = {name: next(iter(opened.execute(f"pragma {name}").fetchone().values())) for name in wanted}
    finally:
        opened.close()
    assert found == wanted


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"SQLite format 3\0", ""),
        (b"\0" * 4096, "not a database"),
        (b"not a database at all, but long enough to be read as a header" * 4, "not a database"),
    ],
)
async def test_what_is_not_a_database_is_refused_and_left_as_it_is(tmp_path, content, why):
    path = tmp_path / "daoflow.db"
    path.write_bytes(content)
    path.chmod(0o600)
    for read_only in (False, True):
        with pytest.raises(StoreDamaged) as refused:
            await open_database(path, read_only=read_only)
        assert why in refused.value.why
    assert path.read_bytes() == content


async def test_a_database_of_another_program_is_refused(tmp_path):
    path = tmp_path / "daoflow.db"
    with plain(path) as other:
        other.execute("create table t (x)")
    path.chmod(0o600)
    with pytest.raises(StoreDamaged, match="not a whole"):
        await open_database(path)


async def test_a_database_whose_identity_row_is_gone_is_refused(tmp_path):
    path = await close_new(tmp_path / "daoflow.db")
    with plain(path) as other:
        other.execute("drop trigger meta_identity_is_kept")
        other.execute("delete from meta where key = 'db_uuid'")
    with pytest.raises(StoreDamaged) as refused:
        await open_database(path)
    assert "identity" in refused.value.why


async def test_a_cut_database_is_refused_or_says_so_when_read(tmp_path):
    path = await close_new(tmp_path / "daoflow.db")
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)
    with pytest.raises(StoreDamaged):
        async with await open_database(path) as database:
            await database.rows("select * from operations")
            faults = await meta.faults_of_integrity(database)
            assert faults


async def test_a_newer_database_is_refused_untouched(tmp_path):
    path = await close_new(tmp_path / "daoflow.db")
    with plain(path) as other:
        other.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(StoreNewer) as refused:
            await open_database(path, read_only=read_only)
        assert str(SCHEMA_VERSION + 1) in refused.value.why
    assert path.read_bytes() == before


async def test_an_sqlite_without_what_the_schema_needs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(StoreUnusable, match="too old"):
        await open_database(tmp_path / "daoflow.db")


@pytest.mark.parametrize("bits", [0o604, 0o640, 0o660, 0o644])
async def test_a_database_open_to_others_is_refused_with_the_command_that_mends_it(tmp_path, bits):
    path = await close_new(tmp_path / "it's daoflow.db")
    path.chmod(bits)
    with pytest.raises(UnsafePermissions) as refused:
        await open_database(path)
    subprocess.run(["sh", "-c", refused.value.next_step], check=True)
    await close_new(path)


async def test_an_open_log_beside_the_database_is_refused_too(tmp_path):
    path = await close_new(tmp_path / "daoflow.db")
    log = path.with_name("daoflow.db-wal")
    log.touch(0o644)
    log.chmod(0o644)
    with pytest.raises(UnsafePermissions, match=r"daoflow\.db-wal"):
        await open_database(path)


async def test_a_symbolic_link_is_refused_also_a_dangling_one(tmp_path):
    real = await close_new(tmp_path / "real.db")
    link = tmp_path / "daoflow.db"
    link.symlink_to(real)
    with pytest.raises(UnsafePermissions, match="symbolic link"):
        await open_database(link)
    link.unlink()
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UnsafePermissions, match="symbolic link"):
        await open_database(link)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")
async def test_a_database_of_another_user_is_refused(tmp_path):
    path = await close_new(tmp_path / "daoflow.db")
    os.chown(path, 65534, 65534)
    with pytest.raises(UnsafePermissions) as refused:
        await open_database(path)
    assert refused.value.next_step.startswith("sudo chown 0 ")


async def test_a_folder_that_others_can_write_is_refused(tmp_path):
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    with pytest.raises(UnsafePermissions) as refused:
        await open_database(folder / "daoflow.db")
    assert refused.value.next_step == f"chmod 700 {folder}"


async def test_a_folder_in_the_place_of_the_database_is_refused(tmp_path):
    (tmp_path / "daoflow.db").mkdir()
    with pytest.raises(StoreDamaged):
        await open_database(tmp_path / "daoflow.db")


async def test_reading_only_makes_nothing_and_writes_nothing(tmp_path):
    with pytest.raises(NotFound):
        await open_database(tmp_path / "daoflow.db", read_only=True)
    assert list(tmp_path.iterdir()) == []
    path = await close_new(tmp_path / "daoflow.db")
    async with await open_database(path, read_only=True) as database:
        assert await meta.database_id(database)
        with pytest.raises(StoreReadOnly):
            await database.write(lambda tx: meta.put(tx, "x", "y"))
        with pytest.raises(StoreUnusable):
            await database.rows("delete from meta")


def test_a_network_file_system_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_file_system", lambda folder: "nfs4")
    with pytest.raises(StoreUnusable, match="network file system"):
        files.refuse_shared_file_system(str(tmp_path / "daoflow.db"))
    monkeypatch.undo()
    assert files._file_system("/proc") == "proc"


async def test_half_a_first_start_is_thrown_away(tmp_path):
    partial = tmp_path / "daoflow.db.partial"
    partial.write_bytes(b"half")
    (tmp_path / "daoflow.db.partial-wal").write_bytes(b"half")
    async with await open_database(tmp_path / "daoflow.db") as database:
        assert await meta.faults_of_integrity(database) == []
        assert await meta.faults_of_schema(database) == []
    assert not partial.exists()


FIRST_START = """
import asyncio, sys
from daoflow_core.store import meta
from daoflow_core.store.engine import open_database
async def main():
    async with await open_database(sys.argv[1]) as database:
        print(await meta.database_id(database))
asyncio.run(main())
"""


def test_processes_that_start_first_at_once_share_one_database(tmp_path):
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", FIRST_START, tmp_path / "daoflow.db"], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    answers = {start.communicate(timeout=60)[0].strip() for start in starts}
    assert [start.returncode for start in starts] == [0] * 4
    assert len(answers) == 1


FORGETFUL = FIRST_START.replace(
    "async with await open_database(sys.argv[1]) as database:", "if True:"
).replace("print(", "database = await open_database(sys.argv[1])\n        print(")


def test_a_program_that_forgets_to_close_still_ends(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", FORGETFUL, tmp_path / "daoflow.db"], capture_output=True, timeout=30, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_migration_is_one_transaction_so_a_failure_leaves_the_older_version(tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    files.make_private(str(path))
    opened = connection.open_to_write(str(path), is_new=True)
    monkeypatch.setattr(
        migrate, "versions", lambda: {1: ["create table meta (key text primary key, value text)"]}
    )
    try:
        migrate.migrate(opened)
        broken = {1: [], 2: ["create table second (x)", "create table second (x)"]}
        monkeypatch.setattr(migrate, "versions", lambda: broken)
        with pytest.raises(sqlite3.OperationalError):
            migrate.migrate(opened)
        assert connection.version_of(opened) == 1
        assert not opened.execute("select 1 from sqlite_master where name = 'second'").fetchall()
        broken[2].pop()
        migrate.migrate(opened)
        migrate.migrate(opened)
        assert connection.version_of(opened) == 2
        version = opened.execute("select value from meta where key = 'schema_version'").fetchone()
        assert version == {"value": "2"}
    finally:
        opened.close()


def test_the_program_knows_exactly_the_migrations_it_carries():
    assert list(migrate.versions()) == list(range(1, SCHEMA_VERSION + 1))


def test_what_was_granted_and_recorded_before_says_nothing_of_who_demanded_a_recording(tmp_path, monkeypatch):
    path = tmp_path / "old.db"
    files.make_private(str(path))
    opened = connection.open_to_write(str(path), is_new=True)
    known = migrate.versions()
    try:
        monkeypatch.setattr(migrate, "versions", lambda: {n: known[n] for n in known if n < 8})
        migrate.migrate(opened)
        opened.execute("pragma foreign_keys = off")
        opened.execute(
            "insert into grants (id, scope, server_id, granted_to, reason, mac, created_at, expires_at, seconds, "
            "uptime, since_sequence) values ('g', 'terminal:open', 's', 'mara', 'a test', 'm', 'a', 'b', 1, 1, 1)"
        )
        opened.execute(
            "insert into recordings (id, operation_id, server_id, started_at, shell, width, height, has_input) "
            "values ('r', 'o', 's', 'a', 'sh', 80, 24, 0)"
        )
        monkeypatch.setattr(migrate, "versions", lambda: known)
        migrate.migrate(opened)
        assert opened.execute("select records from grants").fetchone() == {"records": 0}
        assert opened.execute("select causes from recordings").fetchone() == {"causes": None}
    finally:
        opened.close()


def test_the_portable_migrations_keep_to_words_that_other_engines_know():
    for file in migrate.FOLDER.glob("*.sql"):
        if not file.name.endswith(".sqlite.sql"):
            text = " ".join(migrate.statements(file.read_text("utf-8"))).lower()
            assert not [
                word for word in ("insert or", "autoincrement", "trigger", "strict", "pragma") if word in text
            ]


def test_the_wheel_carries_the_migrations():
    import tomllib
    from pathlib import Path

    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"][0] == "src/daoflow_core"
    assert migrate.FOLDER.is_relative_to(Path("src/daoflow_core").absolute())
