"""kill -9 at any moment of a registration: what was acknowledged is whole, what was not is whole or absent."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.model.operation import OperationStatus
from daoflow_core.store import meta

ROUNDS = int(os.environ.get("DAOFLOW_KILL_ROUNDS", "40"))


async def kill_rounds(folder: Path, peer) -> dict[str, list[str]]:
    """What the workers acknowledged before they were killed, by store."""
    given = (str(folder), str(peer.port), peer.host_keys[0].fingerprint, str(ROUNDS))
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.traps.kill_rounds", *given, stdout=-1, stderr=-1
    )
    told, complaints = await program.communicate()
    assert program.returncode == 0, complaints.decode()[-2000:]
    return json.loads(told)


async def one(console: Console, sql: str) -> int:
    return (await console.database.rows(f"select count(*) as n from {sql}"))[0]["n"]


async def assert_whole(console: Console) -> None:
    """Nothing in the store is half of something."""
    assert await one(console, "operations where status = 'running'") == 0
    assert await one(console, "servers where ssh_key_id is null") == 0
    assert (
        await one(console, "servers s where not exists (select 1 from host_keys h where h.server_id = s.id)")
        == 0
    )
    assert (
        await one(console, "ssh_keys k where not exists (select 1 from servers s where s.ssh_key_id = k.id)")
        == 0
    )
    assert (
        await one(console, "sealed") == await one(console, "ssh_keys") == await console.vault_service.prove()
    )
    intents = "audit where action = 'server.register' and phase = 'intent'"
    assert await one(console, intents) == await one(console, "servers")
    ended = "(select operation_id, sum(phase = 'intent') i, sum(phase = 'outcome') o from audit group by 1)"
    assert await one(console, f"{ended} where operation_id is not null and (i <> 1 or o <> 1)") == 0
    assert (
        await one(console, "operations o where not exists (select 1 from audit where operation_id = o.id)")
        == 0
    )
    assert await meta.faults_of_integrity(console.database) == []
    verdict = await console.audit.verify()
    assert (verdict.ok, verdict.reason, verdict.anchors_damaged) == (True, None, 0)


async def assert_acknowledged(console: Console, words: list[str]) -> None:
    """Every server that a worker was told of is there, trusted where it was told so."""
    assert not [word for word in words if word.startswith("error")]
    there = {server.id for server in await console.inventory.all()}
    for word in words:
        server_id, _, trusted = word.partition(" ")
        if not trusted or len(word) < 28:
            continue  # `opened`, or a line that the kill cut
        assert server_id in there
        report = await console.identity.known(server_id)
        assert (report.approved is not None) == (trusted == "1")


@pytest.mark.slow
async def test_no_kill_loses_a_registration_or_leaves_half_of_one(tmp_path, start_peer):
    peer = await start_peer(algorithms=("ssh-ed25519", "ecdsa-sha2-nistp256"))
    acknowledged = await kill_rounds(tmp_path, peer)
    statuses = set()
    for home, words in acknowledged.items():
        async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as console:
            await assert_acknowledged(console, words)
            await assert_whole(console)
            rows = await console.database.rows("select distinct status from operations")
            statuses |= {row["status"] for row in rows}
        assert not list(Path(home).glob("*.partial*")), "half a first start is thrown away"
    done = [word for word in acknowledged[str(tmp_path / "main")] if word.startswith("srv_")]
    assert len(done) > ROUNDS / 4, "the workers got something done, or nothing was put to the test"
    assert OperationStatus.INTERRUPTED.value in statuses, "some kill hit an operation"
