"""Rotation of a managed key, and logins through an agent, against real OpenSSH servers and their own logs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncssh
import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import KeyNotProven
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.secret import Secret

from .lab_hosts import LabHost

READY = ReadinessStatus.READY
AUTHORIZED = "/home/deploy/.ssh/authorized_keys"


class NewKey:
    """A key that no server knows yet."""

    def __init__(self) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.material = KeyMaterial(Secret(key.export_private_key("openssh")))
        self.line = key.export_public_key("openssh").decode().strip()
        self.fingerprint = key.get_fingerprint("sha256")


@pytest.fixture
def new() -> NewKey:
    return NewKey()


@pytest.fixture
def hosts(alpha: LabHost, gamma: LabHost) -> Iterator[tuple[LabHost, LabHost]]:
    """OpenSSH 10 and 9.2; who may log in is afterwards as it was."""
    pair = (alpha, gamma)
    before = {host.name: host.exec("cat", AUTHORIZED) for host in pair}
    yield pair
    for host in pair:
        authorize(host, before[host.name])


def authorize(host: LabHost, lines: str) -> None:
    """Let exactly these keys in."""
    host.exec("sh", "-c", f"printf '%s\\n' {shlex.quote(lines.strip())} > {AUTHORIZED}")


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    home = str(tmp_path / "home")
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened:
        yield opened


def draft(host: LabHost, **login: object) -> ServerDraft:
    return ServerDraft(
        host.name,
        Endpoint(host.address, host.port, "deploy"),
        "lab",
        ServerKind.ENGINE,
        Environment.NONE,
        approve_fingerprint=host.fingerprints_now()["ed25519"],
        **login,  # type: ignore[arg-type]
    )


async def register(console: Console, *hosts: LabHost) -> str:
    """The servers with the lab's key; gives the key's id."""
    material = KeyMaterial(Secret(hosts[0].key_path.read_bytes()))
    for host in hosts:
        made = await console.servers.add(draft(host, key_material=material))
        assert made.readiness.status is READY
    return made.server.ssh_key_id or ""


def accepted(log: str) -> list[str]:
    """The fingerprints of the keys that sshd let in."""
    return [line.split("SHA256:")[1].split()[0] for line in log.splitlines() if "Accepted publickey" in line]


async def test_a_rotation_is_proven_on_both_ends_old_connections_and_the_next_login_is_with_the_new_key(
    console, hosts, new
):
    key_id = await register(console, *hosts)
    for host in hosts:
        authorize(host, f"{host.exec('cat', AUTHORIZED)}\n{new.line}")
    marks = {host.name: host.sshd_mark() for host in hosts}
    done = await console.key_rotation.rotate(key_id, new.material)
    assert [one.proven for one in done.proofs] == [True, True]
    for host in hosts:
        log = host.sshd_log(after=marks[host.name])
        assert accepted(log) == [new.fingerprint.removeprefix("SHA256:")]
        assert log.count("Disconnected from user deploy") + log.count("Connection closed") >= 2, log
        authorize(host, new.line)  # the old key is let in nowhere any more
        assert (await console.readiness.check(host.name)).status is READY


async def test_a_key_that_one_server_refuses_changes_nothing_anywhere_until_it_is_forced(console, hosts, new):
    alpha, gamma = hosts
    key_id = await register(console, *hosts)
    authorize(alpha, f"{alpha.exec('cat', AUTHORIZED)}\n{new.line}")
    old = (await console.keys.find(key_id)).fingerprint
    with pytest.raises(KeyNotProven) as refused:
        await console.key_rotation.rotate(key_id, new.material)
    assert [(one["name"], one["code"]) for one in refused.value.details["servers"]] == [
        (gamma.name, "AUTH_FAILED")
    ]
    assert (await console.keys.find(key_id)).fingerprint == old
    for host in hosts:
        assert (await console.readiness.check(host.name)).status is READY
    done = await console.key_rotation.rotate(key_id, new.material, force=True)
    assert (done.key.fingerprint, len(done.warnings)) == (new.fingerprint, 1)
    assert (await console.readiness.check(alpha.name)).status is READY
    locked_out = await console.readiness.check(gamma.name)
    assert [issue.code for issue in locked_out.issues] == ["ssh-key-refused"]


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[str]:
    """A real ssh-agent with a key of its own in it already."""
    socket = str(tmp_path / "agent")
    process = await asyncio.create_subprocess_exec("ssh-agent", "-D", "-a", socket, stdout=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(10):
            while not Path(socket).exists():
                await asyncio.sleep(0.01)
        other = tmp_path / "other"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
        add(socket, other)
        yield socket
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def add(socket: str, *words: str | Path) -> None:
    environ = {**os.environ, "SSH_AUTH_SOCK": socket}
    subprocess.run(["ssh-add", *map(str, words)], env=environ, check=True, capture_output=True)


async def test_a_real_server_sees_the_one_key_of_the_agent_and_no_other(alpha, agent, tmp_path):
    home, key = str(tmp_path / "home"), alpha.key_path
    words = subprocess.run(["ssh-keygen", "-l", "-f", key], check=True, capture_output=True, text=True).stdout
    fingerprint = words.split()[1]
    add(agent, key)
    mark = alpha.sshd_mark()
    environ = {"DAOFLOW_HOME": home, "HOME": home, "SSH_AUTH_SOCK": agent}
    async with await open_console(Opening(environ)) as console:
        made = await console.servers.add(draft(alpha, agent_fingerprint=fingerprint))
        assert (made.readiness.status, made.server.ssh_key_id) == (READY, None)
        log = alpha.sshd_log(after=mark)
        assert accepted(log) == [fingerprint.removeprefix("SHA256:")]
        assert "Failed publickey" not in log
        add(agent, "-D")
        mark = alpha.sshd_mark()
        found = await console.readiness.check(alpha.name)
        assert [issue.code for issue in found.issues] == ["agent-unavailable"]
        assert "Accepted" not in alpha.sshd_log(after=mark)
