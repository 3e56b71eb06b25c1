"""A store, a setting or a program that is itself at fault: named by its own code, and nothing half-written."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess

import pytest


def damage(home, how: str) -> None:
    database = home / "daoflow.db"
    if how == "corrupt":
        database.write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    elif how == "empty":
        database.write_bytes(b"")
    elif how == "newer":
        opened = sqlite3.connect(database)
        opened.execute("pragma user_version = 99")
        opened.close()
    elif how == "open to others":
        database.chmod(0o644)
    for beside in home.glob("daoflow.db-*"):
        beside.unlink()


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("corrupt", "STORE_DAMAGED"),
        ("empty", "STORE_DAMAGED"),
        ("newer", "STORE_NEWER"),
        ("open to others", "UNSAFE_PERMISSIONS"),
    ],
)
@pytest.mark.parametrize("command", [("status",), ("server", "list"), ("audit", "verify")])
def test_a_store_that_can_not_be_used_is_named_as_such(cli, home, how, code, command):
    cli("status")
    damage(home, how)
    answer = cli(*command, "--json")
    assert (answer.status, answer.code) == (1, code)
    doctor = cli("doctor", "--json")
    assert (doctor.status, doctor.code) == (1, "DOCTOR_FAILED")
    (finding,) = doctor.document["data"]["checks"]
    assert (finding["name"], finding["status"]) == ("Store", "fail")


def test_a_setting_out_of_range_names_the_range(cli, monkeypatch):
    monkeypatch.setenv("SERVER_READINESS_POLL_INTERVAL_MS", "60s")
    answer = cli("status", "--json")
    assert answer.code == "CONFIG_INVALID"
    assert "5000 to 86400000" in answer.document["error"]


def test_a_locked_vault_lets_reads_go_on_and_refuses_keys(cli, home, ready):
    shutil.move(home / "vault.key", home / "elsewhere")
    assert cli("status", "--json").data["servers"]["summary"]["totalServers"] == 1
    vault = cli("vault", "status", "--json").data
    assert vault["locked"] is True
    assert cli("server", "remove", "--server", "edge", "--yes", "--json").status == 1


def test_a_fault_of_the_program_is_one_sentence_and_a_private_file(cli, home, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the token is dft_abcdefgh12345678")

    monkeypatch.setattr("daoflow_core.documents.server_list", fail)
    answer = cli("server", "list", "--json")
    assert (answer.status, answer.code) == (1, "INTERNAL")
    assert "Traceback" not in answer.out + answer.err
    file = answer.document["crashFile"]
    assert os.stat(file).st_mode & 0o777 == 0o600
    with open(file) as kept:
        text = kept.read()
    assert "RuntimeError" in text
    assert "dft_abcdefgh" not in text + answer.out


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a folder that even its owner can't write")
def test_a_read_only_store_refuses_changes_and_says_so(cli, home):
    cli("status")
    if subprocess.run(["chattr", "-R", "+i", str(home)], capture_output=True).returncode:
        pytest.skip("this file system has no immutable flag")
    try:
        answer = cli("server", "add", "--name", "e", "--host", "203.0.113.1", "--yes", "--json")
        assert (answer.status, answer.code) == (1, "STORE_READ_ONLY")
    finally:
        subprocess.run(["chattr", "-R", "-i", str(home)], check=True)
