"""The commands around the fleet: import, doctor, audit, settings, keys, help, the first start."""

from __future__ import annotations

import contextlib
import os
import pty
import sqlite3
import subprocess
import sys

import pytest
from tests.cli.tree import commands

from daoflow_core.errors import EXIT_DRY_RUN
from daoflow_tui.cli.scopes import ACTION_OF


@pytest.fixture
def ssh_config(tmp_path, peer, key):
    """Three hosts that can be taken over, one of them behind another, and three that can't."""
    file = tmp_path / "ssh_config"
    file.write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {peer.peer.port}\n  User deploy\n  IdentityFile {key.path}\n"
        "Host old\n  HostName 127.0.0.1\n  Port 1\n  User deploy\n  IdentityFile /nowhere/id\n"
        "Host behind\n  HostName 10.0.0.9\n  ProxyJump web\n"
        "Host lost\n  HostName 10.0.0.8\n  ProxyJump nobody\n"
        "Host github.com\n  User git\n"
        "Host *.internal\n  User root\n"
    )
    return str(file)


def test_an_import_registers_what_it_can_and_says_why_not(cli, ssh_config, peer):
    data = cli("server", "import", "--ssh-config", ssh_config, "--yes", "--json").data
    assert [one["name"] for one in data["added"]] == ["web", "old", "behind"]
    assert [one["jumpServerName"] for one in data["added"]] == [None, None, "web"]
    assert data["added"][0]["keyProblem"] is None
    assert "can't be read" in data["added"][1]["keyProblem"]
    assert {one["name"] for one in data["skipped"]} == {"lost", "github.com", "*.internal"}
    assert all(one["reason"] for one in data["skipped"])
    assert "nobody is neither registered" in next(
        one["reason"] for one in data["skipped"] if one["name"] == "lost"
    )
    listed = {one["name"]: one["jumpServerName"] for one in cli("server", "list", "--json").data["servers"]}
    assert listed == {"web": None, "old": None, "behind": "web"}
    assert peer.peer.log.key_offers == [], "an import trusts nobody"
    again = cli("server", "import", "--ssh-config", ssh_config, "--yes", "--json").data
    assert again["added"] == []
    assert "exists" in next(one["reason"] for one in again["skipped"] if one["name"] == "web")


def test_an_import_without_yes_or_as_a_dry_run_registers_nothing(cli, ssh_config, peer, counted):
    assert cli("server", "import", "--ssh-config", ssh_config, "--json").code == "CONFIRMATION_REQUIRED"
    planned = cli("server", "import", "--ssh-config", ssh_config, "--dry-run", "--json")
    assert planned.status == EXIT_DRY_RUN
    assert [one["id"] for one in planned.data["added"]] == [None, None, None]
    assert set(counted().values()) == {0}
    assert peer.peer.log.connections == 0


def test_hosts_that_share_a_new_key_are_all_taken_over(cli, tmp_path, start_peer, key):
    file = tmp_path / "many"
    hosts = [start_peer().peer.port for _ in range(5)]
    file.write_text(
        "".join(
            f"Host h{port}\n  HostName 127.0.0.1\n  Port {port}\n  User deploy\n  IdentityFile {key.path}\n"
            for port in hosts
        )
    )
    data = cli("server", "import", "--ssh-config", str(file), "--yes", "--json").data
    assert (len(data["added"]), data["skipped"]) == (5, [])
    assert len(cli("access-assets", "ssh-key", "list", "--json").data["keys"]) == 1


@pytest.mark.parametrize("command", [[], ["--no-color"]], ids=["bare", "with a switch"])
def test_a_console_whose_screens_would_go_into_a_file_does_not_open(tmp_path, command):
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "daoflow_tui", *command],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAOFLOW_HOME": str(tmp_path / "store")},
            timeout=30,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 64
    assert b"The console needs a terminal." in done.stderr
    assert not (tmp_path / "store").exists(), "nothing was opened"


def test_a_missing_file_to_import_is_named(cli):
    assert (
        cli("server", "import", "--ssh-config", "/nowhere/config", "--yes", "--json").code == "INVALID_INPUT"
    )


def test_the_doctor_is_content_with_a_sound_store_and_a_ready_server(cli, ready):
    answer = cli("doctor", "--json")
    assert answer.status == 0, answer
    names = [one["name"] for one in answer.data["checks"]]
    assert names == [
        "Configuration",
        "Store",
        "Vault",
        "Clock",
        "Audit trail",
        "Readiness poller",
        "Server edge",
    ]
    assert {one["status"] for one in answer.data["checks"]} == {"ok"}


def test_the_doctor_connects_now_and_fails_with_its_findings(cli, ready, peer):
    peer.ask(peer.peer.aclose())
    answer = cli("doctor", "--json")
    assert (answer.status, answer.code) == (1, "DOCTOR_FAILED")
    finding = answer.document["data"]["checks"][-1]
    assert (finding["name"], finding["status"]) == ("Server edge", "fail")
    assert finding["nextStep"]
    people = cli("doctor")
    assert people.status == 1
    assert "fail  Server edge" in people.out
    assert "The doctor found 1 fault." in people.err


def test_a_changed_audit_row_is_found_and_named(cli, home, ready):
    assert cli("audit", "verify", "--json").data["ok"] is True
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        database.execute("drop trigger audit_stays_as_written")
        database.execute("update audit set actor = 'nobody' where sequence = 2")
    database.close()
    answer = cli("audit", "verify", "--json")
    assert (answer.status, answer.code) == (1, "AUDIT_BROKEN")
    assert answer.document["data"]["firstBadSequence"] == 2
    doctor = {one["name"]: one["status"] for one in cli("doctor", "--json").document["data"]["checks"]}
    assert doctor["Audit trail"] == doctor["Store"] == "fail"


def test_an_older_page_of_the_audit_trail_goes_on_where_the_newer_ended(cli, ready):
    everything = [one["sequence"] for one in cli("audit", "list", "--json").data["entries"]]
    newer = [one["sequence"] for one in cli("audit", "list", "--limit", "2", "--json").data["entries"]]
    before = str(newer[-1])
    older = [one["sequence"] for one in cli("audit", "list", "--before", before, "--json").data["entries"]]
    assert newer + older == everything


def test_settings_say_where_they_come_from(cli, home, monkeypatch):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text('[ui]\ntheme = "light"\n')
    monkeypatch.setenv("SERVER_READINESS_POLL_INTERVAL_MS", "30000")
    found = {one["key"]: one for one in cli("config", "show", "--json", "--read-only").data["settings"]}
    assert found["ui.theme"]["source"] == str(home / "config.toml")
    assert found["readiness.poll_interval_ms"] == {
        "key": "readiness.poll_interval_ms",
        "value": 30_000,
        "source": "SERVER_READINESS_POLL_INTERVAL_MS",
    }
    assert (found["read_only"]["value"], found["read_only"]["source"]) == (True, "command line")
    assert "SERVER_READINESS" in cli("config", "show", "--origin").out


def test_a_key_that_can_not_be_taken_is_found(cli, home):
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text('[keys]\n"no.such" = "x"\n')
    answer = cli("keys", "check", "--json")
    assert (answer.status, answer.code) == (1, "CONFIG_INVALID")
    assert answer.document["data"]["faults"][0]["ids"] == ["no.such"]


def test_the_first_start_says_what_it_made_and_only_once(cli, home):
    first = cli("server", "list")
    assert str(home / "daoflow.db") in first.err
    assert str(home / "vault.key") in first.err
    assert cli("server", "list").err == ""


def test_without_a_terminal_the_console_says_what_to_use_instead(cli, home):
    answer = cli()
    assert answer.status == 64
    assert "needs a terminal" in answer.err
    assert not home.exists()


@pytest.mark.parametrize("command", ["", *ACTION_OF])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(cli, home, command, option):
    answer = cli(*command.split(), option)
    assert answer.status == 0
    assert "--json" in answer.out
    assert not home.exists()


def test_every_command_and_option_is_explained():
    for words, command in commands().items():
        assert command.help, words
        assert not [one.name for one in command.params if not one.help], words


def test_json_is_taken_before_and_after_the_subcommand(cli):
    cli("status")
    answers = [
        cli(*line).out
        for line in (("--json", "server", "list"), ("server", "--json", "list"), ("server", "list", "--json"))
    ]
    assert len(set(answers)) == 1
