"""Cleanup on real engines, old and new: exactly what was shown goes, and every bystander survives."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from daoflow_core.clock import SystemClock
from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import Conflict
from daoflow_core.model.cleanup import CleanupPreview, CleanupRun, ItemKind, ItemOutcome
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.preview_errors import PreviewExpired, PreviewMismatch, PreviewRequired, PreviewUsed
from daoflow_core.secret import Secret

from .lab_hosts import LabHost, lab_status

GARBAGE = (Path(__file__).parent / "garbage.sh").read_text()
REMOVED, GONE, KEPT, FAILED = ItemOutcome.REMOVED, ItemOutcome.GONE, ItemOutcome.KEPT, ItemOutcome.FAILED
ENGINES = ("alpha", "gamma")


class ShiftedClock(SystemClock):
    """A clock whose wall time tests move; what only goes on, goes on."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self.passed = 0.0

    def now(self) -> datetime:
        return super().now() + self.ahead

    def monotonic(self) -> float:
        return super().monotonic() + self.passed


def on(host: LabHost, script: str) -> str:
    """What a script on the host, as root, prints."""
    return host.exec("sh", "-c", script).strip()


def garbage(host: LabHost, what: str) -> None:
    host.exec("sh", "-c", GARBAGE, "garbage.sh", what)


def names(host: LabHost) -> set[str]:
    return set(on(host, "docker ps -a --format '{{.Names}}'; docker volume ls -q").split())


def images(host: LabHost) -> set[str]:
    return set(on(host, "docker image ls -aq --no-trunc").split())


def cache(host: LabHost) -> dict[str, dict[str, str]]:
    rows = json.loads(on(host, "docker system df -v --format '{{json .BuildCache}}'")) or []
    return {row["ID"]: row for row in rows}


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


@pytest.fixture
async def console(home: str, clock: ShiftedClock) -> AsyncIterator[Console]:
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home}, clock=clock)) as opened:
        yield opened


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[LabHost]:
    """One engine, empty before and after."""
    lent: LabHost = request.getfixturevalue(request.param)
    garbage(lent, "empty")
    yield lent
    garbage(lent, "empty")


both_engines = pytest.mark.parametrize("host", ENGINES, indirect=True)
old_engine = pytest.mark.parametrize("host", ["gamma"], indirect=True)
new_engine = pytest.mark.parametrize("host", ["alpha"], indirect=True)


async def register(console: Console, host: LabHost) -> None:
    await console.servers.add(
        ServerDraft(
            host.name,
            Endpoint(host.address, host.port, "deploy"),
            "lab",
            ServerKind.ENGINE,
            Environment.NONE,
            key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
            approve_fingerprint=host.fingerprints_now()["ed25519"],
        )
    )


async def previewed(console: Console, host: LabHost, **how: bool) -> tuple[Operation, CleanupPreview]:
    operation = await console.cleanup.preview(host.name, **how)
    assert operation.status is OperationStatus.COMPLETED, operation.error
    return operation, CleanupPreview.of(operation.result)


def listed(plan: CleanupPreview, kind: ItemKind) -> dict[str, str]:
    """Ids by name of one group."""
    return {item.name: item.id for group in plan.groups if group.kind is kind for item in group.items}


def outcomes(run: CleanupRun) -> dict[str, ItemOutcome]:
    return {one.id: one.outcome for one in run.results}


@both_engines
async def test_exactly_the_listed_items_go_and_every_bystander_survives(console, host):
    garbage(host, "full")
    await register(console, host)
    before, images_before, cache_before = names(host), images(host), cache(host)
    mark = host.sshd_mark()
    operation, plan = await previewed(console, host)
    assert host.sshd_log(after=mark).count("Starting session") <= 2, "a preview is at most two round trips"

    boxes = listed(plan, ItemKind.CONTAINER)
    garbage_boxes = {"g-exited", "g-failed", "g-created", "g-will-vanish", "g-of-first"}
    assert set(boxes) == garbage_boxes | {"b-will-start", "b-anonymous"}
    dangling = on(host, "docker image ls -q --no-trunc --filter dangling=true").split()
    held = on(host, "docker inspect --format '{{.Image}}' b-of-second")
    planned_images = set(listed(plan, ItemKind.IMAGE).values())
    assert set(dangling) - planned_images == {held}, "what a running container holds is no garbage"
    parents = planned_images - set(dangling)
    assert len(parents) == 1, "the older builder's step below an untagged image is listed by itself"
    volumes = next(group for group in plan.groups if group.kind is ItemKind.VOLUME)
    assert (volumes.included, {item.name for item in volumes.items}) == (False, {"b-not-asked-for"})
    assert plan.exited_containers == len(boxes)
    assert [row.type for row in plan.docker_disk_usage or ()] == [
        "Images", "Containers", "Local Volumes", "Build Cache",
    ]  # fmt: skip
    assert plan.disk_before is not None
    assert plan.disk_before.used_bytes

    # What happens between the preview and the run.
    named = on(
        host, f"docker image ls -q --no-trunc --filter since={parents.copy().pop()} --filter dangling=true"
    )
    on(host, "docker start b-will-start; docker rm g-will-vanish")
    on(host, f"docker tag {named} lab/rescued:1")
    on(host, "docker run --name b-new --network none lab/base:1 true; docker volume create b-new-volume")

    done = await console.cleanup.run(host.name)
    run = CleanupRun.of(done.result)
    assert (done.status, done.kind) == (OperationStatus.COMPLETED, OperationKind.CLEANUP_RUN), done.error
    went = outcomes(run)
    assert {name: went[identity] for name, identity in boxes.items()} == {
        **dict.fromkeys(garbage_boxes | {"b-anonymous"}, REMOVED),
        "b-will-start": KEPT,
        "g-will-vanish": GONE,
    }
    reasons = {one.id: one.reason for one in run.results}
    assert "running" in reasons[boxes["b-will-start"]]
    assert {one for one in planned_images if went[one] is not REMOVED} == {named} | parents
    assert {went[one] for one in {named} | parents} == {KEPT}, "a rescued image keeps what it stands on"
    assert run.newcomers == 1

    after = names(host)
    assert before - after == set(boxes) - {"b-will-start"}
    assert {"b-new", "b-new-volume", "b-used", "b-not-asked-for"} <= after
    assert images_before - images(host) == planned_images - {named} - parents
    left = cache(host)
    entries = set(listed_ids(plan, ItemKind.BUILD_CACHE))
    assert set(cache_before) - set(left) == {one for one in entries if went[one] is REMOVED}
    assert all(left[one]["Shared"] == "true" for one in entries if went[one] is KEPT)
    assert on(host, "docker inspect --format '{{.State.Status}}' b-running b-paused b-of-second") == (
        "running\npaused\nrunning"
    )
    assert run.freed_bytes is not None
    assert run.foretold_bytes is not None
    assert abs(run.freed_bytes - run.foretold_bytes) < 6_000_000
    log = [line.message for line in await console.history.lines(done.id, limit=500)]
    assert any(message == f"docker container rm {boxes['g-exited']}" for message in log)
    with pytest.raises(PreviewUsed):
        await console.cleanup.run(host.name, preview=operation.id)


def listed_ids(plan: CleanupPreview, kind: ItemKind) -> list[str]:
    return [item.id for group in plan.groups if group.kind is kind for item in group.items]


@both_engines
async def test_a_second_preview_after_a_run_finds_nothing_and_the_whole_estimate_was_right(console, host):
    garbage(host, "full")
    await register(console, host)
    _, plan = await previewed(console, host)
    done = await console.cleanup.run(host.name)
    run = CleanupRun.of(done.result)
    assert set(outcomes(run).values()) == {REMOVED}, [
        one for one in run.results if one.outcome is not REMOVED
    ]
    assert run.foretold_bytes is not None
    assert run.freed_bytes is not None
    assert run.foretold_bytes * 0.95 < run.freed_bytes < run.foretold_bytes * 1.25
    assert plan.foretold_at_most == run.foretold_bytes
    _, again = await previewed(console, host)
    assert again.item_count == 0, [item for group in again.groups if group.included for item in group.items]


@both_engines
async def test_volumes_go_only_when_asked_named_ones_too_and_never_one_that_changed(console, host):
    garbage(host, "base")
    await register(console, host)
    on(host, "for name in g-named g-other b-attached b-recreated; do docker volume create $name; done")
    anonymous = on(host, "docker volume create")
    on(host, "docker run --name holder --network none -v b-held:/data lab/base:1 true")
    _, plan = await previewed(console, host, include_volumes=True)
    assert set(listed(plan, ItemKind.VOLUME)) == {
        "g-named", "g-other", "b-attached", "b-recreated", anonymous,
    }  # fmt: skip
    on(host, "docker create --name user --network none -v b-attached:/data lab/base:1 true")
    on(
        host,
        "docker volume rm b-recreated; sleep 1.1; docker volume create b-recreated; docker volume create b-new",
    )
    done = await console.cleanup.run(host.name, include_volumes=True)
    went = {one.name: one.outcome for one in CleanupRun.of(done.result).results}
    assert done.status is OperationStatus.COMPLETED
    assert went == {
        "holder": REMOVED, "g-named": REMOVED, "g-other": REMOVED, anonymous: REMOVED,
        "b-attached": KEPT, "b-recreated": KEPT,
    }  # fmt: skip
    assert names(host) == {"user", "b-attached", "b-recreated", "b-held", "b-new"}


@new_engine
async def test_a_run_needs_a_fresh_unused_preview_of_this_server_with_these_options(
    console, host, beta, clock
):
    await register(console, host)
    await register(console, beta)
    with pytest.raises(PreviewRequired):
        await console.cleanup.run(host.name)
    plain, _ = await previewed(console, host)
    with pytest.raises(PreviewMismatch, match="without volumes"):
        await console.cleanup.run(host.name, include_volumes=True)
    with pytest.raises(PreviewMismatch, match="not of beta"):
        await console.cleanup.run(beta.name, preview=plain.id)
    clock.ahead = timedelta(minutes=31)
    with pytest.raises(PreviewExpired):
        await console.cleanup.run(host.name)
    clock.ahead, clock.passed = timedelta(minutes=-20), 31 * 60
    with pytest.raises(PreviewExpired):
        await console.cleanup.run(host.name)
    clock.ahead, clock.passed = timedelta(), 0.0
    assert await console.cleanup.why_not_run(plain, clock.now()) is None
    assert (await console.cleanup.run(host.name)).status is OperationStatus.COMPLETED
    with pytest.raises(PreviewUsed):
        await console.cleanup.run(host.name)
    runs = await console.history.operations(limit=50)
    denials = [one for one in await console.audit.list(limit=50) if one.action == "server.cleanup.run"]
    assert sum(one.outcome == "denied" for one in denials) == 6, "each refusal is in the audit trail"
    assert [one.kind for one in runs].count(OperationKind.CLEANUP_RUN) == 1, "a refusal records no operation"


@new_engine
async def test_a_preview_of_an_engine_that_does_not_answer_fails_and_permits_no_run(console, host):
    await register(console, host)
    good, _ = await previewed(console, host)
    with host.fault("engine-stopped"):
        operation = await console.cleanup.preview(host.name)
        plan = CleanupPreview.of(operation.result)
        assert (operation.status, plan.complete, plan.foretold_bytes) == (OperationStatus.FAILED, False, None)
        assert plan.exited_containers is None, "not asked is not zero"
        assert operation.error is not None
        assert "Cannot connect" in operation.error
        with pytest.raises(PreviewMismatch):
            await console.cleanup.run(host.name, preview=operation.id)
        failed = await _ended(console, host, good.id)
        assert (failed.status, failed.error_code) == (OperationStatus.FAILED, "UNREACHABLE")


async def _ended(console: Console, host: LabHost, preview: str) -> Operation:
    """The record of a run that raised."""
    from daoflow_core.errors import DaoflowError

    with pytest.raises(DaoflowError) as raised:
        await console.cleanup.run(host.name, preview=preview)
    return await console.history.operation(str(raised.value.details["operationId"]))


@old_engine
async def test_an_engine_that_hangs_after_the_preview_removes_nothing_and_says_so(console, host):
    garbage(host, "base")
    on(host, "docker create --name g-one --network none lab/base:1 true")
    await register(console, host)
    operation, _ = await previewed(console, host)
    with host.fault("engine-hung"):
        failed = await _ended(console, host, operation.id)
    assert failed.status is OperationStatus.FAILED
    assert "nothing was removed" in (failed.error or "")
    assert "g-one" in names(host)


@new_engine
async def test_a_removal_that_fails_makes_the_run_partial_and_the_rest_still_goes(console, host, home):
    garbage(host, "base")
    on(
        host,
        "for name in g-a g-stuck g-z; do docker run --name $name --network none lab/base:1 sh -c 'echo 1 >/stuck'; done",
    )
    upper = on(host, "docker inspect --format '{{.GraphDriver.Data.UpperDir}}' g-stuck")
    await register(console, host)
    await previewed(console, host)
    with unremovable(host, f"{upper}/stuck"):
        done = cli(home, "server", "ops", "cleanup", "--server", host.name, "--yes", "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"], answer["status"]) == (1, False, "partial")
    assert {one["name"]: one["outcome"] for one in answer["result"]["results"]} == {
        "g-a": "removed", "g-stuck": "failed", "g-z": "removed",
    }  # fmt: skip
    _, again = await previewed(console, host)
    (dead,) = (item for group in again.groups for item in group.items)
    assert dead.name == "g-stuck"
    assert (await console.cleanup.run(host.name)).status is OperationStatus.COMPLETED
    assert names(host) == set()


@contextmanager
def unremovable(host: LabHost, file: str) -> Iterator[None]:
    """A file that not even root can remove for the length of a block."""
    (known,) = (one for one in lab_status()["hosts"] if one["name"] == host.name)
    seen_from_here = f"/proc/{known['initPid']}/root{file}"
    subprocess.run(["chattr", "+i", seen_from_here], check=True)
    try:
        yield
    finally:
        subprocess.run(["chattr", "-i", seen_from_here], check=True)


def cli(home: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "daoflow_tui", *words],
        env=os.environ | {"DAOFLOW_HOME": home, "HOME": home},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def start_cli(home: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "daoflow_tui", *words],
        env=os.environ | {"DAOFLOW_HOME": home, "HOME": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


MANY = "for n in $(seq 40); do docker create --name g-$n --network none lab/base:1 true; done"


async def under_way(console: Console, host: LabHost) -> Operation:
    """The cleanup run of any process, once its first removal was heard of."""
    for _ in range(600):
        found = await console.history.operations(limit=5)
        runs = [one for one in found if one.kind is OperationKind.CLEANUP_RUN]
        if runs and runs[0].status is OperationStatus.RUNNING:
            lines = await console.history.lines(runs[0].id, limit=200)
            if sum(line.message.startswith("docker container rm") for line in lines) > 2:
                return runs[0]
        await asyncio.sleep(0.05)
    raise AssertionError("no cleanup came under way")


@new_engine
async def test_of_two_runs_at_once_from_two_processes_the_second_is_refused(console, host, home):
    garbage(host, "base")
    on(host, MANY)
    await register(console, host)
    first, _ = await previewed(console, host)
    second, _ = await previewed(console, host)
    other = start_cli(
        home, "server", "ops", "cleanup", "--server", host.name, "--yes", "--preview", first.id, "--json"
    )
    running = await under_way(console, host)
    with pytest.raises(Conflict) as refused:
        await console.cleanup.run(host.name, preview=second.id)
    assert refused.value.details["operation"] == running.id
    out, _ = other.communicate(timeout=60)
    answer = json.loads(out)
    assert (other.returncode, answer["data"]["result"]["removed"]) == (0, 40)


@old_engine
async def test_a_lost_connection_does_not_tear_the_run_and_its_outcome_is_observed(console, host):
    garbage(host, "base")
    on(host, MANY)
    await register(console, host)
    await previewed(console, host)
    console.cleanup._look_seconds = 1.0
    task = asyncio.create_task(console.cleanup.run(host.name))
    await under_way(console, host)
    on(host, "kill -9 $(pgrep -f '[s]shd.*: deploy')")
    done = await task
    run = CleanupRun.of(done.result)
    assert (done.status, run.removed, run.unknown) == (OperationStatus.COMPLETED, 40, 0), done.error
    assert any("was not seen; it is gone" in (one.reason or "") for one in run.results)
    assert names(host) == set()


@new_engine
async def test_a_console_killed_in_the_middle_leaves_an_interrupted_run_and_no_torn_one(console, host, home):
    garbage(host, "base")
    on(host, MANY)
    await register(console, host)
    await previewed(console, host)
    victim = start_cli(home, "server", "ops", "cleanup", "--server", host.name, "--yes")
    running = await under_way(console, host)
    victim.kill()
    victim.communicate()
    await console.recover()
    ended = await console.history.operation(running.id)
    assert (ended.status, ended.error_code) == (OperationStatus.INTERRUPTED, "OUTCOME_UNKNOWN")
    for _ in range(200):
        if not names(host):
            break
        await asyncio.sleep(0.1)
    assert names(host) == set(), "what was begun on the host came to its end there"
    _, again = await previewed(console, host)
    assert again.item_count == 0


@new_engine
async def test_a_cancelled_run_is_let_finish_and_recorded_as_it_ended(console, host):
    garbage(host, "base")
    on(host, MANY)
    await register(console, host)
    await previewed(console, host)
    task = asyncio.create_task(console.cleanup.run(host.name))
    running = await under_way(console, host)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ended = await console.history.operation(running.id)
    assert (ended.status, CleanupRun.of(ended.result).removed) == (OperationStatus.COMPLETED, 40)


@new_engine
async def test_a_host_with_another_key_gets_nothing(console, host):
    garbage(host, "base")
    on(host, "docker create --name g-one --network none lab/base:1 true")
    await register(console, host)
    operation, _ = await previewed(console, host)
    with host.fault("host-key-changed"):
        failed = await _ended(console, host, operation.id)
    assert failed.error_code == "HOST_IDENTITY_CHANGED"
    assert "g-one" in names(host)
