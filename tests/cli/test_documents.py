"""The shapes of the fleet: order, counts, ages, and what is not known."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from daoflow_core import documents
from daoflow_core.model.server import LOCAL_NAMES, PENDING_APPROVAL
from daoflow_core.store.sql import READINESS_COLUMNS

NOW = datetime(2026, 3, 20, 22, 29, 30, tzinfo=UTC)
INTERVAL = 60_000


def row(name: str = "edge", **changes: object) -> dict[str, object]:
    """A row of the fleet query: a ready server that was checked this second."""
    plain: dict[str, object] = {
        "id": f"srv_{name}",
        "name": name,
        "host": "10.0.0.1",
        "ssh_port": 22,
        "ssh_user": "deploy",
        "region": "eu",
        "kind": "docker-engine",
        "environment": "",
        "ssh_key_id": None,
        "ssh_key_name": None,
        "agent_fingerprint": None,
        "read_only": 0,
        "created_at": "2026-03-20T22:00:00.000Z",
        "updated_at": "2026-03-20T22:00:00.000Z",
        "approved_key_id": "hk_1",
        "approved_fingerprint": "SHA256:x",
        "swarm_brief": None,
        **{f"readiness_{column}": None for column in READINESS_COLUMNS},
    }
    checked = {
        "readiness_server_id": f"srv_{name}",
        "readiness_status": "ready",
        "readiness_checked_at": "2026-03-20T22:29:30.000Z",
        "readiness_issues": "[]",
        "readiness_ssh_reachable": 1,
        "readiness_latency_ms": 40,
    }
    return {**plain, **checked, **changes}


def status(*rows: dict[str, object], now: datetime = NOW) -> dict[str, object]:
    return documents.status(rows, now=now, poll_interval_ms=INTERVAL)["servers"]


def test_the_worst_comes_first_then_the_name():
    states = {"b": "ready", "a": "ready", "d": "unknown", "e": "attention", "c": "blocked"}
    found = status(*(row(name, readiness_status=state) for name, state in states.items()))
    assert [one["name"] for one in found["checks"]] == ["c", "e", "d", "a", "b"]


def test_the_average_counts_successful_checks_over_ssh_only():
    found = status(
        row("a", readiness_latency_ms=40),
        row("b", readiness_latency_ms=61),
        row("failed", readiness_ssh_reachable=0, readiness_latency_ms=9000, readiness_status="blocked"),
        row("here", host="localhost", readiness_latency_ms=0),
        row("silent", readiness_latency_ms=None),
    )
    assert found["summary"]["averageLatencyMs"] == 50


def test_without_a_successful_check_there_is_no_average():
    assert status(row(readiness_ssh_reachable=0))["summary"]["averageLatencyMs"] is None
    assert status()["summary"]["averageLatencyMs"] is None


@pytest.mark.parametrize(
    ("later", "age", "stale"), [(0, 0, False), (180, 180, False), (181, 181, True), (-3600, 0, False)]
)
def test_a_value_is_stale_after_three_intervals_and_never_younger_than_now(later, age, stale):
    (one,) = status(row(), now=NOW + timedelta(seconds=later))["checks"]
    assert (one["ageSeconds"], one["stale"]) == (age, stale)


def test_before_the_first_check_nothing_is_known_and_nothing_is_zero():
    (one,) = status(row(**{f"readiness_{column}": None for column in READINESS_COLUMNS}))["checks"]
    assert (one["status"], one["statusTone"], one["ageSeconds"], one["stale"]) == (
        "unknown",
        "queued",
        None,
        False,
    )
    assert one["sshReachable"] is one["latencyMs"] is one["cpuPercent"] is one["checkedAt"] is None


def test_issues_stand_beside_their_steps_and_a_step_is_told_once():
    issues = [
        {"code": "docker_down", "message": "Down.", "next_step": "Start it."},
        {"code": "compose_missing", "message": "Missing.", "next_step": "Start it."},
    ]
    (one,) = status(row(readiness_issues=json.dumps(issues)))["checks"]
    assert one["issues"] == ["Down.", "Missing."]
    assert one["issueCodes"] == ["docker_down", "compose_missing"]
    assert one["recommendedActions"] == ["Start it."]


@pytest.mark.parametrize("host", sorted(LOCAL_NAMES))
def test_only_a_local_server_needs_no_approval(host):
    assert documents.standing(row(approved_key_id=None)) == PENDING_APPROVAL
    assert documents.standing(row(approved_key_id=None, host=host)) == "ready"
    assert documents.standing(row(approved_key_id=None, host=host, ssh_port=2222)) == PENDING_APPROVAL


def test_the_summary_counts_every_server_once():
    summary = status(*(row(str(n), readiness_status=state) for n, state in enumerate(documents.WORST_FIRST)))[
        "summary"
    ]
    counts = [summary[f"{state}Servers"] for state in documents.WORST_FIRST]
    assert counts == [1, 1, 1, 1]
    assert summary["totalServers"] == 4
