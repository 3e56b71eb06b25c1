"""What the places look like, drawn from fixed rows under a clock that stands still."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from textual.pilot import Pilot

from daoflow_core.model.identity import HostKey, HostKeyStatus, IdentityReport, Verification
from daoflow_core.store.sql import READINESS_COLUMNS
from daoflow_tui.app import DaoFlowApp
from daoflow_tui.screens.sheets.host_key import HostKeySheet
from daoflow_tui.start import FirstLook, prepare

NOW = datetime(2026, 11, 23, 12, 6, 31, tzinfo=UTC)
FINGERPRINT = "SHA256:" + "7Hk2vJcY0aPq" * 3 + "aBpQ9wz"


class StillClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 1000.0


def row(number: int, name: str, status: str | None, *, env: str = "", age: int = 14, **known: object) -> dict:
    """One row of the fleet query."""
    issues = known.pop("issues", [])
    readiness = dict.fromkeys(READINESS_COLUMNS)
    if status is not None:
        checked = datetime.fromtimestamp(NOW.timestamp() - age, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        readiness.update(server_id=f"srv_{number}", status=status, checked_at=checked, uses_sudo=0, **known)
        readiness["issues"] = json.dumps(issues)
    trusted = status not in (None, "unknown")
    return {
        "id": f"srv_{number}", "name": name, "host": f"203.0.113.{number}", "ssh_port": 22, "ssh_user": "deploy",
        "region": "eu", "kind": "docker-engine", "environment": env, "ssh_key_id": "key_1", "agent_fingerprint": None, "jump_server_id": None, "jump_server_name": None,
        "read_only": 0, "created_at": "2026-11-02T08:00:00.000Z", "updated_at": "2026-11-02T08:00:00.000Z",
        "removed_at": None, **{f"readiness_{one}": value for one, value in readiness.items()},
        "approved_key_id": "hk_1" if trusted else None, "approved_algorithm": "ssh-ed25519",
        "approved_fingerprint": FINGERPRINT, "approved_at": "2026-11-02T08:00:00.000Z", "approved_by": "mara",
        "approved_last_observed_at": None, "host_keys_observed_at": None, "ssh_key_name": "prod-deploy",
        "ssh_key_fingerprint": FINGERPRINT,
    }  # fmt: skip


GOOD = {"ssh_reachable": 1, "docker_reachable": 1, "compose_reachable": 1, "docker_version": "27.3.1",
        "compose_version": "2.29.7", "latency_ms": 18, "cpu_percent": 12, "memory_percent": 41, "disk_percent": 63}  # fmt: skip
CHANGED = {
    "code": "host-key-changed",
    "message": "batch-3 shows another host key than the approved one, so nothing was sent to it.",
    "next_step": "Find out why.",
}
FULL = {
    "code": "disk-nearly-full",
    "message": "Disk / of edge-us-2 is at 91%.",
    "next_step": "Look what fills it.",
}
FLEET = (
    row(42, "edge-eu-1", "ready", env="prod", **GOOD),
    row(
        77,
        "edge-us-2",
        "attention",
        env="prod",
        issues=[FULL],
        **{**GOOD, "cpu_percent": 88, "disk_percent": 91},
    ),
    row(9, "batch-3", "blocked", env="staging", age=120, issues=[CHANGED], ssh_reachable=0),
    row(50, "lab-pi", None, env="dev"),
    row(5, "old-vps", "ready", env="dev", age=3 * 3600, **GOOD),
)
OPERATIONS = (
    {"id": "op_01j9zk7f00000000000000c1", "server_id": "srv_42", "server_name": "edge-eu-1", "kind": "readiness_check",
     "status": "completed", "summary": "edge-eu-1 is ready.", "requested_by": "mara",
     "started_at": "2026-11-23T12:06:17.000Z", "completed_at": "2026-11-23T12:06:18.200Z"},
    {"id": "op_01j9zk7f00000000000000b6", "server_id": "srv_9", "server_name": "batch-3", "kind": "readiness_check",
     "status": "failed", "summary": "batch-3 is blocked.", "requested_by": "mara",
     "started_at": "2026-11-23T12:04:31.000Z", "completed_at": "2026-11-23T12:04:31.400Z"},
)  # fmt: skip


async def never() -> None:
    await asyncio.Event().wait()


def console(tmp_path, monkeypatch, *, missing: bool = False, **settings: object) -> DaoFlowApp:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setattr(
        "daoflow_core.store.reader.Reader.__init__", lambda *_: pytest.fail("the store is fixed here")
    )
    environ = {"DAOFLOW_HOME": str(tmp_path / "none"), "HOME": str(tmp_path)}
    look = FirstLook(missing=True) if missing else FirstLook(True, False, FLEET, OPERATIONS)
    monkeypatch.setattr("daoflow_tui.start.first_look", lambda _: look)
    start = prepare(environ, {name.replace("__", "."): value for name, value in settings.items()})
    return DaoFlowApp(replace(start, opener=never, clock=StillClock()))


def test_servers_dark_120x36(snap_compare, tmp_path, monkeypatch):
    assert snap_compare(console(tmp_path, monkeypatch), terminal_size=(120, 36))


def test_servers_dark_80x24(snap_compare, tmp_path, monkeypatch):
    assert snap_compare(console(tmp_path, monkeypatch), terminal_size=(80, 24))


def test_servers_no_colour_ascii_80x24(snap_compare, tmp_path, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(console(tmp_path, monkeypatch, ui__ascii=True), terminal_size=(80, 24))


def test_first_run_120x36(snap_compare, tmp_path, monkeypatch):
    assert snap_compare(console(tmp_path, monkeypatch, missing=True), terminal_size=(120, 36))


def key(number: int, status: HostKeyStatus, fingerprint: str, seen: str) -> HostKey:
    approved = status is HostKeyStatus.APPROVED
    return HostKey(
        f"hk_{number}", "srv_9", "ssh-ed25519", "AAAA", fingerprint, status, seen, seen,
        "2026-11-02T08:00:00.000Z" if approved else None, "mara" if approved else None,
    )  # fmt: skip


def test_changed_host_key_sheet_120x36(snap_compare, tmp_path, monkeypatch):
    old = key(1, HostKeyStatus.APPROVED, FINGERPRINT, "2026-11-02T08:00:00.000Z")
    new = key(
        2,
        HostKeyStatus.OBSERVED,
        FINGERPRINT.replace("7Hk2", "mZ0a")[:-4] + "4fLk",
        "2026-11-23T12:04:31.000Z",
    )
    report = IdentityReport("srv_9", old, (old, new), Verification.MISMATCH)

    async def open_sheet(pilot: Pilot[None]) -> None:
        sheet = HostKeySheet(pilot.app.desk.fleet.views["srv_9"])
        await pilot.app.push_screen(sheet)
        sheet._take(report)
        await pilot.pause()

    assert snap_compare(console(tmp_path, monkeypatch), terminal_size=(120, 36), run_before=open_sheet)
