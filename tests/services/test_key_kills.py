"""kill -9 at any moment of a key's rotation: the stored key is the old one or the new one, whole."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from tests.services.conftest import Login

from daoflow_core.console import Opening, open_console
from daoflow_core.model.readiness import ReadinessStatus

ROUNDS = int(os.environ.get("DAOFLOW_KILL_ROUNDS", "25"))


@pytest.mark.slow
async def test_no_kill_leaves_half_of_a_rotated_key(home, start_peer, draft, login):
    other = Login.make()
    peers = [await start_peer(), await start_peer()]
    environ = {"DAOFLOW_HOME": str(home), "HOME": str(home)}
    async with await open_console(Opening(environ)) as console:
        for number, peer in enumerate(peers):
            peer.authorize("deploy", login.line, other.line)
            trust = peer.host_keys[0].fingerprint
            wish = draft(f"edge-{number}", peer.endpoint("deploy"), approve_fingerprint=trust)
            await console.servers.add(wish)
    for name, one in (("first", login), ("second", other)):
        (home.parent / name).write_bytes(one.pem)
    given = (str(home), str(ROUNDS))
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.key_rotation_rounds", *given, stdout=-1, stderr=-1
    )
    told, complaints = await program.communicate()
    assert program.returncode == 0, complaints.decode()[-2000:]
    words = told.decode().splitlines()
    assert not [word for word in words if word.startswith(("broken", "error"))], words
    assert words.count("whole") > ROUNDS * 0.8
    assert words.count("rotated") > ROUNDS / 5, "rotations ended, or nothing was put to the test"
    async with await open_console(Opening(environ)) as console:
        rows = await console.database.rows(
            "select distinct status from operations where kind = 'ssh_key_proof'"
        )
        assert {"completed", "interrupted"} <= {row["status"] for row in rows}, "some kill hit a login"
        for number in range(2):
            assert (await console.readiness.check(f"edge-{number}")).status is ReadinessStatus.READY
        assert (await console.audit.verify()).ok
