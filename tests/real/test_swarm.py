"""A real swarm of mixed engines: what was planned against what became of it, and every trouble in its own words."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import DaoflowError
from daoflow_core.model.operation import Operation, OperationStatus
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.model.swarm import SwarmTopology
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan, SwarmUpdate
from daoflow_core.plan_errors import PlanStale
from daoflow_core.secret import Secret
from daoflow_core.services.swarm_changes import SwarmChangeService
from daoflow_core.swarm_errors import SwarmUnusable, UnsafeOperation

from .lab_hosts import LabHost, RealLab

COMPLETED, PARTIAL = OperationStatus.COMPLETED, OperationStatus.PARTIAL
GARBAGE = Path(__file__).with_name("garbage.sh")
SERVICES = """
docker swarm update --dispatcher-heartbeat 1s >/dev/null
docker node update --label-add zone=left alpha >/dev/null
make="docker service create --quiet --detach --no-resolve-image --stop-grace-period 1s"
$make --name api --replicas 3 lab/base:1 sleep 1000000
$make --name web --replicas 2 --constraint node.role==worker --replicas-max-per-node 1 lab/base:1 sleep 1000000
$make --name proxy --mode global --publish mode=host,target=80,published=8088 lab/base:1 sleep 1000000
$make --name pinned --constraint node.labels.zone==left --mount type=volume,source=data,target=/data \
    lab/base:1 sleep 1000000
$make --name nightly --mode replicated-job lab/base:1 true
"""


def on(host: LabHost, script: str) -> str:
    return host.exec("sh", "-c", script).strip()


def replicas(manager: LabHost) -> dict[str, str]:
    """What the engine itself counts of each service that is no job."""
    rows = on(manager, "docker service ls --format '{{.Name}} {{.Replicas}}'").splitlines()
    return {row.split()[0]: row.split()[1] for row in rows if not row.startswith("nightly")}


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Console]:
    async with await open_console(Opening({"DAOFLOW_HOME": str(folder), "HOME": str(folder)})) as console:
        yield console


@pytest.fixture
async def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Console]:
    monkeypatch.setitem(SwarmChangeService.__init__.__kwdefaults__, "poll_seconds", 0.5)
    async with opened(tmp_path / "home") as one:
        yield one


async def register(console: Console, host: LabHost, kind: ServerKind = ServerKind.SWARM_MANAGER) -> list[str]:
    """Register a host; the codes of what its first check found."""
    made = await console.servers.add(
        ServerDraft(
            host.name,
            Endpoint(host.address, host.port, "deploy"),
            "lab",
            kind,
            Environment.NONE,
            key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
            approve_fingerprint=host.fingerprints_now()["ed25519"],
        )
    )
    return [one.code for one in made.readiness.issues]


@contextmanager
def images(*hosts: LabHost) -> Iterator[None]:
    """The image of the services on every host, and nothing of it afterwards."""
    try:
        for host in hosts:
            host.exec("sh", "-c", GARBAGE.read_text(), "garbage.sh", "base")
        yield
    finally:
        for host in hosts:
            host.exec(
                "sh",
                "-c",
                "docker rm -f plain; docker volume rm -f data; docker rmi -f lab/base:1",
                check=False,
            )


async def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a state that the swarm itself comes to."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        await asyncio.sleep(0.3)


async def seen(console: Console, manager: str) -> SwarmTopology:
    operation = await console.swarm.refresh(manager)
    return SwarmTopology.of(operation.result["topology"])


async def drained(
    console: Console, node: str, wanted: str = "drain"
) -> tuple[NodePlan, Operation, SwarmUpdate]:
    made = await console.swarm_plans.node("gamma", node, wanted)
    done = await console.swarm_changes.update_node("gamma", node, wanted, plan=made.id, timeout=40)
    return NodePlan.of(made.result), done, SwarmUpdate.of(done.result)


async def scaled(console: Console, service: str, number: int) -> tuple[ScalePlan, Operation, SwarmUpdate]:
    made = await console.swarm_plans.scale("gamma", service, number)
    done = await console.swarm_changes.scale("gamma", service, number, plan=made.id, timeout=40)
    return ScalePlan.of(made.result), done, SwarmUpdate.of(done.result)


async def test_a_mixed_swarm_led_by_the_oldest_engine_does_what_its_plans_foretell(
    console, tmp_path, lab: RealLab, alpha, beta, gamma
):
    """One swarm, one thing after the other: refresh, drain, scale, two operators at once, a worker that dies."""
    with images(alpha, beta, gamma), lab.swarm("gamma", "alpha", "beta"):
        on(gamma, SERVICES)
        on(alpha, "docker run -d --name plain --network none lab/base:1 sleep 1000000")
        await until(lambda: replicas(gamma) == {"api": "3/3", "web": "2/2", "proxy": "3/3", "pinned": "1/1"})
        assert await register(console, gamma) == []
        await register(console, alpha, ServerKind.ENGINE)
        await check_the_topology(console, gamma)
        await check_a_drain_and_back(console, gamma)
        await check_scaling(console, gamma)
        await check_what_is_refused(console, gamma)
        await check_two_operators(console, tmp_path, gamma)
        await check_a_dead_worker(console, beta)


async def check_the_topology(console: Console, gamma: LabHost) -> None:
    kept = await console.swarm.latest((await console.inventory.find("gamma")).id)
    assert kept is not None, "registering refreshed it"
    found = await seen(console, "gamma")
    told = on(gamma, "docker node ls --format '{{.ID}} {{.Hostname}} {{.EngineVersion}}'").splitlines()
    assert sorted(f"{one.id} {one.name} {one.engine_version}" for one in found.nodes) == sorted(told)
    assert found.cluster_id == on(gamma, "docker info --format '{{.Swarm.Cluster.ID}}'")
    assert (found.summary.manager_count, found.summary.worker_count, found.quorum.holds) == (1, 2, True)
    for node in found.nodes:
        here = on(gamma, f"docker node ps --filter desired-state=running -q {node.id} | wc -l")
        assert node.tasks == int(here)


async def check_a_drain_and_back(console: Console, gamma: LabHost) -> None:
    before = await seen(console, "gamma")
    plan, done, result = await drained(console, "alpha")
    moves = {one.service: one for one in plan.moves}
    assert (moves["web"].unplaced, moves["pinned"].unplaced) == (1, 1)
    assert moves["pinned"].leaves_behind == ("data",)
    assert (plan.stay.known, plan.stay.names) == (True, ("plain",)), "alpha is registered, so it was asked"
    assert [one.service for one in plan.stops] == ["proxy"]
    assert (done.status, result.as_planned, result.left_on_node) == (COMPLETED, True, 0)
    became = {one.service: one for one in result.services}
    assert set(became["api"].moved_to) <= set(moves["api"].candidates)
    assert sum(became["api"].moved_to.values()) == len(
        [one for one in before.tasks_on(plan.node_id) if one.service_id == moves["api"].service_id]
    )
    assert "no suitable node" in (became["pinned"].reason or "")
    left = on(gamma, f"docker node ps --filter desired-state=running -q {plan.node_id} | wc -l")
    assert int(left) == 0
    kept = await console.swarm.latest(done.server_id)
    assert kept is not None
    assert kept.node(plan.node_id).availability == "drain", "the snapshot was refreshed"
    lines = await console.history.lines(done.id, limit=500)
    assert any("tasks left on alpha" in one.message for one in lines), (
        "progress is told while it is waited for"
    )
    back, done, _ = await drained(console, "alpha", "active")
    assert sorted((one.service, one.tasks) for one in back.starts) == [
        ("pinned", 1),
        ("proxy", 1),
        ("web", 1),
    ]
    assert done.status is COMPLETED


async def check_scaling(console: Console, gamma: LabHost) -> None:
    for number in (5, 0):
        plan, done, result = await scaled(console, "api", number)
        assert (done.status, result.after, plan.danger) == (COMPLETED, str(number), 2 if number else 3)
        assert replicas(gamma)["api"] == f"{number}/{number}"
    plan, done, result = await scaled(console, "web", 4)
    assert (plan.capacity, plan.unplaced) == (0, 2)
    assert (done.status, done.error_code, result.as_planned) == (PARTIAL, "SWARM_NOT_SETTLED", True)
    assert (result.services[0].running, result.services[0].pending) == (2, 2)


async def check_what_is_refused(console: Console, gamma: LabHost) -> None:
    with pytest.raises(UnsafeOperation):
        await console.swarm_plans.node("gamma", "gamma", "drain")
    for service in ("proxy", "nightly"):
        with pytest.raises(DaoflowError) as refused:
            await console.swarm_plans.scale("gamma", service, 2)
        assert refused.value.code == "SERVICE_NOT_SCALABLE"
    made = await console.swarm_plans.node("gamma", "beta", "drain")
    on(gamma, "docker node update --availability pause alpha")
    with pytest.raises(PlanStale) as stale:
        await console.swarm_changes.update_node("gamma", "beta", "drain", plan=made.id)
    assert "node alpha" in stale.value.why
    on(gamma, "docker node update --availability active alpha")


async def check_two_operators(console: Console, tmp_path: Path, gamma: LabHost) -> None:
    """Two stores, two plans of one service at one moment: one of them is true in the end, and only one says so."""
    async with opened(tmp_path / "other") as other:
        await register(other, gamma)
        sides = ((console, 2), (other, 3))
        plans = [await one.swarm_plans.scale("gamma", "api", number) for one, number in sides]
        ends = await asyncio.gather(
            *(
                one.swarm_changes.scale("gamma", "api", number, plan=plan.id, timeout=30)
                for (one, number), plan in zip(sides, plans, strict=True)
            ),
            return_exceptions=True,
        )
    won = [one for one in ends if isinstance(one, Operation) and one.status is COMPLETED]
    lost = [one for one in ends if one not in won]
    assert len(won) == 1, ends
    number = SwarmUpdate.of(won[0].result).after
    assert replicas(gamma)["api"] == f"{number}/{number}"
    assert isinstance(lost[0], PlanStale | Operation), lost


async def check_a_dead_worker(console: Console, beta: LabHost) -> None:
    made = await console.swarm_plans.node("gamma", "alpha", "drain")
    with beta.fault("engine-stopped"):
        found = await seen(console, "gamma")
        deadline = time.monotonic() + 30
        while next(one for one in found.nodes if one.name == "beta").state != "down":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.5)
            found = await seen(console, "gamma")
        assert found.summary.reachable_node_count == 2
        with pytest.raises(PlanStale):
            await console.swarm_changes.update_node("gamma", "alpha", "drain", plan=made.id)
        plan, done, result = await drained(console, "beta")
        assert any("beta is down" in one for one in plan.warnings)
        assert (done.status, result.after) == (COMPLETED, "drain"), "what a dead node held is not waited for"


async def test_three_managers_lose_their_leader_and_then_their_quorum(
    console, lab: RealLab, alpha, beta, gamma
):
    with lab.swarm("alpha", "beta", "gamma"):
        on(alpha, "docker node promote beta gamma")
        await until(lambda: on(alpha, "docker node ls --format '{{.ManagerStatus}}'").count("Reachable") == 2)
        assert await register(console, beta) == []
        with alpha.fault("engine-stopped"):
            found = await led_again(console)
            assert (found.quorum.reachable, found.quorum.spare) == (2, 0)
            readiness = await console.readiness.check("beta")
            assert [one.code for one in readiness.issues] == ["swarm-managers-unreachable"]
            assert "losing one more stops it" in readiness.issues[0].message
            made = await console.swarm_plans.node("beta", "gamma", "drain")
            assert (
                "2 of 3 managers answer; losing one more stops the swarm."
                in NodePlan.of(made.result).warnings
            )
            with gamma.fault("engine-stopped"):
                await quorum_is_lost(console)
                with pytest.raises(SwarmUnusable):
                    await console.swarm_changes.update_node("beta", "gamma", "drain", plan=made.id)


async def led_again(console: Console) -> SwarmTopology:
    """The topology once another manager leads, which takes an election."""
    deadline = time.monotonic() + 40
    while True:
        try:
            found = await seen(console, "beta")
        except SwarmUnusable as error:
            assert error.code in ("SWARM_QUORUM_LOST", "SWARM_LEADER_UNREACHABLE"), error.code
        else:
            leader = next((one.name for one in found.nodes if one.manager_status == "leader"), None)
            if leader in ("beta", "gamma") and found.quorum.reachable == 2:
                return found
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)


async def quorum_is_lost(console: Console) -> None:
    """For some heartbeats all seems well, then nobody answers for the leader, then there is none; a check says so."""
    deadline = time.monotonic() + 60
    code = ""
    while code != "SWARM_QUORUM_LOST":
        assert time.monotonic() < deadline
        try:
            await console.swarm.refresh("beta")
        except SwarmUnusable as refused:
            code = refused.code
            assert code in ("SWARM_QUORUM_LOST", "SWARM_LEADER_UNREACHABLE"), code
    readiness = await console.readiness.check("beta")
    assert [one.code for one in readiness.issues] == ["swarm-quorum-lost"]
    assert "--force-new-cluster" in readiness.issues[0].next_step
