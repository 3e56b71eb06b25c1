"""The truth about resources: every figure against the host's own programs, and each real trouble in its own words."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import HostIdentityUnapproved, Unreachable
from daoflow_core.model.operation import Operation, OperationStatus
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.secret import Secret
from daoflow_core.services import resources as resource_service

from .lab_hosts import LabHost

COMPLETED, PARTIAL = OperationStatus.COMPLETED, OperationStatus.PARTIAL
FILL = """
set -e
cd "$(mktemp -d)"; mkdir files; head -c 1500000 /dev/zero | tr '\\0' x >files/data
tar -C files -c . | docker import - daoflow-resources:1 >/dev/null
docker create --name daoflow-resources daoflow-resources:1 /data >/dev/null
docker volume create daoflow-resources >/dev/null
head -c 12345 /dev/zero >"$(docker volume inspect -f '{{.Mountpoint}}' daoflow-resources)/file"
"""
CLEAR = """
docker rm -f daoflow-resources; docker volume rm -f daoflow-resources; docker rmi -f daoflow-resources:1
"""


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    home = str(tmp_path / "home")
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened:
        yield opened


async def register(console: Console, host: LabHost, user: str = "deploy", *, trust: bool = True) -> None:
    wish = ServerDraft(
        host.name,
        Endpoint(host.address, host.port, user),
        "lab",
        ServerKind.ENGINE,
        Environment.NONE,
        key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
        approve_fingerprint=host.fingerprints_now()["ed25519"] if trust else None,
    )
    await console.servers.add(wish)


async def check(console: Console, host: LabHost) -> tuple[Operation, ResourceSnapshot]:
    operation = await console.resources.check(host.name)
    return operation, ResourceSnapshot.of(operation.result)


def host_bytes(host: LabHost, *command: str) -> list[int]:
    """The numbers of the last line that a command prints."""
    return [int(word) for word in host.exec(*command).strip().splitlines()[-1].split() if word.isdigit()]


@pytest.fixture(params=["alpha", "gamma"])
def filled(request) -> LabHost:
    """A host with Docker 26, and one with 20.10, each with an image, a container and a volume of known size."""
    host: LabHost = request.getfixturevalue(request.param)
    host.exec("sh", "-c", CLEAR, check=False)
    host.exec("sh", "-c", FILL)
    yield host
    host.exec("sh", "-c", CLEAR, check=False)


async def test_every_figure_is_what_the_host_s_own_programs_say(console, filled):
    await register(console, filled)
    operation, found = await check(console, filled)
    assert operation.status is COMPLETED
    total, used, free = host_bytes(filled, "df", "-B1", "--output=size,used,avail", "/")
    assert found.disk.total_bytes == total
    assert abs(found.disk.used_bytes - used) < 64 * 1024**2  # others write to this machine meanwhile
    assert abs(found.disk.available_bytes - free) < 64 * 1024**2
    memory = {line.split()[0]: line.split()[1:] for line in filled.exec("free", "-b").splitlines()[1:]}
    assert found.memory.total_bytes == int(memory["Mem:"][0])
    assert abs(found.memory.available_bytes - int(memory["Mem:"][5])) < 512 * 1024**2
    assert found.swap.total_bytes == int(memory["Swap:"][0])
    assert found.cpu.cores == int(filled.exec("nproc"))
    assert found.host.kernel == filled.exec("uname", "-r").strip()
    assert abs(found.host.uptime_seconds - float(filled.exec("cat", "/proc/uptime").split()[0])) < 60
    assert found.docker.version == filled.engine or found.docker.version in filled.engine


async def test_docker_s_disk_use_is_what_docker_says(console, filled):
    await register(console, filled)
    _, found = await check(console, filled)
    said = [
        json.loads(line)
        for line in filled.exec("docker", "system", "df", "--format", "{{json .}}").splitlines()
    ]
    assert [
        (one.type, one.size, one.reclaimable, str(one.total_count)) for one in found.docker.disk_usage
    ] == [(row["Type"], row["Size"], row["Reclaimable"], row["TotalCount"]) for row in said]
    usage = {one.type: one for one in found.docker.disk_usage}
    assert usage["Local Volumes"].size_bytes >= 12_340  # 12.35kB, to four digits
    assert usage["Images"].size_bytes >= 1_500_000
    assert all(one.reclaimable_bytes is not None for one in found.docker.disk_usage)


async def test_a_user_with_sudo_sees_the_same_and_it_is_said(console, alpha):
    await register(console, alpha, "sudoer")
    operation, found = await check(console, alpha)
    assert (operation.status, found.docker.reachable, found.docker.way) == (COMPLETED, True, "sudo")
    assert found.docker.disk_usage is not None


async def test_a_user_whom_docker_refuses_learns_of_the_host_and_not_of_docker(console, alpha):
    await register(console, alpha, "outsider")
    operation, found = await check(console, alpha)
    assert (operation.status, found.docker.reachable, found.docker.fault) == (PARTIAL, None, "denied")
    assert found.disk.total_bytes is not None
    assert "usermod -aG docker outsider" in str(operation.result["needs"])


@pytest.mark.parametrize("name", ["beta", "gamma"])
async def test_each_real_trouble_of_docker_is_told_truly(console, request, monkeypatch, name):
    monkeypatch.setattr(resource_service, "STEP_SECONDS", 2)
    host: LabHost = request.getfixturevalue(name)
    await register(console, host)
    for fault, status, reachable, word in (
        ("engine-stopped", COMPLETED, False, "down"),
        ("no-docker", COMPLETED, False, "missing"),
        ("engine-hung", PARTIAL, None, "hung"),
    ):
        with host.fault(fault):
            operation, found = await check(console, host)
        assert (operation.status, found.docker.reachable, found.docker.fault) == (status, reachable, word)
        assert found.docker.disk_usage is None
        assert found.docker.reason
        assert found.disk.used_percent is not None
    assert (await check(console, host))[1].docker.reachable is True


async def test_many_checks_are_one_login_and_each_is_recorded(console, alpha):
    await register(console, alpha)
    mark = alpha.sshd_mark()
    ended = [(await check(console, alpha))[0] for _ in range(4)]
    ended += await asyncio.gather(*(console.resources.check(alpha.name) for _ in range(12)))
    assert {one.status for one in ended} == {COMPLETED}
    assert alpha.sshd_log(after=mark).count("Accepted publickey") == 1
    assert len({one.id for one in ended}) == 16
    samples = await console.resources.samples(ended[0].server_id)
    assert samples[-1].disk_percent is not None


async def test_a_server_that_is_not_trusted_or_not_there_fails_with_its_own_code(console, alpha, beta):
    await register(console, alpha, trust=False)
    with pytest.raises(HostIdentityUnapproved):
        await check(console, alpha)
    await register(console, beta)
    with beta.fault("refused"), pytest.raises(Unreachable):
        await check(console, beta)
