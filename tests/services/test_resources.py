"""A resource check from the operator's word to the store: one recorded operation, one snapshot, one point of the trend."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import pytest

from daoflow_core.demo.enrolment import enrol
from daoflow_core.demo.fleet import DemoFleet
from daoflow_core.demo.hosts import PLANS
from daoflow_core.errors import AuthFailed, HostIdentityUnapproved, NotFound, Unreachable
from daoflow_core.model.operation import OperationStatus, Stream
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.services import resources as resource_service
from daoflow_core.store import operations as operation_rows
from daoflow_core.store import resources as resource_rows

HOSTS = ("edge-us-1", "edge-us-2", "legacy-1", "cache-ap-1", "ci-runner-1", "batch-3", "build-1", "edge-ap-1")
COMPLETED, PARTIAL, FAILED = OperationStatus.COMPLETED, OperationStatus.PARTIAL, OperationStatus.FAILED


@pytest.fixture
async def enrol_all(core, monkeypatch) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """Brings up hosts of the demo, trusted, each with its incident."""
    monkeypatch.setattr(resource_service, "STEP_SECONDS", 1)
    async with contextlib.AsyncExitStack() as stack:

        async def start(names: Iterable[str]) -> None:
            plans = [plan for plan in PLANS if plan.name in names]
            fleet = await stack.enter_async_context(DemoFleet(plans))
            await fleet.seed(lambda host: enrol(core, host))

        yield start


@pytest.fixture
async def fleet(enrol_all) -> None:
    await enrol_all(HOSTS)


@pytest.fixture
async def two(enrol_all) -> None:
    await enrol_all(("edge-us-2", "legacy-1"))


async def test_every_demo_host_answers_with_its_own_figures_or_its_own_trouble(core, fleet):
    names = ("edge-us-1", "edge-us-2", "legacy-1", "cache-ap-1", "ci-runner-1")
    found = dict(
        zip(names, await asyncio.gather(*(core.resources.check(name) for name in names)), strict=True)
    )
    told = {
        name: (one.status, result(one).docker.reachable, result(one).docker.fault)
        for name, one in found.items()
    }
    assert told == {
        "edge-us-1": (COMPLETED, True, None),
        "edge-us-2": (COMPLETED, True, None),
        "legacy-1": (COMPLETED, True, None),
        "cache-ap-1": (PARTIAL, None, "hung"),
        "ci-runner-1": (PARTIAL, None, "denied"),
    }
    for plan in PLANS:
        if plan.name in names:
            figures_are_those_of(plan, result(found[plan.name]))
    full = found["edge-us-2"]
    assert "disk / 91%" in full.summary
    assert full.result["needs"][0]["code"] == "disk-hard"
    assert "Docker: no answer within 1 s" in found["cache-ap-1"].error
    assert result(found["edge-us-1"]).docker.way == "sudo"


def result(operation) -> ResourceSnapshot:
    return ResourceSnapshot.of(operation.result)


def figures_are_those_of(plan, found: ResourceSnapshot) -> None:
    assert (found.cpu.cores, found.cpu.load1) == (plan.cores, float(plan.load))
    assert abs(found.memory.used_percent - plan.memory_percent) <= 1
    assert abs(found.disk.used_percent - plan.disk_percent) <= 1
    assert found.swap.total_bytes == plan.swap_gib * 1024**3
    assert found.host.os_name == plan.os_name
    assert found.host.uptime_seconds == pytest.approx(plan.uptime_days * 86400, abs=1)
    if found.docker.version:
        sizes = {one.type: one.size_bytes for one in found.docker.disk_usage}
        assert sum(sizes.values()) < found.disk.used_bytes


async def test_what_keeps_a_check_from_being_sent_ends_it_with_its_own_code(core, fleet):
    for name, error in (
        ("edge-ap-1", HostIdentityUnapproved),
        ("batch-3", Unreachable),
        ("build-1", AuthFailed),
    ):
        with pytest.raises(error) as caught:
            await core.resources.check(name)
        ended = await core.history.operation(caught.value.details["operationId"])
        assert (ended.status, ended.error_code) == (FAILED, error.code)
        assert await core.resources.latest(ended.server_id) is None


async def test_a_check_is_recorded_with_every_command_and_what_it_said(core, two):
    ended = await core.resources.check("legacy-1")
    lines = await core.history.lines(ended.id)
    ran = [one.message for one in lines if one.stream is Stream.RUN]
    assert ran == [
        "read /proc/sys/kernel/osrelease /proc/uptime /etc/os-release",
        "nproc",
        "read /proc/loadavg",
        "read /proc/meminfo",
        "df -Pk /",
        "docker version",
        "docker system df --format {{json .}}",
    ]
    assert sum(one.stream is Stream.EXIT for one in lines) == len(ran)
    assert any('"Type":"Build Cache"' in one.message for one in lines)


async def test_the_latest_snapshot_and_the_trend_come_from_the_store(core, two):
    ended = await core.resources.check("edge-us-2")
    latest = await core.resources.latest(ended.server_id)
    assert latest == result(ended)
    assert (await core.resources.samples(ended.server_id))[-1] == latest.sample()
    codes = [need.code for need in await core.resources.needs(ended.server_id)]
    assert codes == [need["code"] for need in ended.result["needs"]]


async def test_recurring_checks_add_to_the_trend_without_an_operation(core, two):
    server = await core.inventory.find("edge-us-2")
    before = await core.resources.samples(server.id)
    for _ in range(3):
        await core.readiness.check_quietly(server.id)
        await asyncio.sleep(0.002)  # a millisecond is the grain of a stamp
    after = await core.resources.samples(server.id)
    assert len(after) == len(before) + 3
    assert [one.at for one in after] == sorted(one.at for one in after)
    assert after[-1].disk_percent == 91
    assert [one.at for one in await core.resources.samples(server.id, limit=2)] == [
        one.at for one in after[-2:]
    ]


async def test_a_check_that_could_not_reach_the_server_adds_no_point(core, fleet):
    server = await core.inventory.find("batch-3")
    before = await core.resources.samples(server.id)
    await core.readiness.check_quietly(server.id)
    assert await core.resources.samples(server.id) == before


async def test_snapshots_and_trend_stay_short_and_keep_the_newest(core, two, monkeypatch):
    monkeypatch.setattr(resource_rows, "SNAPSHOTS_KEPT", 2)
    monkeypatch.setattr(resource_rows, "SAMPLES_KEPT", 4)
    other = await core.resources.check("legacy-1")
    ended = [await core.resources.check("edge-us-2") for _ in range(6)]
    rows = await core.database.rows(
        "select operation_id, server_id from resource_snapshots order by operation_id"
    )
    kept = [row["operation_id"] for row in rows if row["server_id"] == ended[0].server_id]
    assert kept == [one.id for one in ended[-2:]]
    assert [row["operation_id"] for row in rows if row["server_id"] == other.server_id] == [other.id]
    samples = await core.resources.samples(ended[0].server_id, limit=100)
    assert [one.at for one in samples] == [result(one).checked_at for one in ended[-4:]]


async def test_another_address_is_another_host_so_its_resources_are_forgotten(core, two):
    from daoflow_core.model.registration import ServerChanges

    ended = await core.resources.check("edge-us-2")
    await core.servers.update("edge-us-2", ServerChanges(ssh_port=1))
    assert await core.resources.latest(ended.server_id) is None
    assert await core.resources.samples(ended.server_id) == []
    assert await operation_rows.by_id(core.database, ended.id) == ended


async def test_an_unknown_server_records_nothing(core):
    with pytest.raises(NotFound):
        await core.resources.check("nobody")
    assert await core.database.rows("select * from operations") == []
