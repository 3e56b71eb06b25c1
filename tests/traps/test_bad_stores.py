"""A store that can't be used is refused by name and with a next step, and not one byte of it changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from tests.store.conftest import mounted

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import (
    ConfigInvalid,
    StoreDamaged,
    StoreFull,
    StoreNewer,
    StoreReadOnly,
    StoreUnusable,
    UnsafePermissions,
    VaultDamaged,
    VaultLocked,
)
from daoflow_core.model.server import Endpoint
from daoflow_core.store import reserve
from daoflow_core.store.sql import SCHEMA_VERSION

__all__ = ["mounted"]

NOBODY = 65534


def opening(home: Path) -> Opening:
    return Opening({"DAOFLOW_HOME": str(home), "HOME": str(home)})


async def make_store(home: Path, draft) -> None:
    """A store with a server, its key and some history in it."""
    async with await open_console(opening(home)) as console:
        await console.servers.add(draft("here", Endpoint("localhost", 22, "root"), key_material=None))


@pytest.fixture
async def store(home, draft):
    await make_store(home, draft)
    return home


def picture(home: Path) -> dict[str, tuple[int, bytes]]:
    """Every file of a store: its mode and its bytes, or where a link points to.

    SQLite's scratch paper (`-shm`) and a log without a word in it are left out.
    """
    found = {}
    for path in sorted(home.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[str(path)] = (mode, os.fsencode(path.readlink()))
        elif stat.S_ISREG(mode) and path.suffix != ".db-shm":
            found[str(path)] = (mode, path.read_bytes())
    return {name: file for name, file in found.items() if file[1] or not name.endswith("-wal")}


def run_sql(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as opened:
        for statement in statements:
            opened.execute(statement)


def garbage(home: Path) -> None:
    (home / "daoflow.db").write_bytes(os.urandom(40960))


def empty(home: Path) -> None:
    (home / "daoflow.db").write_bytes(b"")


def truncated(home: Path) -> None:
    os.truncate(home / "daoflow.db", 5 * 4096)


def torn(home: Path) -> None:
    """More than a page is gone: the end of the last one alone may be the empty part of an empty table."""
    os.truncate(home / "daoflow.db", (home / "daoflow.db").stat().st_size - 4096 - 1000)


def newer(home: Path) -> None:
    run_sql(home / "daoflow.db", f"pragma user_version = {SCHEMA_VERSION + 1}")


def newer_with_a_log(home: Path) -> None:
    """A newer version was killed: its last words are still in the write-ahead log."""
    copy = home.with_name("killed")
    with closing(sqlite3.connect(home / "daoflow.db", isolation_level=None)) as opened:
        opened.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
        opened.execute("pragma wal_checkpoint(truncate)")
        opened.execute("insert into meta values ('words', 'of a newer version')")
        shutil.copytree(home, copy)
    shutil.rmtree(home)
    copy.rename(home)
    assert (home / "daoflow.db-wal").stat().st_size


def foreign(home: Path) -> None:
    (home / "daoflow.db").unlink()
    run_sql(home / "daoflow.db", "create table bookmarks (url)")
    (home / "daoflow.db").chmod(0o600)


def without_identity(home: Path) -> None:
    run_sql(
        home / "daoflow.db", "drop trigger meta_identity_is_kept", "delete from meta where key = 'db_uuid'"
    )


def a_folder(home: Path) -> None:
    (home / "daoflow.db").unlink()
    (home / "daoflow.db").mkdir()


def a_link(home: Path) -> None:
    (home / "daoflow.db").rename(home / "elsewhere.db")
    (home / "daoflow.db").symlink_to(home / "elsewhere.db")


def a_dangling_link(home: Path) -> None:
    (home / "daoflow.db").unlink()
    (home / "daoflow.db").symlink_to(home / "nowhere.db")


def a_linked_home(home: Path) -> None:
    home.rename(home.with_name("real"))
    home.symlink_to(home.with_name("real"))


def open_to_others(home: Path) -> None:
    (home / "daoflow.db").chmod(0o644)


def in_a_shared_folder(home: Path) -> None:
    home.chmod(0o777)


def with_a_shared_run_folder(home: Path) -> None:
    (home / "run").chmod(0o770)


def with_a_readable_key(home: Path) -> None:
    (home / "vault.key").chmod(0o640)


def with_a_linked_key(home: Path) -> None:
    (home / "vault.key").rename(home / "other.key")
    (home / "vault.key").symlink_to(home / "other.key")


def with_two_actives(home: Path) -> None:
    run_sql(
        home / "daoflow.db", "insert into vault_keys values ('zzzz', 'active', '2026-01-01T00:00:00.000Z')"
    )


def with_bad_settings(home: Path) -> None:
    (home / "config.toml").write_text("poll_interval = [\x1b]0;x\x07")


SPOILED = [
    (garbage, StoreDamaged),
    (empty, StoreDamaged),
    (truncated, StoreDamaged),
    (torn, StoreDamaged),
    (newer, StoreNewer),
    (newer_with_a_log, StoreNewer),
    (foreign, StoreDamaged),
    (without_identity, StoreDamaged),
    (a_folder, StoreDamaged),
    (a_link, UnsafePermissions),
    (a_dangling_link, UnsafePermissions),
    (a_linked_home, UnsafePermissions),
    (open_to_others, UnsafePermissions),
    (in_a_shared_folder, UnsafePermissions),
    (with_a_shared_run_folder, UnsafePermissions),
    (with_a_readable_key, UnsafePermissions),
    (with_a_linked_key, UnsafePermissions),
    (with_two_actives, VaultDamaged),
    (with_bad_settings, ConfigInvalid),
]


@pytest.mark.parametrize(("spoil", "error"), SPOILED, ids=lambda one: one.__name__)
async def test_a_spoiled_store_is_refused_by_name_and_left_as_it_is(store, spoil, error):
    spoil(store)
    before = picture(store)
    for _ in range(2):  # also the second try meets the same store
        with pytest.raises(error) as refused:
            await open_console(opening(store))
        assert type(refused.value) is error
        assert refused.value.next_step
        assert "\x1b" not in f"{refused.value.message}{refused.value.why}"
    assert picture(store) == before


@pytest.mark.parametrize("content", [None, b"", b"not a key\n", b"A" * 43 + b"\n"])
async def test_a_missing_or_wrong_key_file_locks_the_vault_and_makes_no_new_one(store, content):
    key = store / "vault.key"
    key.unlink()
    if content is not None:
        key.write_bytes(content)
        key.chmod(0o600)
    before = picture(store)
    async with await open_console(opening(store)) as console:
        status = await console.vault_service.status()
        assert status.locked and status.reason
        with pytest.raises(VaultLocked):
            await console.servers.remove("here")
        assert [server.name for server in await console.inventory.all()] == ["here"]
    assert {name: now for name, now in picture(store).items() if name != str(store / "daoflow.db")} == {
        name: then for name, then in before.items() if name != str(store / "daoflow.db")
    }
    with closing(sqlite3.connect(store / "daoflow.db")) as opened:
        assert opened.execute("select count(*) from servers where removed_at is null").fetchone() == (1,)


async def test_a_read_only_disk_is_named_and_left_as_it_is(mounted, draft):
    home = mounted / "home"
    await make_store(home, draft)
    before = picture(home)
    mounted.remount("ro")
    with pytest.raises(StoreReadOnly) as refused:
        await open_console(opening(home))
    assert refused.value.next_step
    with pytest.raises(StoreReadOnly):
        await open_console(opening(mounted / "another"))
    assert picture(home) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
async def test_a_folder_that_may_not_be_written_is_named_and_left_as_it_is(draft):
    home = Path(tempfile.mkdtemp(prefix="daoflow-"))
    try:
        await make_store(home, draft)
        for path in [home, *home.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
            path.chmod(0o500 if path.is_dir() else 0o600)
        before = picture(home)
        os.seteuid(NOBODY)
        try:
            with pytest.raises(StoreReadOnly) as refused:
                await open_console(opening(home))
        finally:
            os.seteuid(0)
        assert refused.value.next_step
        assert picture(home) == before
    finally:
        shutil.rmtree(home)


@pytest.mark.parametrize("mounted", ["6m"], indirect=True)
async def test_a_full_disk_is_named_and_left_as_it_is(mounted, draft):
    home = mounted / "home"
    await make_store(home, draft)
    reserve.spend(str(home / "daoflow.db"))
    before = picture(home)
    with open(mounted / "ballast", "wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(4096))
    for place in (home, mounted / "another"):
        with pytest.raises(StoreFull) as refused:
            async with await open_console(opening(place)) as console:
                await console.servers.add(draft("x", Endpoint("localhost", 22, "op"), key_material=None))
        assert refused.value.next_step
    (mounted / "ballast").unlink()
    kept = {name: now for name, now in picture(home).items() if name in before}
    assert kept.keys() == before.keys()
    async with await open_console(opening(home)) as console:
        assert [server.name for server in await console.inventory.all()] == ["here"]
        assert (await console.audit.verify()).ok
    async with await open_console(opening(mounted / "another")) as console:
        assert await console.inventory.all() == []


def test_every_store_error_is_a_kind_of_its_own():
    assert all(issubclass(one, StoreUnusable) for one in (StoreDamaged, StoreNewer, StoreReadOnly, StoreFull))
