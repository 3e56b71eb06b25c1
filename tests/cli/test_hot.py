"""The hot path: the same bytes as the full path, and nothing loaded that it does not need."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys

import pytest

from daoflow_core.config_rules import RULES
from daoflow_tui import hot
from daoflow_tui.__main__ import HOT

MOMENT = 1_800_000_000.25
FORBIDDEN = (
    "asyncio",
    "asyncssh",
    "cryptography",
    "dataclasses",
    "pathlib",
    "pydantic",
    "rich",
    "textual",
    "tomllib",
    "typer",
    "typing",
)
FROZEN = f"""
import sys, time
time.time = lambda: {MOMENT}
sys.argv = ["daoflow-tui", *sys.argv[1:]]
"""
HOT_PATH = FROZEN + "from daoflow_tui.__main__ import main; sys.exit(main())"
FULL_PATH = FROZEN + "from daoflow_tui.cli.main import run; sys.exit(run(sys.argv[1:]))"
LOADED = """
import sys
bare = set(sys.modules)
import json, sqlite3
allowed = set(sys.modules)
for name in allowed - bare:
    del sys.modules[name]
sys.argv = ["daoflow-tui", *sys.argv[1:]]
from daoflow_tui.__main__ import main
status = main()
sys.stderr.write("\\n".join(sorted(set(sys.modules) - allowed)))
sys.exit(status)
"""


def python(code: str, *words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, *words], env={**os.environ, **variables}, capture_output=True, timeout=60
    )


LINES = [
    ("--version",),
    ("--version", "--json"),
    ("status", "--json"),
    ("--json", "status"),
    ("server", "list", "--json"),
    ("server", "--json", "list"),
]


@pytest.fixture
def fleet(cli, ready, start_peer, key):
    """A store with a ready server, a pending one, a local one, one behind the ready one and one that is down."""
    other = start_peer()
    cli(
        "server",
        "add",
        "--name",
        "pending",
        *other.where,
        "--ssh-key",
        str(key.path),
        "--env",
        "dev",
        "--yes",
    )
    cli("server", "add", "--name", "here", "--host", "localhost", "--env", "prod", "--yes")
    cli("server", "add", "--name", "behind", "--host", "10.0.0.9", "--jump", "edge", "--yes")
    cli("server", "add", "--name", "down", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")


@pytest.mark.parametrize("interval", ["60000", "86400000"])
def test_hot_and_full_path_write_the_same_bytes(fleet, interval):
    for line in LINES:
        hot_path = python(HOT_PATH, *line, SERVER_READINESS_POLL_INTERVAL_MS=interval)
        full_path = python(FULL_PATH, *line, SERVER_READINESS_POLL_INTERVAL_MS=interval)
        assert (hot_path.returncode, hot_path.stderr) == (0, b""), line
        assert hot_path.stdout == full_path.stdout, line
        assert full_path.returncode == 0


@pytest.fixture
def record_lines(fleet, cli):
    """Command lines about what was recorded, with real ids in them."""
    operation = cli("server", "ops", "history", "--server", "edge", "-q").out.split()[0]
    server = cli("server", "list", "-q").out.split()[0]
    return [
        ("server", "ops", "history", "--server", "edge", "--json"),
        ("server", "ops", "history", "--json", "--server", server, "--limit", "2"),
        ("server", "ops", "history", "--server", "edge", "--before", operation, "--json"),
        ("server", "ops", "logs", "--operation", operation, "--json"),
        ("server", "ops", "logs", "--operation", operation, "--after", "2", "--limit", "1", "--json"),
        ("audit", "list", "--json"),
        ("--json", "audit", "list", "--limit", "3", "--before", "9"),
    ]


def test_records_are_read_hot_with_the_same_bytes_and_nothing_heavy(record_lines):
    for line in record_lines:
        hot_path, full_path = python(HOT_PATH, *line), python(FULL_PATH, *line)
        assert (hot_path.returncode, hot_path.stderr) == (0, b""), line
        assert hot_path.stdout == full_path.stdout, line
        loaded = python(LOADED, *line).stderr.decode().split()
        assert not [name for name in loaded if name.partition(".")[0] in FORBIDDEN], (line, loaded)


@pytest.mark.parametrize(
    "words",
    [
        ("history", "--server", "nosuch"),
        ("history", "--server", "edge", "--limit", "0"),
        ("history", "--server", "edge", "--limit", "x"),
        ("history", "--server", "edge", "--server", "edge"),
        ("history",),
        ("logs", "--operation", "op_x"),
        ("logs", "--operation", "-h"),
    ],
)
def test_what_is_odd_about_records_is_answered_by_the_full_path_alone(fleet, words):
    line = ("server", "ops", *words, "--json")
    hot_path, full_path = python(HOT_PATH, *line), python(FULL_PATH, *line)
    assert hot_path.returncode == full_path.returncode
    assert hot_path.stdout == full_path.stdout


def test_an_operation_whose_process_died_is_not_shown_as_running(fleet, cli, home):
    import sqlite3

    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        database.execute(
            "insert into operations select 'op_zzzzzzzzzzzzzzzzzzzzzzzzzz', server_id, server_name, kind, 'running',"
            " dry_run, requested_by, permission_scope, summary, '{}', null, null, 'dead', started_at, null"
            " from operations where server_name = 'edge' limit 1"
        )
    database.close()
    answer = json.loads(python(HOT_PATH, "server", "ops", "history", "--server", "edge", "--json").stdout)
    assert answer["data"]["operations"][0]["status"] == "interrupted"


def test_the_answer_holds_every_server_worst_first(fleet):
    data = json.loads(python(HOT_PATH, "status", "--json").stdout)["data"]["servers"]
    order = [one["status"] for one in data["checks"]]
    assert order == sorted(order, key=["blocked", "attention", "unknown", "ready"].index)
    assert {one["name"] for one in data["checks"]} == {"edge", "pending", "here", "behind", "down"}
    edge = next(one for one in data["checks"] if one["name"] == "edge")
    assert data["summary"]["averageLatencyMs"] == edge["latencyMs"], "only successful checks over SSH count"


@pytest.mark.parametrize("line", LINES)
def test_nothing_heavy_is_loaded(fleet, line):
    found = python(LOADED, *line)
    assert found.returncode == 0, found.stderr
    loaded = found.stderr.decode().split()
    assert not [name for name in loaded if name.partition(".")[0] in FORBIDDEN], loaded
    assert not [
        name for name in loaded if name.startswith("daoflow_tui.cli.") and name != "daoflow_tui.cli.envelope"
    ]


def test_without_a_store_the_full_path_answers(home):
    assert json.loads(python(HOT_PATH, "server", "list", "--json").stdout) == {
        "ok": True,
        "data": {"servers": []},
    }


@pytest.mark.parametrize(
    ("variable", "value", "code"),
    [
        ("SERVER_READINESS_POLL_INTERVAL_MS", "60s", "CONFIG_INVALID"),
        ("SERVER_READINESS_POLL_INTERVAL_MS", "4999", "CONFIG_INVALID"),
        ("DAOFLOW_THEME", "pink", "CONFIG_INVALID"),
    ],
)
def test_a_wrong_setting_is_not_overlooked(cli, variable, value, code):
    cli("status")
    found = python(HOT_PATH, "status", "--json", **{variable: value})
    assert json.loads(found.stdout)["code"] == code


def test_a_configuration_file_is_not_overlooked(cli, home):
    cli("status")
    (home / "config.toml").write_text("[readiness]\npoll_interval_ms = 30000\n")
    data = json.loads(python(HOT_PATH, "status", "--json").stdout)["data"]
    assert data["servers"]["summary"]["pollIntervalMs"] == 30_000


def test_the_hot_path_knows_every_setting_of_the_environment():
    variables = {rule.variable for rule in RULES.values() if rule.variable}
    assert variables == {hot.POLL_VARIABLE, *hot.OTHER_VARIABLES} - {"DAOFLOW_TOKEN"}
    allowed = RULES["readiness.poll_interval_ms"].allowed
    assert allowed == f"a whole number of milliseconds from {hot.SHORTEST_POLL_MS} to {hot.LONGEST_POLL_MS}"
    assert RULES["readiness.poll_interval_ms"].default == hot.DEFAULT_POLL_MS


def test_only_the_three_plain_reads_are_hot():
    assert set(HOT) == {("--version",), ("status",), ("server", "list")}


def cpu_seconds(code: str, *words: str) -> float:
    """The least CPU time of several runs: what other work on the machine adds is not ours."""

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        python(code, *words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(7))


def test_a_hot_read_costs_little_more_than_starting_python(fleet):
    bare = cpu_seconds("pass")
    hot_read = cpu_seconds("from daoflow_tui.__main__ import main; main()", "status", "--json")
    assert hot_read <= 4 * bare, (
        f"{hot_read / bare:.1f} times the CPU of starting Python"
    )  # bench holds it to 3
