"""Consoles that die in the middle of operations: no operation stays running, none is called done that was not."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest
from tests.ssh.parts import eventually, lives
from tests.traps.test_kills import one

from daoflow_core import console as console_module
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.services.orphans import WORDS

ROUNDS = int(os.environ.get("DAOFLOW_KILL_ROUNDS", "12"))
COMPLETED, INTERRUPTED, RUNNING = (
    OperationStatus.COMPLETED,
    OperationStatus.INTERRUPTED,
    OperationStatus.RUNNING,
)
TRIAL = OperationKind.RESOURCE_CHECK


async def start(*words: str) -> Process:
    command = (sys.executable, "-m", "tests.traps.operation_rounds", *words)
    return await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1)


@pytest.fixture
async def edge(core, start_peer, draft):
    """A trusted server over real SSH."""
    peer = await start_peer()
    trust = peer.host_keys[0].fingerprint
    await core.servers.add(draft("edge", peer.endpoint("deploy"), approve_fingerprint=trust))
    return peer


@pytest.mark.slow
async def test_no_kill_leaves_an_operation_running_or_calls_one_done_that_was_not(core, edge, home):
    program = await start("rounds", str(home), str(ROUNDS))
    told, complaints = await program.communicate()
    assert program.returncode == 0, complaints.decode()[-2000:]
    words = json.loads(told)
    assert not [word for word in words if word.startswith("error")]
    await core.recover()
    found = {row.id: row for row in await core.history.operations(kind=TRIAL, limit=100_000)}
    assert {row.status for row in found.values()} == {COMPLETED, INTERRUPTED}, "some kill hit an operation"
    acknowledged = {word for word in words if word.startswith("op_") and len(word) == len(next(iter(found)))}
    assert len(acknowledged) > ROUNDS / 2
    assert {found[one].status for one in acknowledged} == {COMPLETED}
    for row in found.values():
        await its_record_is_whole(core, row)
    ended = "(select operation_id, sum(phase = 'intent') i, sum(phase = 'outcome') o from audit group by 1)"
    assert await one(core, f"{ended} where operation_id is not null and (i <> 1 or o <> 1)") == 0
    assert (await core.audit.verify()).ok


async def its_record_is_whole(core, row) -> None:
    """The log has no gap and ends with how it ended; what completed has every step and its result."""
    lines = await core.history.lines(row.id, limit=1000)
    assert [line.sequence for line in lines] == list(range(1, len(lines) + 1))
    said = [line.message for line in lines if line.stream is Stream.STDOUT]
    if row.status is COMPLETED:
        assert (said, row.result, lines[-1].message) == (
            ["first", "second", "third"],
            {"steps": 3},
            "all steps",
        )
    else:
        assert (row.error_code, row.error, row.result, lines[-1].message) == (
            "OUTCOME_UNKNOWN",
            WORDS,
            {},
            WORDS,
        )
        assert said == ["first", "second", "third"][: len(said)]


@pytest.mark.parametrize("survive", [True, False])
async def test_a_living_console_ends_what_a_killed_one_left_and_the_host_does_what_was_promised(
    core, edge, home, tmp_path, monkeypatch, survive
):
    monkeypatch.setattr(console_module, "TEND_SECONDS", 0.1)
    gate, heard = tmp_path / "gate", []
    core.events.subscribe(lambda event: heard.append((event.kind, event.operation_id)))
    pid = Path(f"{gate}.pid")
    victim = await start("once", str(home), str(gate), "survive" if survive else "end")
    tending = asyncio.create_task(core.tend())
    polling = asyncio.create_task(core.poll())
    try:
        await eventually(lambda: pid.exists() and pid.read_text().strip() != "", 20)
        (running,) = await core.history.operations(kind=TRIAL)
        await asyncio.sleep(0.3)
        assert (await core.history.operation(running.id)).status is RUNNING, "its owner lives"
        victim.send_signal(signal.SIGKILL)
        await victim.communicate()
        await eventually(lambda: ("operation.finished", running.id) in heard)
        ended = await core.history.operation(running.id)
        assert (ended.status, ended.error_code, ended.error) == (INTERRUPTED, "OUTCOME_UNKNOWN", WORDS)
        logged = [line.message for line in await core.history.lines(running.id)]
        assert "heard" in logged
        assert logged[-1] == WORDS
        if survive:
            assert lives(pid), "a change is not torn apart"
            gate.touch()
            await eventually(Path(f"{gate}.done").exists)
        else:
            await eventually(lambda: not lives(pid))
            assert not Path(f"{gate}.done").exists()
        again = await core.history.operation(running.id)
        assert again == ended, "an end is never written over"
    finally:
        for task in (tending, polling):
            task.cancel()
        await asyncio.gather(tending, polling, return_exceptions=True)
        gate.touch()
        if victim.returncode is None:
            victim.kill()
            await victim.communicate()


@pytest.mark.parametrize(
    ("sign", "status"),
    [(signal.SIGINT, OperationStatus.CANCELLED), (signal.SIGTERM, INTERRUPTED), (signal.SIGHUP, INTERRUPTED)],
)
async def test_a_console_that_is_asked_to_go_leaves_nothing_running(core, edge, home, tmp_path, sign, status):
    gate = tmp_path / "gate"
    pid = Path(f"{gate}.pid")
    leaving = await start("once", str(home), str(gate), "end")
    await eventually(lambda: pid.exists() and pid.read_text().strip() != "", 20)
    leaving.send_signal(sign)
    await leaving.communicate()
    await core.recover()
    (ended,) = await core.history.operations(kind=TRIAL)
    assert ended.status is status
    await eventually(lambda: not lives(pid))
    assert not Path(f"{gate}.done").exists()
