"""A backup is proven before it has a name, and a restore puts a whole store in place or nothing."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import shutil
import sqlite3
import sys
import tarfile
from contextlib import closing

import pytest
from tests.services.conftest import Login

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import (
    AuditBroken,
    Conflict,
    InvalidInput,
    NotFound,
    StoreDamaged,
    StoreFull,
    VaultDamaged,
    VaultLocked,
)
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.model.server import Endpoint
from daoflow_core.restoring import restore
from daoflow_core.secret import Secret
from daoflow_core.services.backup_file import read_backup
from daoflow_core.vault import passphrase as passphrases
from daoflow_core.vault.passphrase import FLOOR, Passphrase
from daoflow_core.vault.sources import VaultSources

PHRASE = Secret(b"correct horse battery staple")


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(passphrases, "DEFAULT", FLOOR)


@pytest.fixture
async def filled(core, draft):
    """A console whose store has servers with keys of their own, and a passphrase beside the key file."""
    for number in range(3):
        wish = draft(f"edge-{number}", Endpoint("127.0.0.1", 1, f"user{number}"))
        login = Login.make()
        await core.servers.add(
            type(wish)(**{**vars_of(wish), "key_material": KeyMaterial(Secret(login.pem))})
        )
    await core.vault_slots.add(Passphrase(PHRASE))
    return core


def vars_of(wish):
    return {name: getattr(wish, name) for name in wish.__dataclass_fields__}


def elsewhere(folder):
    return {"DAOFLOW_HOME": str(folder), "HOME": str(folder)}


async def opened(folder, **sources):
    return await open_console(Opening(elsewhere(folder), vault=VaultSources(**sources)))


async def private_keys(console):
    return [(await console.keys.private_key(server)).reveal() for server in await console.inventory.all()]


async def test_a_backup_comes_back_on_a_new_machine_by_its_passphrase(filled, tmp_path):
    path, manifest = await filled.backups.backup(tmp_path / "store.backup")
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert (manifest.holds_key_file, manifest.opens_by) == (False, ("keyfile", "passphrase"))
    keys = await private_keys(filled)
    assert len(set(keys)) == 3
    target = tmp_path / "new machine" / "store"
    done = await restore(path, elsewhere(target), VaultSources(passphrase=PHRASE))
    assert (done.servers, done.values) == (3, 3)
    async with await opened(target, passphrase=PHRASE) as again:
        assert await private_keys(again) == keys
        verdict = await again.audit.verify()
        assert (verdict.ok, verdict.rollback_checked) == (True, True)
        newest = (await again.audit.list(limit=1))[0]
        assert (newest.action, newest.outcome, newest.detail["sequence"]) == (
            "vault.restore",
            "completed",
            manifest.sequence,
        )
    modes = {entry.name: entry.stat().st_mode & 0o777 for entry in os.scandir(target)}
    assert modes["daoflow.db"] == 0o600 and "vault.key" not in modes
    assert os.stat(target).st_mode & 0o777 == 0o700
    assert [entry.name for entry in os.scandir(target.parent)] == ["store"]
    assert (await filled.audit.list(limit=1))[0].action == "vault.backup"


async def test_a_backup_with_its_key_file_opens_by_itself(filled, tmp_path):
    path, manifest = await filled.backups.backup(tmp_path / "b", with_key_file=True)
    assert manifest.holds_key_file
    await restore(path, elsewhere(tmp_path / "new"), VaultSources())
    async with await opened(tmp_path / "new") as again:
        assert len(await private_keys(again)) == 3


async def test_a_backup_without_its_key_file_takes_the_one_that_is_named(filled, home, tmp_path):
    path, _ = await filled.backups.backup(tmp_path / "b")
    for name in ("vault.key", "daoflow.db"):
        assert (home / name).read_bytes() not in path.read_bytes()
    with pytest.raises(VaultLocked, match="nothing was restored"):
        await restore(path, elsewhere(tmp_path / "new"), VaultSources())
    with pytest.raises(VaultLocked):
        await restore(path, elsewhere(tmp_path / "new"), VaultSources(passphrase=Secret(b"wrong passphrase")))
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".daoflow-restore-*"))
    shutil.copy(home / "vault.key", tmp_path / "kept.key")
    (tmp_path / "kept.key").chmod(0o600)
    await restore(path, elsewhere(tmp_path / "new"), VaultSources(), key_file=tmp_path / "kept.key")
    async with await opened(tmp_path / "new") as again:
        assert len(await private_keys(again)) == 3


async def test_nothing_is_restored_over_anything(filled, tmp_path):
    path, _ = await filled.backups.backup(tmp_path / "b", with_key_file=True)
    target = tmp_path / "new"
    target.mkdir()
    (target / "anything").write_text("mine")
    with pytest.raises(Conflict, match="not empty"):
        await restore(path, elsewhere(target), VaultSources())
    assert [entry.name for entry in os.scandir(target)] == ["anything"]
    (target / "anything").unlink()
    await restore(path, elsewhere(target), VaultSources())
    with pytest.raises(Conflict):
        await restore(path, elsewhere(target), VaultSources())
    with pytest.raises(Conflict):
        await filled.backups.backup(path)


async def test_settings_come_along(filled, home, tmp_path):
    (home / "config.toml").write_text('[ui]\ntheme = "light"\n')
    path, manifest = await filled.backups.backup(tmp_path / "b", with_key_file=True)
    assert list(manifest.files) == ["daoflow.db", "anchors.jsonl", "config.toml", "vault.key"]
    apart = {
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "st"),
        "XDG_CONFIG_HOME": str(tmp_path / "co"),
    }
    await restore(path, apart, VaultSources())
    assert (tmp_path / "co/daoflow-tui/config.toml").read_text() == '[ui]\ntheme = "light"\n'
    assert not (tmp_path / "st/daoflow-tui/config.toml").exists()


async def test_a_backup_taken_while_others_write_is_of_one_moment(filled, tmp_path):
    ended = asyncio.Event()

    async def write():
        while not ended.is_set():
            await filled.tokens.list()
            await filled.recorder.denied(
                actor="x", scope="server:read", action="server.list", target="servers", reason="r"
            )

    writer = asyncio.create_task(write())
    paths = [
        (await filled.backups.backup(tmp_path / f"b{number}", with_key_file=True))[0] for number in range(5)
    ]
    ended.set()
    await writer
    for number, path in enumerate(paths):
        done = await restore(path, elsewhere(tmp_path / f"new{number}"), VaultSources())
        assert done.values == 3


async def test_any_changed_byte_of_a_backup_is_seen(filled, tmp_path):
    """Every byte of what is small, a spread of the database's; tar's own padding holds nothing."""
    path, _ = await filled.backups.backup(tmp_path / "b", with_key_file=True)
    whole, dice = path.read_bytes(), random.Random(4)
    with tarfile.open(path) as tar:
        spans = {one.name: range(one.offset_data, one.offset_data + one.size) for one in tar.getmembers()}
    places = [*spans["manifest.json"], *spans["vault.key"], *dice.sample(spans["anchors.jsonl"], 200)]
    places += dice.sample(spans["daoflow.db"], 300)
    unseen = []
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        try:
            read_backup(path)
        except InvalidInput:
            continue
        unseen.append(place)
    assert unseen == []
    assert len(places) > 800
    for end in [*range(0, 1500, 100), *(dice.randrange(len(whole) - 10_240) for _ in range(60))]:
        path.write_bytes(whole[:end])
        with pytest.raises(InvalidInput):
            read_backup(path)


@pytest.mark.parametrize(
    "members",
    [
        ["manifest.json"],
        ["daoflow.db", "manifest.json"],
        ["manifest.json", "daoflow.db", "anchors.jsonl", "vault.key", "../evil"],
        ["manifest.json", "daoflow.db", "daoflow.db", "anchors.jsonl"],
        ["manifest.json", "anchors.jsonl", "daoflow.db"],
        [],
    ],
)
async def test_a_backup_of_another_shape_is_refused(filled, tmp_path, members):
    path, _ = await filled.backups.backup(tmp_path / "b", with_key_file=True)
    with tarfile.open(path) as tar:
        content = {one.name: tar.extractfile(one).read() for one in tar.getmembers()}
    with tarfile.open(tmp_path / "odd", "w") as tar:
        for name in members:
            member = tarfile.TarInfo(name)
            member.size = len(content.get(name, b"evil"))
            tar.addfile(member, io.BytesIO(content.get(name, b"evil")))
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidInput):
        await restore(tmp_path / "odd", elsewhere(tmp_path / "new"), VaultSources())
    assert not (tmp_path / "evil").exists() and not (tmp_path / "new").exists()


async def test_a_link_in_a_backup_is_not_followed(filled, tmp_path):
    path, manifest = await filled.backups.backup(tmp_path / "b")
    with tarfile.open(path) as tar:
        head = tar.extractfile("manifest.json").read()
    with tarfile.open(tmp_path / "odd", "w") as tar:
        member = tarfile.TarInfo("manifest.json")
        member.size = len(head)
        tar.addfile(member, io.BytesIO(head))
        link = tarfile.TarInfo("daoflow.db")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(InvalidInput):
        read_backup(tmp_path / "odd", tmp_path)
    for text in (b"", b"not a tar", os.urandom(4096), bytes(10_240)):
        (tmp_path / "odd").write_bytes(text)
        with pytest.raises(InvalidInput):
            read_backup(tmp_path / "odd")
    for strange in (tmp_path / "none", tmp_path):
        with pytest.raises(InvalidInput):
            read_backup(strange)
    assert json.loads(head)["database"] == manifest.database


async def test_what_is_not_whole_is_not_backed_up(filled, home, tmp_path):
    with closing(sqlite3.connect(home / "daoflow.db")) as stranger, stranger:
        stranger.execute("update sealed set blob = x'00' where rowid = (select min(rowid) from sealed)")
    with pytest.raises(VaultDamaged, match="no backup"):
        await filled.backups.backup(tmp_path / "b")
    with closing(sqlite3.connect(home / "daoflow.db")) as stranger, stranger:
        stranger.execute("drop trigger audit_stays_as_written")
    with pytest.raises(StoreDamaged):
        await filled.backups.backup(tmp_path / "b")
    with closing(sqlite3.connect(home / "daoflow.db")) as stranger, stranger:
        stranger.execute("update audit set actor = 'x' where sequence = 2")
        from daoflow_core.store.migrate import expected_schema

        stranger.execute(expected_schema()["trigger audit_stays_as_written"])
    with pytest.raises(AuditBroken):
        await filled.backups.backup(tmp_path / "b")
    assert (
        sorted(entry.name for entry in os.scandir(tmp_path)) == ["home", "programs"]
        or not (tmp_path / "b").exists()
    )
    assert not list(home.glob(".backup-*"))


async def test_a_locked_vault_and_a_missing_key_file_make_no_backup(filled, home, tmp_path):
    (home / "vault.key").rename(home / "away")
    with pytest.raises(NotFound):
        await filled.backups.backup(tmp_path / "b", with_key_file=True)
    async with await opened(home) as locked:
        with pytest.raises(VaultLocked):
            await locked.backups.backup(tmp_path / "b")
    assert not (tmp_path / "b").exists()


async def test_a_full_disk_leaves_no_half_backup(filled, monkeypatch, tmp_path):
    def fail(*_):
        raise OSError(28, "no space")

    monkeypatch.setattr("daoflow_core.services.backup.write_backup", fail)
    with pytest.raises(StoreFull):
        await filled.backups.backup(tmp_path / "b")
    assert not [one for one in os.scandir(tmp_path) if one.name.startswith((".b", "b"))]


async def test_what_a_killed_backup_left_is_swept_by_a_later_one(filled, home, tmp_path):
    for name, age in ((".backup-old", 90_000), (".backup-new", 10)):
        (home / name).mkdir()
        (home / name / "daoflow.db").write_text("a copy")
        moment = os.stat(home).st_mtime - age
        os.utime(home / name, (moment, moment))
    await filled.backups.backup(tmp_path / "b")
    assert [entry.name for entry in home.glob(".backup-*")] == [".backup-new"]


ROUNDS = int(os.environ.get("DAOFLOW_RESTORE_ROUNDS", "24"))


@pytest.mark.slow
async def test_a_killed_restore_leaves_a_whole_store_or_none(filled, tmp_path):
    path, _ = await filled.backups.backup(tmp_path / "b", with_key_file=True)
    folder = tmp_path / "homes"
    folder.mkdir()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.restore_rounds", str(path), str(folder), str(ROUNDS)),
        stdout=-1,
        stderr=-1,
    )
    _, complaints = await program.communicate()
    assert program.returncode == 0, complaints.decode()[-2000:]
    whole = sorted(folder.glob("home*"))
    for home in whole:
        async with await opened(home) as console:
            found = await console.vault_service.verify()
            assert (found.values, found.damaged) == (3, ())
            assert (await console.audit.verify()).ok
    assert list(folder.glob(".daoflow-restore-*")), "some kill hit a restore"
    done = await restore(path, elsewhere(folder / "last"), VaultSources())
    assert done.values == 3
