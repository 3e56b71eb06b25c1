"""Many processes on one store: nobody meets a lock, nothing is lost, and one poller asks each server at a time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process

import pytest
from tests.services.conftest import DOCKER
from tests.ssh.parts import eventually

from daoflow_core.console import Opening, open_console
from daoflow_core.model.operation import OperationStatus
from daoflow_core.ssh.peer import Peer, PeerSetup

SECONDS = float(os.environ.get("DAOFLOW_CROWD_SECONDS", "12"))
ROLES = ("status", "list", "check", "resources", "add", "add")
INTERVAL = 5.0

COUNTING = """#!/bin/sh
case "$*" in version*)
  mkdir {folder}/asking 2>/dev/null || echo overlap >>{folder}/overlaps
  echo $$ >>{folder}/probes
  sleep 0.2
  rmdir {folder}/asking ;;
esac
"""


async def start(home, *words: str) -> Process:
    environment = {**os.environ, "DAOFLOW_HOME": str(home), "HOME": str(home)}
    command = (sys.executable, "-m", "tests.traps.crowd", *words)
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)


async def finish(process: Process) -> dict:
    told, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()[-2000:]
    return json.loads(told)


@pytest.fixture
async def polled(tmp_path, login):
    """A peer whose `docker` counts the checks and sees two at once."""
    folder = tmp_path / "counting"
    folder.mkdir()
    (folder / "docker").write_text(COUNTING.format(folder=folder) + DOCKER.partition("\n")[2])
    (folder / "docker").chmod(0o755)
    peer = await Peer.start(PeerSetup({"deploy": [login.line]}, {"PATH": f"{folder}:/usr/bin:/bin"}))
    yield peer, folder
    await peer.aclose()


@pytest.mark.slow
async def test_a_crowd_of_processes_loses_nothing_and_polls_once(home, polled, start_peer, draft):
    peer, folder = polled
    asked = await start_peer()
    environment = {
        "DAOFLOW_HOME": str(home),
        "HOME": str(home),
        "SERVER_READINESS_POLL_INTERVAL_MS": str(round(INTERVAL * 1000)),
    }
    async with await open_console(Opening(environment)) as console:
        for name, one in (("polled", peer), ("asked", asked)):
            trust = one.host_keys[0].fingerprint
            await console.servers.add(draft(name, one.endpoint("deploy"), approve_fingerprint=trust))
        polling = asyncio.create_task(console.poll())
        second = await start(home, "poll")
        try:
            assert await second.stdout.readline() == b"standing by\n"
            results = await asyncio.gather(
                *[finish(process) for process in [await start(home, role, str(SECONDS)) for role in ROLES]]
            )
            checks = len((folder / "probes").read_text().splitlines())
            await one_poller_at_a_time(peer, folder, checks)
            await nothing_is_lost(console, results)
            await the_next_poller_takes_over(polling, peer)
        finally:
            polling.cancel()
            second.terminate()
            await second.communicate()
    assert not (folder / "overlaps").exists()


async def one_poller_at_a_time(peer: Peer, folder, checks: int) -> None:
    """The registration's check logs in, and the poller goes on with that link: nobody else was there."""
    assert peer.log.logins == 1
    assert not (folder / "overlaps").exists()
    assert 2 <= checks <= 3 + (SECONDS + 15) / INTERVAL


async def nothing_is_lost(console, results: list[dict]) -> None:
    """No errors, every addition with its later change, every check with its end, the trail whole."""
    assert [error for result in results for error in result["errors"]] == []
    assert all(result["turns"] > 3 for result in results)
    told = {role: [] for role in ROLES}
    for role, result in zip(ROLES, results, strict=True):
        told[role] += result["done"]
    servers = {server.id: server for server in await console.inventory.all()}
    assert len(told["add"]) == len(servers) - 2
    assert all(servers[made].region.startswith("r") for made in told["add"])
    for operation_id in told["check"] + told["resources"]:
        assert (await console.history.operation(operation_id)).status is OperationStatus.COMPLETED
    running = await console.database.rows("select id from operations where status = 'running'")
    assert running == []
    verdict = await console.audit.verify()
    assert (verdict.ok, verdict.reason) == (True, None)


async def the_next_poller_takes_over(polling: asyncio.Task[None], peer: Peer) -> None:
    """When the poller goes, the one that stood by asks in its place."""
    polling.cancel()
    await asyncio.gather(polling, return_exceptions=True)
    await eventually(lambda: peer.log.logins == 2, seconds=15)
