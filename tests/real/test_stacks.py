"""Stacks on real engines and a real swarm: what was planned runs, what failed is told as it is, and no secret is seen."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.model.stack import StackPlan, StackRun
from daoflow_core.secret import Secret
from daoflow_core.services import stack_source, stack_watch
from daoflow_core.services.stack_source import StackRequest
from daoflow_core.services.stack_watch import Rhythm

from .lab_hosts import LAB, LabHost, RealLab

GARBAGE = (Path(__file__).parent / "garbage.sh").read_text()
VALUE = 's3cr3t canary $1 "y" # \\n é 😀 \u2028'
"""What every layer between the file and the container could break."""
ENV = f"PW='{VALUE}'\n"
SERVE = '["sh", "-c", "echo ok >/index.html; exec busybox httpd -f -p 8080 -h /"]'
WATCH = """
end=$(($(date +%s) + 600))
while [ "$(date +%s)" -lt $end ] && [ ! -e /tmp/stop-watching ]; do
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '
done
"""


@pytest.fixture(autouse=True)
def _brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds count here, and nothing on these hosts is slow to start or to end."""
    monkeypatch.setattr(stack_watch, "Rhythm", lambda: Rhythm(between=0.3, steady=1.0))
    monkeypatch.setattr(stack_source, "SHORTEST_SECONDS", 1)


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


@pytest.fixture
async def console(home: str) -> AsyncIterator[Console]:
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened:
        yield opened


def garbage(host: LabHost, what: str) -> None:
    host.exec("sh", "-c", GARBAGE, "garbage.sh", what)


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[LabHost]:
    """One engine with one image; without containers before and after."""
    lent: LabHost = request.getfixturevalue(request.param)
    garbage(lent, "empty")
    garbage(lent, "base")
    yield lent
    garbage(lent, "empty")
    lent.exec("docker", "network", "prune", "-f")


async def register(
    console: Console, host: LabHost, kind: ServerKind = ServerKind.ENGINE, user: str = "deploy"
) -> None:
    await console.servers.add(
        ServerDraft(
            host.name,
            Endpoint(host.address, host.port, user),
            "lab",
            kind,
            Environment.NONE,
            key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
            approve_fingerprint=host.fingerprints_now()["ed25519"],
        )
    )


def wish(text: str, *probes: str, timeout: int = 40, stack: str = "shop") -> StackRequest:
    return StackRequest(stack, Secret(text.encode()), Secret(ENV.encode()), probes, timeout)


def engine_file(tag: str, side: int = 1) -> str:
    return f"""
services:
  web:
    image: lab/base:{tag}
    command: {SERVE}
    init: true
    stop_grace_period: 1s
    environment: {{PW: "$PW"}}
    ports: ["127.0.0.1:8088:8080"]
    volumes: ["data:/data"]
  side:
    image: lab/base:1
    command: [sleep, "600"]
    init: true
    stop_grace_period: 1s
    deploy: {{replicas: {side}}}
volumes: {{data: {{}}}}
"""


def swarm_file(tag: str, side: int) -> str:
    return f"""
services:
  web:
    image: lab/base:{tag}
    command: {SERVE}
    init: true
    stop_grace_period: 1s
    environment: {{PW: "$PW"}}
    ports: [{{target: 8080, published: 8089, mode: host}}]
    deploy: {{endpoint_mode: dnsrr, placement: {{constraints: [node.role == manager]}}}}
  side:
    image: lab/base:1
    command: [sleep, "600"]
    init: true
    stop_grace_period: 1s
    deploy: {{replicas: {side}}}
"""


def run_of(operation: Operation) -> StackRun:
    return StackRun.of(operation.result)


def counts(run: StackRun) -> dict[str, tuple[int, int | None]]:
    return {one.service: (one.running, one.desired) for one in run.running or ()}


@contextmanager
def every_argument(host: LabHost) -> Iterator[list[str]]:
    """Every argument list that shows on the host while the block runs."""
    seen: list[str] = []
    host.exec("rm", "-f", "/tmp/stop-watching")
    command = [sys.executable, str(LAB), "exec", host.name, "--", "sh", "-c", WATCH]
    with tempfile.TemporaryFile() as kept:  # a pipe that nobody reads would hold the watcher up
        watcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=kept, stderr=subprocess.DEVNULL)
        try:
            yield seen
        finally:
            host.exec("touch", "/tmp/stop-watching")
            watcher.wait(timeout=30)
            host.exec("rm", "-f", "/tmp/stop-watching")
            kept.seek(0)
            seen.append(kept.read().decode("utf-8", "replace"))


@pytest.mark.parametrize("host", ["alpha", "gamma"], indirect=True)
async def test_an_engine_s_stack_is_deployed_changed_broken_rolled_back_and_removed(
    console: Console, host: LabHost, home: str
) -> None:
    await register(console, host)
    stacks, probes = console.stacks, ("http://localhost:8088/", "tcp:8088")
    with every_argument(host) as arguments:
        first = await stacks.deploy(host.name, wish(engine_file("1"), *probes))
    assert first.status is OperationStatus.COMPLETED, first.error
    assert [(one.passed, one.detail) for one in run_of(first).probes] == [
        (True, "answers with status 200"),
        (True, "takes connections"),
    ]
    assert "docker compose --project-directory / --env-file /dev/null -p shop -f - up -d" in arguments[0]
    assert "s3cr3t" not in arguments[0]
    assert host.exec("docker", "exec", "shop-web-1", "sh", "-c", 'printf %s "$PW"') == VALUE

    second = await stacks.deploy(host.name, wish(engine_file("1", side=2), *probes))
    assert counts(run_of(second)) == {"side": (2, 2), "web": (1, 1)}
    broken = await stacks.deploy(host.name, wish(engine_file("none", side=2), *probes))
    assert (broken.status, broken.error_code) == (OperationStatus.FAILED, "STACK_FAILED")
    assert "Now runs: side 2/2 of lab/base:1; web 1/1 of lab/base:1." in (broken.error or "")

    plan = StackPlan.of((await stacks.plan_rollback(host.name, "shop")).result)
    assert (plan.to_revision, plan.drift) == (2, ("web runs lab/base:1, not lab/base:none",))
    back = await stacks.rollback(host.name, "shop", 1)
    assert (back.status, counts(run_of(back))) == (
        OperationStatus.COMPLETED,
        {"side": (1, 1), "web": (1, 1)},
    ), back.error

    unready = await stacks.deploy(host.name, wish(engine_file("1"), "http://localhost:8088/no", timeout=6))
    assert (unready.status, unready.error_code) == (OperationStatus.FAILED, "STACK_NOT_READY")
    gone = await stacks.remove(host.name, "shop")
    assert (gone.status, run_of(gone).volumes) == (OperationStatus.COMPLETED, ("shop_data",)), gone.error
    assert host.exec("docker", "ps", "-aq") == ""
    assert host.exec("docker", "volume", "ls", "-q").split() == ["shop_data"]
    await console.database.fold_log()
    assert not [path for path in Path(home).rglob("*") if path.is_file() and b"s3cr3t" in path.read_bytes()]
    assert (
        host.exec(
            "grep", "-rls", "s3cr3t canary", "/tmp", "/var/tmp", "/home", "/root", "/dev/shm", check=False
        )
        == ""
    )


@pytest.mark.parametrize("host", ["alpha"], indirect=True)
async def test_a_container_that_keeps_failing_is_no_success_and_sudo_leads_to_docker_too(
    console: Console, host: LabHost
) -> None:
    await register(console, host, user="sudoer")
    text = "services:\n  web:\n    image: lab/base:1\n    command: [sh, -c, 'exit {}']\n    restart: {}\n"
    looping = await console.stacks.deploy(host.name, wish(text.format(3, "always"), timeout=6))
    assert (looping.status, looping.error_code) == (OperationStatus.FAILED, "STACK_NOT_CONVERGED")
    dead = await console.stacks.deploy(host.name, wish(text.format(3, "'no'")))
    assert dead.error is not None
    assert "shop-web-1 ended with status 3 and is not started again" in dead.error
    job = await console.stacks.deploy(host.name, wish(text.format(0, "'no'")))
    assert job.status is OperationStatus.COMPLETED, job.error


async def test_a_swarm_s_stack_is_deployed_changed_paused_rolled_back_and_removed(
    console: Console, lab: RealLab, gamma: LabHost, alpha: LabHost
) -> None:
    """The manager is the oldest engine, the worker a newer one."""
    for one in (gamma, alpha):
        garbage(one, "empty")
        garbage(one, "base")
    probe = "http://localhost:8089/"
    with lab.swarm("gamma", "alpha"):
        await register(console, gamma, ServerKind.SWARM_MANAGER)
        stacks = console.stacks
        first = await stacks.deploy("gamma", wish(swarm_file("1", 2), probe, stack="crowd"))
        assert first.status is OperationStatus.COMPLETED, first.error
        assert counts(run_of(first)) == {"side": (2, 2), "web": (1, 1)}
        second = await stacks.deploy("gamma", wish(swarm_file("1", 3), probe, stack="crowd"))
        assert counts(run_of(second)) == {"side": (3, 3), "web": (1, 1)}, second.error
        broken = await stacks.deploy("gamma", wish(swarm_file("none", 3), probe, stack="crowd"))
        assert (broken.status, broken.error_code) == (OperationStatus.PARTIAL, "STACK_NOT_CONVERGED")
        assert "the update of web is paused" in (broken.error or "")
        assert "No such image: lab/base:none" in (broken.error or "")
        back = await stacks.rollback("gamma", "crowd")
        assert back.status is OperationStatus.COMPLETED, back.error
        assert counts(run_of(back)) == {"side": (3, 3), "web": (1, 1)}
        template = swarm_file("1", 3).replace('"$PW"', '"$PW {{none}}"')
        told = await stacks.deploy("gamma", wish(template, probe, stack="crowd"))
        assert "expanding env failed" in (told.error or ""), "the engine says the value itself, in quotes"
        assert "s3cr3t" not in (told.error or "")
        refused = await stacks.plan(
            "gamma", wish("services: {web: {build: ., volumes: ['/nowhere:/x']}}", stack="crowd")
        )
        assert refused.error_code == "STACK_REFUSED"
        gone = await stacks.remove("gamma", "crowd")
        assert gone.status is OperationStatus.COMPLETED, gone.error
        assert (
            gamma.exec("docker", "network", "ls", "-q", "--filter", "label=com.docker.stack.namespace=crowd")
            == ""
        )
    for one in (gamma, alpha):
        garbage(one, "empty")


@pytest.mark.parametrize("host", ["alpha"], indirect=True)
async def test_a_console_killed_in_the_middle_leaves_an_interrupted_deploy_that_the_host_ends(
    console: Console, host: LabHost, home: str, tmp_path: Path
) -> None:
    await register(console, host)
    file = tmp_path / "shop.yml"
    file.write_text(engine_file("1").replace('"$PW"', "x"))
    words = ("server", "ops", "stack", "deploy", "--server", host.name, "--stack", "shop", "--yes")
    victim = subprocess.Popen(
        [sys.executable, "-m", "daoflow_tui", *words, "--compose-file", str(file)],
        env={**os.environ, "DAOFLOW_HOME": home, "HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 30
    while True:
        assert time.monotonic() < until, "the deploy never began"
        found = await console.history.operations((await console.inventory.find(host.name)).id, limit=1)
        lines = await console.history.lines(found[0].id) if found else []
        if any("-f - up -d" in line.message for line in lines):
            break
    victim.kill()
    victim.wait()
    await console.recover()
    (ended,) = await console.history.operations(
        (await console.inventory.find(host.name)).id, limit=1, kind=OperationKind.STACK_DEPLOY
    )
    assert ended.status is OperationStatus.INTERRUPTED
    _, (revision,) = await console.stacks.show(host.name, "shop")
    assert revision.outcome == "interrupted"
    while "shop-side-1" not in host.exec("docker", "ps", "--format", "{{.Names}}"):
        assert time.monotonic() < until, "the host did not end what was begun"
    again = await console.stacks.deploy(host.name, wish(engine_file("1"), "tcp:8088"))
    assert again.status is OperationStatus.COMPLETED, again.error


@pytest.mark.parametrize("host", ["gamma"], indirect=True)
async def test_a_connection_lost_in_the_middle_is_no_success_and_what_runs_is_looked_up(
    console: Console, host: LabHost
) -> None:
    await register(console, host)
    plan = await console.stacks.plan(host.name, wish(engine_file("1")))
    task = asyncio.create_task(console.stacks.deploy(host.name, wish(engine_file("1")), plan.id))
    until = time.monotonic() + 30
    while True:
        assert time.monotonic() < until, "the deploy never began"
        found = await console.history.operations(plan.server_id, limit=1, kind=OperationKind.STACK_DEPLOY)
        lines = await console.history.lines(found[0].id) if found else []
        if any("-f - up -d" in line.message for line in lines):
            break
        await asyncio.sleep(0.01)
    host.exec("sh", "-c", "kill -9 $(pgrep -f '[s]shd.*: deploy')")
    ended = await task
    assert (ended.status, ended.error_code) == (OperationStatus.INTERRUPTED, "OUTCOME_UNKNOWN")
    assert "Now runs:" in (ended.error or "")
    while len(host.exec("docker", "ps", "-q").split()) < 2:
        assert time.monotonic() < until, "the host did not end what was begun"
