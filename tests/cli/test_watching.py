"""Commands that go on: each line is a document, and each way of ending them is a quiet one."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = (sys.executable, "-m", "daoflow_tui")
PATIENCE = 30.0


@pytest.fixture
def follow(home):
    """Starts a command that goes on; ends it with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def next_line(stream) -> str:
    """The next line, within the test's patience."""
    ready, _, _ = select.select([stream], [], [], PATIENCE)
    assert ready, "no line came"
    return stream.readline()


def test_watching_tells_every_change_and_ends_quietly_on_an_interrupt(cli, follow):
    cli("status")
    watching = follow("status", "--watch")
    assert json.loads(next_line(watching.stdout))["data"]["servers"]["checks"] == []
    cli("server", "add", "--name", "down", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")
    seen = json.loads(next_line(watching.stdout))["data"]["servers"]["checks"]
    assert [one["name"] for one in seen] == ["down"]
    watching.send_signal(signal.SIGINT)
    assert watching.wait(PATIENCE) == 130
    assert watching.stderr.read() == ""


def test_watching_ends_when_its_reader_goes(cli, follow):
    cli("status")
    watching = follow("status", "--watch")
    next_line(watching.stdout)
    watching.stdout.close()
    assert watching.wait(PATIENCE) == 0
    assert watching.stderr.read() == ""
    watching.stdout = None


def test_polling_tells_changes_and_ends_well_on_sigterm(ready, peer, follow, monkeypatch):
    monkeypatch.setenv("SERVER_READINESS_POLL_INTERVAL_MS", "5000")
    polling = follow("poll", "--json")
    assert "Polling every 5s" in next_line(polling.stderr)
    peer.ask(peer.peer.aclose())
    news = json.loads(next_line(polling.stdout))["data"]
    assert (news["serverId"], news["serverName"], news["status"]) == (ready, "edge", "blocked")
    polling.send_signal(signal.SIGTERM)
    assert polling.wait(PATIENCE) == 0
    assert polling.stderr.read() == ""


def test_a_second_poller_has_nothing_to_do(cli, follow):
    cli("server", "add", "--name", "down", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")
    follow_one = follow("poll")
    assert "Polling" in next_line(follow_one.stderr)
    deadline = time.monotonic() + PATIENCE
    while not (busy := cli("poll", "--once", "--json").data["anotherPoller"]) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert busy is True
    assert cli("poll", "--once", "--json").data["checked"] == 0
    doctor = cli("doctor", "--json").document["data"]["checks"]
    assert next(one for one in doctor if one["name"] == "Readiness poller")["detail"].startswith(
        "A poller runs"
    )


def test_a_reader_that_leaves_early_is_no_error(cli):
    cli("status")
    line = f"{sys.executable} -m daoflow_tui schema | head -c 10"
    found = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stderr) == (0, "")
