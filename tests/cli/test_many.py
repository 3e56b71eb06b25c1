"""One command on several servers: every one gets its answer, and a script sees when any failed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from daoflow_tui.cli.answers.table import ANSWERS


@pytest.fixture
def two(cli, ready):
    """A ready server, and one that is down."""
    cli("server", "add", "--name", "down", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")


@pytest.mark.parametrize("command", ["server check", "server ops resources", "server ops patch"])
def test_all_servers_answer_for_themselves_and_one_failure_is_a_failure(cli, two, command):
    answer = cli(*command.split(), "--all", "--json")
    ANSWERS[command].model_validate(answer.data)
    by_name = {one["server"]["name"]: one for one in answer.data["results"]}
    assert answer.status == 1
    assert set(by_name) == {"edge", "down"}
    assert by_name["down"]["ok"] is False
    assert by_name["down"]["code"]
    total = answer.data["summary"]
    assert total["total"] == 2
    assert total["succeeded"] == sum(one["ok"] for one in answer.data["results"])


def test_a_filter_means_those_that_status_would_show(cli, two):
    answer = cli("server", "ops", "resources", "--filter", "name:edge", "--json")
    assert (answer.status, [one["server"]["name"] for one in answer.data["results"]]) == (0, ["edge"])
    assert cli("server", "ops", "resources", "--filter", "name:nosuch", "--json").code == "INVALID_INPUT"


def test_an_unknown_name_among_several_stops_everything_before_anything_runs(cli, two, counted):
    before = counted()
    answer = cli("server", "ops", "resources", "--server", "edge", "--server", "nosuch", "--json")
    assert answer.code == "NOT_FOUND"
    assert counted()["operations"] == before["operations"]


def test_the_same_server_named_twice_is_asked_once(cli, ready):
    twice = cli("server", "ops", "resources", "--server", "edge", "--server", "edge", "--json")
    assert twice.data["status"] == "completed", "one server has the answer of one"
    by_id = cli("server", "ops", "resources", "--server", "edge", "--server", ready, "--json")
    assert by_id.data["summary"] == {"total": 1, "succeeded": 1, "failed": 0}


@pytest.mark.parametrize("words", [(), ("--all", "--server", "edge"), ("--all", "--filter", "x")])
def test_it_must_be_said_which_servers_are_meant_and_once(cli, ready, words):
    assert cli("server", "ops", "resources", *words, "--json").status == 64


def test_removing_is_never_a_bulk(cli, two):
    for words in (("--all",), ("--server", "edge", "--server", "down"), ("--filter", "edge")):
        answer = cli("server", "ops", "cleanup", *words, "--yes", "--json")
        assert (answer.status, answer.code) == (64, "USAGE")


def test_ctrl_c_ends_what_runs_of_many_and_records_each_as_cancelled(
    cli, home, tmp_path, ready, start_peer, key
):
    other = start_peer()
    more = ("server", "add", "--name", "other", *other.where, "--ssh-key", str(key.path))
    cli(*more, "--approve-fingerprint", other.fingerprint, "--yes")
    (tmp_path / "programs" / "docker").write_text("#!/bin/sh\nexec sleep 600\n")
    bulk = subprocess.Popen(
        [sys.executable, "-m", "daoflow_tui", "server", "ops", "cleanup", "--all", "--dry-run", "--json"],
        env={**os.environ, "DAOFLOW_HOME": str(home), "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )
    try:
        for name in ("edge", "other"):
            words = ("--server", name, "--kind", "cleanup_preview", "--status", "running", "-q")
            deadline = time.monotonic() + 20
            while not cli("server", "ops", "history", *words).out.split():
                assert time.monotonic() < deadline, "it never began"
        bulk.send_signal(signal.SIGINT)
        out, _ = bulk.communicate(timeout=20)
    finally:
        bulk.kill()
        bulk.communicate()
    assert (bulk.returncode, json.loads(out)["code"]) == (130, "INTERRUPTED")
    for name in ("edge", "other"):
        words = ("--server", name, "--kind", "cleanup_preview", "--json")
        (one,) = cli("server", "ops", "history", *words).data["operations"]
        assert (one["status"], one["errorCode"]) == ("cancelled", "CANCELLED")


def test_a_server_that_is_gone_is_a_failure_of_its_own_with_its_own_record(cli, ready, start_peer, key):
    lost = start_peer()
    more = ("server", "add", "--name", "lost", *lost.where, "--ssh-key", str(key.path))
    cli(*more, "--approve-fingerprint", lost.fingerprint, "--yes")
    lost.ask(lost.peer.aclose())
    answer = cli("server", "ops", "resources", "--server", "edge", "--server", "lost", "--json")
    by_name = {one["server"]["name"]: one for one in answer.data["results"]}
    assert (answer.status, by_name["edge"]["ok"], by_name["lost"]["ok"]) == (1, True, False)
    assert by_name["lost"]["code"] == "UNREACHABLE"
    assert by_name["lost"]["operationId"].startswith("op_")
    shown = cli("server", "ops", "show", "--operation", by_name["lost"]["operationId"], "--json")
    assert shown.data["operation"]["status"] == "failed"
