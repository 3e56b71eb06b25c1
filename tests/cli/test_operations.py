"""`server ops history|logs|show|cancel|export`: what was recorded, read, followed from another process, and ended."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time

import pytest

SLOW_DOCKER = "#!/bin/sh\nexec sleep 600\n"


@pytest.fixture
def hung(tmp_path, ready):
    """From here on Docker on the server never answers."""
    (tmp_path / "programs" / "docker").write_text(SLOW_DOCKER)


@pytest.fixture
def other_process(home, tmp_path):
    """Runs command lines in processes of their own; every one is ended, whatever the test does."""
    started = []

    def start(*words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "daoflow_tui", *words],
            env={**os.environ, "DAOFLOW_HOME": str(home), "HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def wait_for_running(cli, kind: str) -> str:
    """The id of the operation of this kind that runs, as soon as there is one."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        words = ("--server", "edge", "--kind", kind, "--status", "running", "-q")
        found = cli("server", "ops", "history", *words).out.split()
        if found:
            return found[0]
    raise AssertionError(f"no {kind} is running")


def test_history_is_narrowed_by_kind_and_status(cli, ready):
    cli("server", "ops", "resources", "--server", "edge", "--json")
    everything = cli("server", "ops", "history", "--server", "edge", "--json").data["operations"]
    assert {one["kind"] for one in everything} > {"resource_check"}
    words = ("--server", "edge", "--kind", "resource_check", "--status", "completed", "--json")
    only = cli("server", "ops", "history", *words).data["operations"]
    assert [one["kind"] for one in only] == ["resource_check"]
    older = cli("server", "ops", "history", "--server", "edge", "--before", everything[0]["id"], "--json")
    assert [one["id"] for one in older.data["operations"]] == [one["id"] for one in everything[1:]]


@pytest.mark.parametrize(("option", "value"), [("--kind", "prune"), ("--status", "done"), ("--kind", "")])
def test_an_unknown_kind_or_status_is_refused_with_those_there_are(cli, ready, option, value):
    answer = cli("server", "ops", "history", "--server", "edge", option, value, "--json")
    assert (answer.status, answer.code) == (1, "INVALID_INPUT")
    assert "completed" in answer.document["next"] or "cleanup_run" in answer.document["next"]


def test_an_operation_that_runs_elsewhere_is_followed_to_its_end_and_ended_from_here(
    cli, hung, other_process
):
    worker = other_process("server", "ops", "cleanup", "--server", "edge", "--dry-run", "--json")
    operation = wait_for_running(cli, "cleanup_preview")
    follower = other_process("server", "ops", "logs", "--operation", operation, "--follow", "--json")
    assert b"Cleanup preview of edge" in follower.stdout.readline()
    ended = cli("server", "ops", "cancel", "--operation", operation, "--yes", "--json")
    assert ended.status == 0
    assert ended.data["operation"]["status"] == "cancelled"
    out, _ = worker.communicate(timeout=20)
    assert (worker.returncode, json.loads(out)["code"]) == (1, "CANCELLED")
    rest, _ = follower.communicate(timeout=20)
    last = json.loads(rest.splitlines()[-1])["data"]["operation"]
    assert (last["id"], last["status"]) == (operation, "cancelled")
    assert follower.returncode == 1, "a script must see that it did not complete"
    trail = cli("audit", "list", "--json").data["entries"]
    assert "operation.cancel" in {entry["action"] for entry in trail}


def test_an_operation_whose_process_was_killed_is_ended_while_it_is_followed(cli, hung, other_process):
    worker = other_process("server", "ops", "cleanup", "--server", "edge", "--dry-run", "--json")
    operation = wait_for_running(cli, "cleanup_preview")
    follower = other_process("server", "ops", "logs", "--operation", operation, "--follow", "--json")
    assert follower.stdout.readline()
    worker.kill()
    worker.communicate()
    rest, _ = follower.communicate(timeout=30)
    last = json.loads(rest.splitlines()[-1])["data"]["operation"]
    assert (last["status"], last["errorCode"]) == ("interrupted", "OUTCOME_UNKNOWN")
    assert follower.returncode == 1


def test_what_has_ended_or_is_not_there_can_not_be_cancelled(cli, ready):
    operation = cli("server", "ops", "history", "--server", "edge", "-q").out.split()[0]
    unconfirmed = cli("server", "ops", "cancel", "--operation", operation, "--json")
    assert unconfirmed.code == "CONFIRMATION_REQUIRED"
    assert cli("server", "ops", "cancel", "--operation", operation, "--yes", "--json").code == "CONFLICT"
    assert cli("server", "ops", "cancel", "--operation", "op_x", "--yes", "--json").code == "NOT_FOUND"


def test_show_has_the_whole_record(cli, ready):
    done = cli("server", "ops", "resources", "--server", "edge", "--json").data["operation"]
    assert cli("server", "ops", "show", "--operation", done["id"], "--json").data == {"operation": done}


def test_an_export_holds_every_operation_with_its_whole_log_and_replaces_nothing(cli, ready, tmp_path):
    cli("server", "ops", "resources", "--server", "edge")
    file = tmp_path / "edge.jsonl"
    words = ("server", "ops", "export", "--server", "edge", "--out", str(file), "--json")
    told = cli(*words).data
    rows = [json.loads(line) for line in file.read_text("ascii").splitlines()]
    operations = [row for row in rows if row["type"] == "operation"]
    assert (told["operations"], told["lines"]) == (len(operations), len(rows) - len(operations))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    history = cli("server", "ops", "history", "--server", "edge", "--json").data["operations"]
    assert [row["id"] for row in operations] == [one["id"] for one in reversed(history)]
    for one in history:
        logged = [row["sequence"] for row in rows if row["type"] == "log" and row["operationId"] == one["id"]]
        assert logged == list(range(1, len(logged) + 1))
        assert logged
    before = file.read_bytes()
    assert cli(*words).code == "CONFLICT"
    assert file.read_bytes() == before
    assert cli(*words, "--replace").status == 0
    assert sorted(entry.name for entry in tmp_path.glob(".edge*")) == [], "no draft is left"


def test_an_export_must_say_of_what(cli, ready, tmp_path):
    out = ("--out", str(tmp_path / "x"), "--json")
    assert cli("server", "ops", "export", *out).status == 64
    assert cli("server", "ops", "export", "--server", "edge", "--operation", "op_x", *out).status == 64
    assert cli("server", "ops", "export", "--operation", "op_x", *out).code == "NOT_FOUND"
    assert not (tmp_path / "x").exists()
