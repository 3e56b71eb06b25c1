"""The vault's verbs on the command line: passphrases come by file or terminal, never by argument, and no answer holds one."""

from __future__ import annotations

import contextlib
import os

import pytest
from tests.cli.test_schema import holds
from tests.cli.tree import commands

from daoflow_core.vault import passphrase as passphrases
from daoflow_core.vault.passphrase import FLOOR

PHRASE, OTHER = "correct horse battery staple", "another one altogether"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(passphrases, "DEFAULT", FLOOR)


@pytest.fixture
def phrase(tmp_path):
    """Files with passphrases."""

    def make(text: str) -> str:
        file = tmp_path / f"phrase of {len(text)}"
        file.write_text(f"{text}\n")
        return str(file)

    return make


@pytest.fixture
def vault(cli):
    def call(*words: str, **more):
        return cli("vault", *words, "--json", **more)

    return call


def test_a_day_with_the_vault(vault, cli, ready, phrase, home, tmp_path, monkeypatch):
    """Passphrase, lock, change, unlock, rotate, backup, restore: each answers as its schema says."""
    good, other = phrase(PHRASE), phrase(OTHER)
    holds("vault status", vault("status"))
    added = vault("add-slot", "--kind", "passphrase", "--new-passphrase-file", good, "--yes")
    holds("vault add-slot", added)
    assert vault("lock", "--yes").code == "CONFLICT"
    locked = vault("lock", "--passphrase-file", good, "--yes")
    holds("vault lock", locked)
    assert "running" in " ".join(locked.data["notes"])
    assert not (home / "vault.key").exists()
    status = vault("status")
    holds("vault status", status)
    assert status.data["locked"] is True
    assert vault("rotate", "--yes").code == "VAULT_LOCKED"
    assert cli("server", "list", "--json").status == 0, "reading goes on"
    holds("vault verify", vault("verify", "--passphrase-file", good))
    changed = vault("change-passphrase", "--passphrase-file", good, "--new-passphrase-file", other, "--yes")
    holds("vault change-passphrase", changed)
    assert vault("verify", "--passphrase-file", good).code == "VAULT_LOCKED"
    holds("vault unlock", vault("unlock", "--passphrase-file", other, "--yes"))
    rotated = vault("rotate", "--yes")
    holds("vault rotate", rotated)
    assert (rotated.data["generation"], rotated.data["rewrapped"]) == (2, 1)
    backup = vault("backup", "--out", str(tmp_path / "b"))
    holds("vault backup", backup)
    assert (backup.data["opensBy"], backup.data["holdsKeyFile"]) == (["keyfile", "passphrase"], False)
    keyfile = next(one["id"] for one in vault("status").data["slots"] if one["kind"] == "keyfile")
    holds("vault remove-slot", vault("remove-slot", "--slot", keyfile, "--passphrase-file", other, "--yes"))
    everything = [one["action"] for one in cli("audit", "list", "--limit", "500", "--json").data["entries"]]
    monkeypatch.setenv("DAOFLOW_HOME", str(tmp_path / "new"))
    restored = vault("restore", "--file", str(tmp_path / "b"), "--passphrase-file", other, "--yes")
    holds("vault restore", restored)
    assert (restored.data["servers"], restored.data["values"]) == (1, 1)
    assert [one["name"] for one in cli("server", "list", "--json").data["servers"]] == ["edge"]
    done = {action for action in everything if action.startswith("vault.")}
    assert done == {
        f"vault.{verb}"
        for verb in ("add-slot", "lock", "change-passphrase", "unlock", "rotate", "backup", "remove-slot")
    }


def test_a_passphrase_is_taken_from_standard_input(vault, ready):
    added = vault(
        "add-slot",
        "--kind",
        "passphrase",
        "--new-passphrase-file",
        "-",
        "--yes",
        stdin=PHRASE.encode() + b"\n",
    )
    assert added.status == 0
    assert vault("verify", "--passphrase-file", "-", stdin=PHRASE.encode()).status == 0
    assert vault("verify", "--passphrase-file", "-", stdin=OTHER.encode()).code == "VAULT_LOCKED"
    change = ("change-passphrase", "--passphrase-file", "-", "--new-passphrase-file", "-", "--yes")
    assert vault(*change, stdin=PHRASE.encode()).code == "INVALID_INPUT"


def test_without_a_terminal_and_a_file_no_passphrase_is_made_up(vault, ready):
    for words in (("add-slot", "--kind", "passphrase"), ("add-slot", "--kind", "environment")):
        assert vault(*words, "--yes").code == "INVALID_INPUT"
    assert vault("add-slot", "--kind", "keyring", "--yes").code == "VAULT_LOCKED"
    assert [one["kind"] for one in vault("status").data["slots"]] == ["keyfile"]


def test_no_option_of_any_command_takes_a_secret_itself():
    for words, command in commands().items():
        for option in command.params:
            named = {
                name for name in option.opts if any(word in name for word in ("pass", "secret", "token"))
            }
            assert named <= {
                "--passphrase-file",
                "--new-passphrase-file",
                "--token-file",
                "--token-out",
                "--token",
            }, words
            if "--token" in named:
                assert words == "token revoke", "there it is an id or a name"


def test_a_key_for_the_environment_and_a_second_key_file_open_too(vault, ready, tmp_path, monkeypatch):
    key = tmp_path / "master"
    key.write_text("q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq8w\n")
    assert vault("add-slot", "--kind", "environment", "--master-key-file", str(key), "--yes").status == 0
    monkeypatch.setenv("DAOFLOW_MASTER_KEY", key.read_text().strip())
    assert vault("verify").status == 0
    assert "DAOFLOW_MASTER_KEY" not in os.environ
    folder = tmp_path / "stick"
    folder.mkdir(mode=0o700)
    second = str(folder / "second.key")
    assert vault("add-slot", "--kind", "keyfile", "--key-file", second, "--yes").status == 0
    monkeypatch.setenv("DAOFLOW_KEY_FILE", second)
    assert vault("verify").status == 0
    assert vault("add-slot", "--kind", "keyfile", "--key-file", second, "--yes").code == "CONFLICT"


def test_damage_is_told_with_the_exit_status(vault, ready, home):
    import sqlite3

    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as stranger, stranger:
        stranger.execute("update sealed set blob = x'00'")
    stranger.close()
    found = vault("verify")
    assert (found.status, found.code) == (1, "VAULT_DAMAGED")
    assert found.document["data"]["values"] == 1 and len(found.document["data"]["damaged"]) == 1
    assert vault("backup", "--out", str(home / "b")).code == "VAULT_DAMAGED"


def test_everything_that_changes_the_vault_needs_yes(vault, home, tmp_path):
    for words in (
        ("unlock",),
        ("lock",),
        ("add-slot", "--kind", "keyfile"),
        ("remove-slot", "--slot", "x"),
        ("change-passphrase",),
        ("rotate",),
        ("backup", "--out", str(tmp_path / "b"), "--with-key-file"),
        ("restore", "--file", str(tmp_path / "b")),
    ):
        assert vault(*words).code == "CONFIRMATION_REQUIRED"
    assert not home.exists()


def test_a_restore_is_the_owners_and_no_read_only_session_makes_one(vault, cli, ready, tmp_path, monkeypatch):
    backup = str(tmp_path / "b")
    assert vault("backup", "--out", backup, "--with-key-file", "--yes").status == 0
    token = cli(
        "token", "create", "--name", "ci", "--scopes", "server:read,server:write", "--yes", "-q"
    ).out.strip()
    assert vault("restore", "--file", backup, "--yes").code == "CONFLICT"
    monkeypatch.setenv("DAOFLOW_HOME", str(tmp_path / "new"))
    monkeypatch.setenv("DAOFLOW_TOKEN", token)
    refused = vault("restore", "--file", backup, "--yes")
    assert (refused.status, refused.code) == (2, "TOKEN_REFUSED")
    refused = vault("restore", "--file", backup, "--yes", "--read-only")
    assert (refused.status, refused.code) == (2, "READ_ONLY")
    assert not (tmp_path / "new").exists()
    assert vault("restore", "--file", backup, "--yes").status == 0


def test_an_export_is_checked_where_there_is_no_store(cli, ready, home, tmp_path, monkeypatch):
    exported, kept = str(tmp_path / "trail"), str(tmp_path / "anchors")
    cli("audit", "export", "--out", exported)
    assert cli("audit", "verify", "--file", exported, "--json").data["headMacOk"] is True
    cli("audit", "anchor", "--out", kept)
    later = cli("audit", "verify", "--file", exported, "--anchors", kept, "--json")
    assert (later.status, later.code) == (1, "AUDIT_BROKEN"), "the anchor knows rows that this export lacks"
    monkeypatch.setenv("DAOFLOW_HOME", str(tmp_path / "none"))
    data = cli("audit", "verify", "--file", exported, "--json").data
    assert (data["ok"], data["headMacOk"], data["rollbackChecked"]) == (True, None, False)
    assert not (tmp_path / "none").exists(), "checking makes no store"
    with open(exported, "ab") as file:
        file.write(b"x")
    assert cli("audit", "verify", "--file", exported).status == 1
    assert cli("audit", "verify", "--file", str(tmp_path / "nothing"), "--json").code == "INVALID_INPUT"


def test_a_shell_is_granted_only_to_whoever_shows_the_passphrase_again(vault, cli, ready, phrase):
    grant = ("grant", "terminal", "--server", "edge", "--reason", "look at it", "--yes", "--json")
    assert cli(*grant).status == 0, "a vault without a passphrase has none to ask for"
    assert (
        vault("add-slot", "--kind", "passphrase", "--new-passphrase-file", phrase(PHRASE), "--yes").status
        == 0
    )
    refused = cli(*grant)
    assert (refused.status != 0, refused.code) == (True, "VAULT_LOCKED")
    assert "--passphrase-file" in refused.document["next"]
    newest = cli("audit", "list", "--limit", "1", "--json").data["entries"][0]
    assert (newest["action"], newest["phase"]) == ("grant.create", "denied")
    assert cli(*grant, "--passphrase-file", phrase(OTHER)).code == "VAULT_LOCKED"
    granted = cli(*grant, "--passphrase-file", phrase(PHRASE))
    assert granted.status == 0, granted
    assert len(cli("grant", "list", "--json").data["grants"]) == 2
