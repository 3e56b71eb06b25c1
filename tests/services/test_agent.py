"""Logins through a real ssh-agent: one named key of it, and its own words when it can't give that key."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import AgentUnavailable
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.registration import ServerChanges

READY, UNKNOWN = ReadinessStatus.READY, ReadinessStatus.UNKNOWN


@dataclass(frozen=True)
class Agent:
    """A real ssh-agent of this test."""

    socket: Path

    def add(self, *words: str, answer: bytes = b"") -> None:
        """Run ssh-add at this agent; a passphrase comes from a program, as without a terminal."""
        environ = {**os.environ, "SSH_AUTH_SOCK": str(self.socket), "SSH_ASKPASS_REQUIRE": "force"}
        environ["SSH_ASKPASS"] = str(self.socket.parent / "answer")
        subprocess.run(["ssh-add", *words], env=environ, check=True, capture_output=True, input=answer)


@pytest.fixture
async def agent(tmp_path) -> AsyncIterator[Agent]:
    folder = tmp_path / "agent"
    folder.mkdir(0o700)
    socket = folder / "socket"
    (folder / "answer").write_text("#!/bin/sh\necho locked\n")
    (folder / "answer").chmod(0o700)
    process = await asyncio.create_subprocess_exec(
        "ssh-agent", "-D", "-a", str(socket), stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(10):
            while not socket.exists():
                await asyncio.sleep(0.01)
        yield Agent(socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@pytest.fixture
async def core(home, agent):
    environ = {"DAOFLOW_HOME": str(home), "HOME": str(home), "SSH_AUTH_SOCK": str(agent.socket)}
    async with await open_console(Opening(environ)) as opened:
        yield opened


@pytest.fixture
def key_file(tmp_path, login) -> Path:
    path = tmp_path / "id"
    path.touch(0o600)
    path.write_bytes(login.pem)
    return path


@pytest.fixture
def fingerprint(login) -> str:
    return asyncssh.import_public_key(login.line).get_fingerprint("sha256")


async def register(core, draft, peer, fingerprint, name="edge"):
    trust = peer.host_keys[0].fingerprint
    wish = draft(
        name,
        peer.endpoint("deploy"),
        key_material=None,
        agent_fingerprint=fingerprint,
        approve_fingerprint=trust,
    )
    return await core.servers.add(wish)


def reason(readiness) -> str:
    return readiness.issues[0].code, readiness.issues[0].message


async def test_a_server_is_logged_in_to_with_the_one_named_key_of_the_agent_and_nothing_is_stored(
    core, agent, start_peer, draft, key_file, fingerprint, tmp_path
):
    for number in range(3):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / f"other{number}"], check=True
        )
        agent.add(str(tmp_path / f"other{number}"))
    agent.add(str(key_file))
    peer = await start_peer()
    made = await register(core, draft, peer, fingerprint)
    assert (made.readiness.status, made.server.ssh_key_id) == (READY, None)
    assert set(peer.log.key_offers) == {fingerprint}
    assert await core.keys.list() == []
    assert await core.database.rows("select * from sealed") == []
    (check,) = [one for one in await core.diagnose() if one.name == "SSH agent"]
    assert check.status.value == "ok"


async def test_each_fault_of_the_agent_has_its_own_words_and_blames_no_server(
    core, agent, start_peer, draft, key_file, fingerprint
):
    peer = await start_peer()
    made = await register(core, draft, peer, fingerprint)
    assert made.readiness.status is UNKNOWN
    code, message = reason(made.readiness)
    assert (code, message) == ("agent-unavailable", "The SSH agent shows no key.")
    assert (peer.log.users, peer.log.key_offers) == ([], [])
    agent.add(str(key_file))
    assert (await core.readiness.check("edge")).status is READY
    agent.add("-x")
    assert reason(await core.readiness.check("edge"))[1] == "The SSH agent shows no key."
    agent.add("-X")
    agent.add("-d", str(key_file))
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key_file.with_name("else")], check=True
    )
    agent.add(str(key_file.with_name("else")))
    found = await core.readiness.check("edge")
    assert "does not have the key" in found.issues[0].message
    assert "ssh-add" in found.issues[0].next_step
    (check,) = [one for one in await core.diagnose() if one.name == "SSH agent"]
    assert (check.status.value, "edge" in check.detail) == ("fail", True)
    assert set(peer.log.key_offers) == {fingerprint}, "no other key of the agent was offered"


async def test_a_key_whose_use_is_not_confirmed_is_told_apart_from_a_refused_login(
    core, agent, start_peer, draft, key_file, fingerprint
):
    agent.add("-c", str(key_file))  # nobody is there to confirm
    made = await register(core, draft, await start_peer(), fingerprint)
    assert "did not sign" in made.readiness.issues[0].message


async def test_the_poller_keeps_what_it_knew_when_it_has_no_agent(
    core, agent, home, start_peer, draft, key_file, fingerprint
):
    agent.add(str(key_file))
    made = await register(core, draft, await start_peer(), fingerprint)
    async with await open_console(Opening({"DAOFLOW_HOME": str(home), "HOME": str(home)})) as bare:
        assert (await bare.readiness.check_quietly(made.server.id)).status is READY
        with pytest.raises(AgentUnavailable) as refused:
            await bare.resources.check("edge")
        assert refused.value.details["reason"] == "no-socket"


async def test_a_stored_key_and_the_agent_take_each_other_s_place(
    core, agent, start_peer, draft, login, key_file, fingerprint
):
    agent.add(str(key_file))
    await register(core, draft, await start_peer(), fingerprint)
    taken = await core.key_inventory.create("stored", login.material)
    made = await core.key_inventory.attach("stored", "edge")
    assert (made.server.agent_fingerprint, made.server.ssh_key_id) == (None, taken.key.id)
    made = await core.servers.update("edge", ServerChanges(agent_fingerprint=fingerprint))
    assert (made.server.agent_fingerprint, made.server.ssh_key_id) == (fingerprint, None)
    assert made.readiness.status is READY
