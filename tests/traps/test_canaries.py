"""Five secrets are driven through everything the program does; not one byte of them comes out anywhere."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
from contextlib import closing

import asyncssh
import pytest
from tests.traps.canaries import Canary, Sweep
from tests.traps.stage import HOST_TOKEN, PASSPHRASE, Stage, stage, stand_in

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import DaoflowError
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.secret import Secret
from daoflow_tui.crash import crash_report

__all__ = ["stage"]


async def register(stage: Stage) -> None:
    where = ("--host", "127.0.0.1", "--ssh-port", str(stage.peer.port), "--ssh-user", "deploy")
    key = ("--ssh-key", str(stage.folder / "id"))
    phrase = ("--passphrase-file", str(stage.folder / "phrase"))
    trust = ("--approve-fingerprint", stage.peer.host_keys[0].fingerprint, "--yes")
    add = ("server", "add", "--name", "edge", *where)
    (stage.folder / "wrong").write_text("not the phrase at all\n")
    refused = await stage.cli(*add, *key, *trust)
    assert refused["code"] == "KEY_PASSPHRASE_REQUIRED"
    refused = await stage.cli(*add, *key, "--passphrase-file", str(stage.folder / "wrong"), *trust)
    assert refused["code"] == "KEY_PASSPHRASE_WRONG"
    assert (await stage.cli(*add, *key, *phrase, "--dry-run"))["ok"]
    added = await stage.cli(*add, *key, *phrase, *trust)
    assert added["data"]["readiness"]["readinessStatus"] == "ready"
    here = await stage.cli("server", "add", "--name", "here", "--host", "localhost", "--yes")
    assert here["data"]["readiness"]["dockerVersion"] == "26.1.5"


async def work(stage: Stage) -> None:
    """Checks that pass, checks that fail in every way, changes, and the end of the servers."""
    stage.failing.touch()
    for name in ("edge", "here"):
        failed = await stage.cli("server", "check", "--server", name)
        assert "docker-failed" in failed["data"]["readiness"]["issueCodes"]
        half = await stage.cli("server", "ops", "resources", "--server", name)
        assert half["code"] == "PARTIAL", "the answer of the host, with its secret, went into log and result"
    stage.failing.unlink()
    stage.peer.authorize("deploy")
    refused = await stage.cli("server", "check", "--server", "edge")
    assert refused["data"]["readiness"]["issueCodes"] == ["ssh-key-refused"]
    stage.peer.rotate_host_key("ssh-ed25519")
    changed = await stage.cli("server", "check", "--server", "edge")
    assert changed["data"]["readiness"]["issueCodes"] == ["host-key-changed"]
    words = ("--ssh-key", str(stage.folder / "id"), "--passphrase-file", str(stage.folder / "phrase"))
    assert (await stage.cli("server", "update", "--server", "edge", *words, "--yes"))["ok"]


async def look(stage: Stage) -> None:
    """Every command that reads."""
    history = await stage.cli("server", "ops", "history", "--server", "edge")
    for operation in history["data"]["operations"]:
        one = ("--operation", operation["id"])
        assert (await stage.cli("server", "ops", "logs", *one))["ok"]
        assert (await stage.cli("server", "ops", "logs", *one, "--follow"))["data"]["operation"] == operation
        assert (await stage.cli("server", "ops", "show", *one))["ok"]
    file = stage.folder / "exported.jsonl"
    assert (await stage.cli("server", "ops", "export", "--server", "edge", "--out", str(file)))["ok"]
    assert "resource_check" in file.read_text()
    stage.sweep.add("export", file.read_bytes())
    for words in (
        ("status",),
        ("doctor",),
        ("server", "list"),
        ("server", "show", "--server", "edge"),
        ("server", "host-key", "list", "--server", "edge"),
        ("access-assets", "ssh-key", "list"),
        ("access-assets", "ssh-key", "show", "--key-id", "edge SSH key"),
        ("access-assets", "ssh-key", "delete", "--key-id", "edge SSH key", "--yes"),
        ("access-assets", "certificate", "list"),
        ("audit", "list"),
        ("audit", "verify"),
        ("vault", "status"),
        ("config", "show"),
    ):
        await stage.cli(*words)


async def test_no_secret_leaves_by_any_way_out(stage, caplog, monkeypatch):
    await register(stage)
    await work(stage)
    await look(stage)
    os.environ.update(stage.environment)
    async with await open_console(Opening(dict(stage.environment))) as console:
        stage.sweep.add("repr", f"{console.vault!r} {vars(console)!r} {await console.keys.list()!r}")
        await console.servers.remove("edge")
        stage.take_files()
    stage.take_files()
    for record in caplog.records:
        stage.sweep.add("log records", f"{record.getMessage()} {record.__dict__!r}")
    processes = stage.spool.read_bytes()
    assert b"exec sh -s" in processes or b"sh\0-s" in processes, "the stand-in saw the processes above it"
    stage.sweep.add("processes", processes)
    assert len(stage.sweep.seen) > 25
    assert stage.sweep.hits() == []


async def test_no_error_and_no_crash_report_holds_a_secret(stage, monkeypatch):
    await register(stage)
    given = Secret((stage.folder / "id").read_bytes())
    opened = Secret(stage.key.export_private_key("openssh"))
    broken = bytearray(opened.reveal())
    broken[len(broken) // 2] ^= 1
    materials = (
        KeyMaterial(given),
        KeyMaterial(given, Secret(PASSPHRASE[1:].encode())),
        KeyMaterial(Secret(bytes(broken))),
        KeyMaterial(Secret(opened.reveal() * 2)),
        KeyMaterial(Secret(opened.reveal()[:-80])),
        KeyMaterial(Secret(opened.reveal().replace(b"OPENSSH", b"EC"))),
        KeyMaterial(Secret(HOST_TOKEN.encode()), Secret(PASSPHRASE.encode())),
    )
    os.environ.update(stage.environment)
    async with await open_console(Opening(dict(stage.environment))) as console:
        for material in materials:
            with pytest.raises(DaoflowError) as refused:
                await console.keys.examine(material, "x")
            stage.sweep.add_error("refused key", refused.value)
            stage.sweep.add("crash report", crash_report(refused.value))
            stage.sweep.add("material", f"{material!r}")
    stage.sweep.add_error("bad master key", await bad_master_key(stage))
    stage.sweep.add_error("damaged seal", await damaged_seal(stage))
    assert stage.sweep.hits() == []


async def bad_master_key(stage: Stage) -> BaseException:
    """The error for a variable whose value is nearly the master key."""
    master = stage.sweep.canaries[3].pieces[0].decode()
    with pytest.raises(DaoflowError) as refused:
        await open_console(Opening({**stage.environment, "DAOFLOW_MASTER_KEY": master + "A"}))
    return refused.value


async def damaged_seal(stage: Stage) -> BaseException:
    """The error for a sealed key that was changed on the disk."""
    with closing(sqlite3.connect(stage.home / "daoflow.db", isolation_level=None)) as file:
        file.execute("update sealed set blob = cast(substr(blob, 1, length(blob) - 1) || x'00' as blob)")
    async with await open_console(Opening(dict(stage.environment))) as console:
        server = await console.inventory.find("edge")
        with pytest.raises(DaoflowError) as refused:
            await console.keys.private_key(server)
    return refused.value


async def test_a_fault_of_the_program_tells_no_value_and_its_file_is_private(stage, monkeypatch):
    await register(stage)

    async def fail(*_: object) -> None:
        raise RuntimeError(PASSPHRASE, stage.key.export_private_key("openssh"))

    monkeypatch.setattr("daoflow_core.store.servers.mark_removed", fail)
    answer = await stage.cli("server", "remove", "--server", "here", "--yes")
    assert answer["code"] == "INTERNAL"
    (file,) = stage.home.glob("crash-*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"RuntimeError" in file.read_bytes()
    stage.take_files()
    try:
        await fail()
    except RuntimeError as error:
        stage.sweep.add("crash report", crash_report(error))
    assert stage.sweep.hits() == []


def test_the_search_would_find_each_of_them(tmp_path):
    """The control: what is planted is found, in every place and in every spelling."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    pem, seed = key.export_private_key("openssh"), key.pyca_key.private_bytes_raw()
    canaries = (
        Canary.of_pem("key", pem, seed),
        Canary.of("phrase", PASSPHRASE),
        Canary.of("token", HOST_TOKEN),
    )
    planted = [pem, seed, PASSPHRASE.encode().hex().encode(), json.dumps({"a": HOST_TOKEN}).encode()]
    for data in planted:
        sweep = Sweep(canaries)
        sweep.add("here", b"before " + data + b" after")
        assert len(sweep.hits()) == 1, data
    database = tmp_path / "daoflow.db"
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("create table t (x)")
        opened.execute("insert into t values (?)", (PASSPHRASE,))
        opened.commit()
    sweep = Sweep(canaries)
    sweep.add_files(tmp_path)
    try:
        try:
            raise LookupError(HOST_TOKEN)
        except LookupError:
            raise ValueError("quiet") from None
    except ValueError as error:
        sweep.add_error("error", error)
    assert {name for name, _ in sweep.hits()} == {"phrase", "token"}


def test_the_stand_in_would_show_a_secret_in_an_argument_or_the_environment(tmp_path):
    """The control of the process list: both places of a parent process are seen from below."""
    docker = stand_in(tmp_path) / "docker"
    script = f"{docker} version; exit"
    for arguments, environment in (
        (["/bin/sh", "-c", script, PASSPHRASE], {}),
        (["/bin/sh", "-c", script], {"X": PASSPHRASE}),
    ):
        subprocess.run(
            arguments, env={"PATH": "/usr/bin:/bin", **environment}, check=True, capture_output=True
        )
        sweep = Sweep((Canary.of("phrase", PASSPHRASE),))
        sweep.add_files(tmp_path, but=("docker",))
        (tmp_path / "processes").unlink()
        assert sweep.hits() == [("phrase", "file processes")]
