"""The demo fleet over the real SSH path: every host shows the state it stands for, and nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.services.shells import Screen

from daoflow_core.console import Opening, open_console
from daoflow_core.demo.enrolment import enrol
from daoflow_core.demo.fleet import DemoFleet
from daoflow_core.demo.folders import REAL_PROGRAMS
from daoflow_core.demo.hosts import PLANS, DemoHost, Incident
from daoflow_core.errors import DaoflowError, HostIdentityUnapproved
from daoflow_core.model.host import Target
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.server import Endpoint, Server, ServerKind
from daoflow_core.model.terminal import ShellRequest
from daoflow_core.remote import PROBE_SECONDS
from daoflow_core.services.verdict import judge
from daoflow_core.ssh.pool import HostPool

NOW = "2026-03-20T22:29:30.000Z"


@pytest.fixture
async def fleet() -> AsyncIterator[DemoFleet]:
    async with DemoFleet() as running:
        yield running


@pytest.fixture
async def pool() -> AsyncIterator[HostPool]:
    hosts = HostPool()
    yield hosts
    await hosts.aclose()


def row(host: DemoHost) -> Server:
    end = Endpoint(host.host, host.port, host.user)
    return Server(
        f"srv_{host.name}", host.name, end, host.region, host.kind, host.environment, None, False, NOW, NOW
    )


async def checked(fleet: DemoFleet, pool: HostPool, pins: dict[str, object]) -> dict[str, Readiness]:
    async def one(host: DemoHost) -> Readiness:
        server = row(host)
        if host.approved_fingerprint is None:
            return judge(server, HostIdentityUnapproved("not approved"), NOW)
        target = Target(server.id, server.endpoint, pins[host.name], host.private_key)
        sections = ["os", "res", "docker", "compose"]
        if host.kind is ServerKind.SWARM_MANAGER:
            sections.append("swarm")
        try:
            reply = await pool.probe(target, sections, timeout=PROBE_SECONDS, patient=True)
        except DaoflowError as error:
            return judge(server, error, NOW)
        return judge(server, reply, NOW)

    found = await asyncio.gather(*(one(host) for host in fleet.hosts))
    return {host.name: readiness for host, readiness in zip(fleet.hosts, found, strict=True)}


async def test_every_host_shows_the_state_it_stands_for(fleet: DemoFleet, pool: HostPool) -> None:
    pins = {host.name: fleet.peer(host.name).host_keys[0] for host in fleet.hosts}
    before = await checked(fleet, pool, pins)
    assert {name for name, one in before.items() if one.status == "blocked"} == set()
    await fleet.unfold()
    after = await checked(fleet, pool, pins)
    told = {name: (one.status.value, [issue.code for issue in one.issues]) for name, one in after.items()}
    assert told == {
        "edge-eu-1": ("ready", []),
        "edge-us-1": ("ready", []),
        "edge-us-2": ("attention", ["disk-nearly-full"]),
        "swarm-mgr-a": ("ready", []),
        "swarm-wrk-1": ("ready", []),
        "swarm-wrk-2": ("ready", []),
        "legacy-1": ("attention", ["compose-too-old"]),
        "cache-ap-1": ("attention", ["docker-hung"]),
        "ci-runner-1": ("attention", ["docker-denied"]),
        "build-1": ("blocked", ["ssh-key-refused"]),
        "batch-3": ("blocked", ["ssh-refused"]),
        "db-eu-1": ("blocked", ["host-key-changed"]),
        "edge-ap-1": ("unknown", ["host-key-unapproved"]),
    }
    assert_numbers_are_those_of_the_plans(after)


def assert_numbers_are_those_of_the_plans(after: dict[str, Readiness]) -> None:
    for plan in PLANS:
        one = after[plan.name]
        if one.status in ("blocked", "unknown"):
            assert (one.cpu_percent, one.memory_percent, one.disk_percent) == (None, None, None)
            continue
        assert one.os_name == plan.os_name
        assert one.cpu_percent == round(float(plan.load) / plan.cores * 100)
        assert abs((one.memory_percent or 0) - plan.memory_percent) <= 1
        assert abs((one.disk_percent or 0) - plan.disk_percent) <= 1
        assert one.uses_sudo == plan.sudo
        hung = plan.incident in (Incident.HUNG, Incident.DENIED) and not plan.sudo
        assert one.docker_version == (None if hung else plan.docker)
        assert one.compose_version == plan.compose
    assert after["swarm-mgr-a"].swarm_state == "active"


async def test_seed_registers_all_and_only_then_unfolds() -> None:
    closed = next(plan.name for plan in PLANS if plan.incident is Incident.PORT_CLOSED)
    seen: list[str] = []

    async def register(host: DemoHost) -> None:
        _, writer = await asyncio.open_connection(host.host, host.port)
        writer.close()
        await writer.wait_closed()
        seen.append(host.name)

    async with DemoFleet() as fleet:
        await fleet.seed(register)
        assert seen == [plan.name for plan in PLANS]
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", fleet.peer(closed).port)


async def test_unapproved_host_has_no_fingerprint_and_the_key_never_prints(fleet: DemoFleet) -> None:
    waiting = [host.name for host in fleet.hosts if host.approved_fingerprint is None]
    assert waiting == ["edge-ap-1"]
    assert "PRIVATE KEY" not in repr(fleet.hosts)


async def test_nothing_stays_behind(pool: HostPool) -> None:
    async with DemoFleet() as fleet:
        folder = fleet._folder
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        pins = {host.name: fleet.peer(host.name).host_keys[0] for host in fleet.hosts}
        await fleet.unfold()
        await checked(fleet, pool, pins)
    assert not folder.exists()
    assert str(folder) not in processes()


def processes() -> str:
    """The environments of all processes that this user may read."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit() and int(place.name) != os.getpid():
            try:
                found.append((place / "environ").read_text(errors="replace"))
            except OSError:
                continue
    return "\n".join(found)


@pytest.mark.parametrize(
    "name", ["docker", "apt-get", "dpkg-query", "apk", "sudo", "df", "nproc", "docker-compose", "ssh", "curl"]
)
def test_no_real_program_takes_a_stand_in_s_place(name: str) -> None:
    assert name not in REAL_PROGRAMS


async def test_a_demo_host_gives_a_real_shell_and_says_whose_machine_it_is(tmp_path):
    environ = {"DAOFLOW_HOME": str(tmp_path / "store"), "HOME": str(tmp_path)}
    async with await open_console(Opening(environ)) as core, DemoFleet(PLANS[:1]) as fleet:
        await fleet.seed(lambda host: enrol(core, host))
        await core.grants.terminal(PLANS[0].name, 60, "a look")
        screen = Screen()
        session = await core.terminals.open(PLANS[0].name, ShellRequest(80, 24), screen)
        session.write(b"stty size; docker version --format '{{.Server.Version}}'; exit 4\n")
        end = await session.ended()
        assert end.exit_status == 4
        assert b"a real shell on YOUR machine" in screen.shown
        assert b"24 80\r\n" in screen.shown and PLANS[0].docker.encode() in screen.shown
