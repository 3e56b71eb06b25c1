"""This machine runs the same scripts, and keeps none of their processes."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from tests.ssh.parts import eventually, lives

from daoflow_core.errors import InvalidInput, TimedOut
from daoflow_core.local import LocalShell

SLOW = "echo $$ >{folder}/pid; sleep 600 & echo $! >{folder}/child; touch {folder}/started; wait"


async def test_streams_and_status_come_back_apart():
    result = await LocalShell().run("echo out; echo err >&2; cat; exit 7", timeout=5)
    assert (result.exit_status, result.stdout, result.stderr) == (7, b"out\n", b"err\n")


async def test_a_killed_script_names_its_signal():
    result = await LocalShell().run("kill -KILL $$", timeout=5)
    assert (result.exit_status, result.signal) == (137, "KILL")


async def test_the_probe_answers_here():
    reply = await LocalShell().probe(["os"], timeout=15)
    assert reply.sections["os"].status == 0
    assert reply.fresh


async def test_output_is_capped():
    result = await LocalShell().run("head -c 20000000 /dev/zero; exit 3", timeout=20, limit=1000)
    assert (result.exit_status, len(result.stdout), result.truncated) == (3, 1000, True)


async def test_a_script_past_its_time_is_ended_with_its_children(tmp_path):
    with pytest.raises(TimedOut):
        await LocalShell().run(SLOW.format(folder=tmp_path), timeout=0.5)
    assert not lives(tmp_path / "pid")
    await eventually(lambda: not lives(tmp_path / "child"))


async def test_a_script_that_ignores_term_is_killed(tmp_path):
    with pytest.raises(TimedOut):
        await LocalShell().run(
            f"trap '' TERM; echo $$ >{tmp_path}/pid; while :; do sleep 1; done", timeout=0.5
        )
    assert not lives(tmp_path / "pid")


async def test_a_cancelled_script_is_ended(tmp_path):
    running = asyncio.create_task(LocalShell().run(SLOW.format(folder=tmp_path), timeout=60))
    await eventually((tmp_path / "started").exists)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await eventually(lambda: not lives(tmp_path / "child"))


async def test_a_process_that_escaped_its_group_does_not_hold_the_result(tmp_path):
    script = f"setsid sh -c 'echo $$ >{tmp_path}/pid; exec sleep 600' & sleep 600"
    started = time.monotonic()
    try:
        with pytest.raises(TimedOut):
            await LocalShell().run(script, timeout=0.5)
        assert time.monotonic() - started < 10
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


async def test_our_own_secrets_are_not_inherited(monkeypatch):
    monkeypatch.setenv("DFT_MASTER_KEY", "canary")
    monkeypatch.setenv("DAOFLOW_HOME", "canary")
    assert b"canary" not in (await LocalShell().run("env", timeout=5)).stdout


async def test_a_nul_is_refused():
    with pytest.raises(InvalidInput):
        await LocalShell().run("echo a\0b", timeout=5)
