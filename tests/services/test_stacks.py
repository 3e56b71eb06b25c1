"""Stacks on a stand-in for Docker: planned, applied as planned, truthful about how it ended, and never a secret told."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sqlite3
from datetime import timedelta

import asyncssh
import pytest

from daoflow_core.demo.folders import environment, furnish
from daoflow_core.demo.hosts import PLANS
from daoflow_core.errors import Conflict, DaoflowError, InvalidInput, NotFound
from daoflow_core.model.host import CommandResult
from daoflow_core.model.operation import OperationKind, OperationStatus
from daoflow_core.model.server import ServerKind
from daoflow_core.model.stack import StackPlan, StackRun, StackTarget
from daoflow_core.plan_errors import PlanRequired, PlanStale, PlanUsed
from daoflow_core.secret import Secret
from daoflow_core.services import stack_source, stack_watch
from daoflow_core.services.stack_source import StackRequest
from daoflow_core.services.stack_watch import Rhythm
from daoflow_core.stack_errors import ComposeRejected, StackRefused
from daoflow_core.store import operations

CANARY = "s3cr3t-canary-4711"
FILE = "services:\n  web:\n    image: app:{tag}\n    environment: {{PW: $PW}}\n"


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    """Two looks are enough here; the real ones are seconds apart."""
    monkeypatch.setattr(stack_watch, "Rhythm", lambda: Rhythm(between=0.02, steady=0.05))


@pytest.fixture
async def place(core, start_peer, draft, tmp_path):
    """Registers a stand-in host and gives its server and its folder."""

    async def make(name="edge-eu-1", kind=ServerKind.ENGINE):
        peer = await start_peer()
        folder = tmp_path / name
        furnish(folder, next(one for one in PLANS if one.name == name))
        peer.setup.environment.update(environment(folder))
        proof = peer.host_keys[0].fingerprint
        wanted = draft(name, peer.endpoint("deploy"), kind=kind, approve_fingerprint=proof)
        server = (await core.servers.add(wanted)).server
        return server, folder, peer

    return make


def wish(
    tag: str = "1", *, text: str | None = None, env: str | None = f"PW={CANARY}\n", **more
) -> StackRequest:
    compose = FILE.format(tag=tag) if text is None else text
    values = None if env is None else Secret(env.encode())
    return StackRequest("shop", Secret(compose.encode()), values, timeout=more.pop("timeout", 20), **more)


async def run_of(operation) -> StackRun:
    return StackRun.of(operation.result)


@pytest.mark.parametrize(
    ("name", "kind", "target"),
    [
        ("edge-eu-1", ServerKind.ENGINE, StackTarget.COMPOSE),
        ("swarm-mgr-a", ServerKind.SWARM_MANAGER, StackTarget.SWARM),
    ],
)
async def test_a_stack_is_planned_deployed_changed_rolled_back_and_removed(core, place, name, kind, target):
    server, folder, _ = await place(name, kind)
    stacks = core.stacks

    plan = await stacks.plan(server.id, wish())
    planned = StackPlan.of(plan.result)
    assert (plan.kind, plan.status, plan.dry_run) == ("stack_plan", "completed", True)
    assert (planned.target, planned.base_revision, planned.drift) == (target, 0, None)
    assert [(one.service, one.change) for one in planned.changes] == [("web", "added")]
    assert not (folder / "demo" / "stacks").exists(), "a plan changes nothing"

    first = await stacks.deploy(server.id, wish(), plan.id)
    assert (first.kind, first.status) == ("stack_deploy", "completed"), first.error
    assert (folder / "demo/stacks/shop/web").read_text().startswith("app:1 1 ")
    run = await run_of(first)
    assert (run.revision, run.plan_id, run.converged) == (1, plan.id, True)

    shown = []
    second = await stacks.deploy(server.id, wish("2"), None, shown.append)
    assert second.status == "completed"
    made = StackPlan.of(shown[0].result)
    assert (made.drift, made.base_revision) == ((), 1)
    assert [(one.field, one.before, one.after) for one in made.changes[0].fields] == [
        ("image", "app:1", "app:2")
    ]

    back = await stacks.rollback(server.id, "shop")
    assert (back.kind, back.status) == ("stack_rollback", "completed"), back.error
    assert (folder / "demo/stacks/shop/web").read_text().startswith("app:1 1 ")
    standing, revisions = await stacks.show(server.id, "shop")
    assert [(one.number, one.again_of, one.outcome) for one in revisions] == [
        (3, 1, "completed"),
        (2, None, "completed"),
        (1, None, "completed"),
    ]
    assert (standing.good, standing.removed_at) == (3, None)

    gone = await stacks.remove(server.id, "shop")
    assert (gone.kind, gone.status) == ("stack_remove", "completed"), gone.error
    assert (await run_of(gone)).running == ()
    assert StackPlan.of(
        (await operations.by_id(core.database, (await run_of(gone)).plan_id)).result
    ).volumes == ("shop_data",)
    assert (await stacks.standings(server.id))[0].removed_at is not None


async def test_no_value_of_a_variable_is_kept_or_told_anywhere(core, place, home):
    server, folder, peer = await place()
    program = folder / "bin" / "docker-stacks"
    program.write_text(
        program.read_text().replace("wanted=$(asked)", f"echo said {CANARY} >&2; wanted=$(asked)")
    )
    done = await core.stacks.deploy(server.id, wish(), None, lambda plan: None)
    assert done.status == "completed"
    await core.stacks.deploy(server.id, wish(text=FILE.format(tag="2").replace("$PW", CANARY), env=None))
    await core.stacks.rollback(server.id, "shop", 1)
    standing, revisions = await core.stacks.show(server.id, "shop")
    told = [standing.document(), *(one.document() for one in revisions)]
    for one in await operations.newest(core.database, server_id=server.id):
        told += [one.result, one.summary, one.error]
        told += [line.message for line in await operations.lines(core.database, one.id, limit=500)]
    assert any("said <secret>" in str(one) for one in told), "the canary came back, and was hidden"
    assert CANARY not in json.dumps(told)
    assert CANARY not in "".join(peer.log.commands)
    await core.database.fold_log()
    pages = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert CANARY.encode() not in pages
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        assert database.execute(
            "select count(*) from sealed where owner_table = 'stack_revisions'"
        ).fetchone() == (3,)


async def test_a_plan_is_for_one_change_of_the_very_same_thing(core, place):
    server, _, _ = await place()
    other, _, _ = await place("edge-us-2")
    stacks = core.stacks
    plan = await stacks.plan(server.id, wish())

    async def refused(error, work):
        before = len(await operations.newest(core.database, limit=100))
        with pytest.raises(error) as raised:
            await work
        assert len(await operations.newest(core.database, limit=100)) == before, "nothing was begun"
        return raised.value.message

    assert "files" in await refused(PlanStale, stacks.deploy(server.id, wish("2"), plan.id))
    assert "files" in await refused(PlanStale, stacks.deploy(server.id, wish(env="PW=other\n"), plan.id))
    assert "probes" in await refused(PlanStale, stacks.deploy(server.id, wish(probes=("tcp:80",)), plan.id))
    assert "timeout" in await refused(PlanStale, stacks.deploy(server.id, wish(timeout=30), plan.id))
    assert "another server" in await refused(PlanStale, stacks.deploy(other.id, wish(), plan.id))
    elsewhere = dataclasses.replace(wish(), stack="other")
    assert "of the stack shop" in await refused(PlanStale, stacks.deploy(server.id, elsewhere, plan.id))
    assert "for a deploy" in await refused(PlanStale, stacks.remove(server.id, "shop", plan.id))
    await refused(PlanRequired, stacks.deploy(server.id, wish(), "op_none"))
    assert await stacks.why_not(plan) is None
    done = await stacks.deploy(server.id, wish(), plan.id)
    assert done.status == "completed"
    await refused(PlanUsed, stacks.deploy(server.id, wish(), plan.id))
    assert "was used by" in await stacks.why_not(plan)


async def test_a_plan_is_stale_after_half_an_hour_and_after_another_deploy(core, place, monkeypatch):
    server, _, _ = await place()
    stale = await core.stacks.plan(server.id, wish())
    await core.stacks.deploy(server.id, wish("2"))
    with pytest.raises(PlanStale, match="made after revision 0"):
        await core.stacks.deploy(server.id, wish(), stale.id)
    old = await core.stacks.plan(server.id, wish("3"))
    now = core.clock.now()
    monkeypatch.setattr(type(core.clock), "now", lambda self: now + timedelta(minutes=31))
    with pytest.raises(PlanStale, match="may be 30 minutes"):
        await core.stacks.deploy(server.id, wish("3"), old.id)


async def test_a_refused_plan_lists_everything_and_no_deploy_rests_on_it(core, place):
    server, _, _ = await place("swarm-mgr-a", ServerKind.SWARM_MANAGER)
    text = "services:\n  web:\n    build: .\n    volumes: ['./x:/x']\n    environment: {PW: $PW}\n"
    plan = await core.stacks.plan(server.id, wish(text=text, env=None, probes=("http://web:80/",)))
    assert (plan.status, plan.error_code) == ("failed", "STACK_REFUSED")
    codes = [one.code for one in StackPlan.of(plan.result).refusals]
    assert codes == ["UNDEFINED_VARIABLE", "BUILD_ON_SWARM", "RELATIVE_PATH", "INTERNAL_PROBE"]
    with pytest.raises(StackRefused) as refused:
        await core.stacks.deploy(server.id, wish(text=text, env=None, probes=("http://web:80/",)), plan.id)
    assert len(refused.value.details["refusals"]) == 4


async def test_places_that_are_not_on_the_host_are_refused(core, place, tmp_path):
    server, _, _ = await place()
    (tmp_path / "there").mkdir()
    text = f"services:\n  web:\n    image: a\n    volumes: ['{tmp_path}/there:/a', '{tmp_path}/gone:/b']\n"
    plan = StackPlan.of((await core.stacks.plan(server.id, wish(text=text))).result)
    assert [(one.code, f"{tmp_path}/gone" in one.message) for one in plan.refusals] == [("NOT_ON_HOST", True)]


async def test_an_engine_without_compose_2_and_a_manager_that_is_none_are_refused(core, place):
    old, _, _ = await place("legacy-1")
    plan = StackPlan.of((await core.stacks.plan(old.id, wish())).result)
    assert [one.code for one in plan.refusals] == ["COMPOSE_MISSING"]
    worker, _, _ = await place("swarm-wrk-1", ServerKind.SWARM_MANAGER)
    plan = StackPlan.of((await core.stacks.plan(worker.id, wish())).result)
    assert [one.code for one in plan.refusals] == ["NOT_A_MANAGER"]
    assert "a worker of one" in plan.refusals[0].message


async def test_bad_files_and_names_are_refused_before_anything_is_recorded(core, place):
    server, _, _ = await place()
    for bad, error in (
        (wish(text="services:\n\tweb: {}\n"), ComposeRejected),
        (dataclasses.replace(wish(), stack="--help"), InvalidInput),
        (dataclasses.replace(wish(), stack="Shop"), InvalidInput),
        (wish(timeout=5), InvalidInput),
        (wish(probes=("8080",)), InvalidInput),
    ):
        with pytest.raises(error):
            await core.stacks.plan(server.id, bad)
        with pytest.raises(error):
            await core.stacks.deploy(server.id, bad)
    kinds = {one.kind for one in await operations.newest(core.database, server_id=server.id)}
    assert not kinds & {OperationKind.STACK_PLAN, OperationKind.STACK_DEPLOY}


async def test_a_deploy_that_docker_refuses_says_what_runs_now_and_a_rollback_finds_the_good_one(core, place):
    server, _, _ = await place()
    await core.stacks.deploy(server.id, wish("1"))
    await core.stacks.deploy(server.id, wish("2"))
    failed = await core.stacks.deploy(server.id, wish("missing"))
    assert (failed.status, failed.error_code) == ("failed", "STACK_FAILED")
    assert "pull access denied" in failed.error
    assert "Now runs: web 1/1 of app:2." in failed.error
    plan = StackPlan.of((await core.stacks.plan_rollback(server.id, "shop")).result)
    assert plan.to_revision == 2
    assert plan.drift == ("web runs app:2, not app:missing",)


async def test_a_swarm_that_pauses_an_update_ends_the_waiting(core, place):
    server, _, _ = await place("swarm-mgr-a", ServerKind.SWARM_MANAGER)
    two = FILE + "  db:\n    image: pg\n    deploy: {{replicas: {n}}}\n"
    await core.stacks.deploy(server.id, wish(text=two.format(tag=1, n=2)))
    ended = await core.stacks.deploy(server.id, wish(text=two.format(tag="missing", n=3)))
    assert (ended.status, ended.error_code) == ("partial", "STACK_NOT_CONVERGED")
    run = await run_of(ended)
    assert [(one.service, one.running, one.desired, one.good) for one in run.running] == [
        ("db", 3, 3, True),
        ("web", 0, 1, False),
    ]
    assert "No such image: app:missing on node-1" in run.running[1].detail


async def test_probes_decide_between_ready_and_not_ready(core, place, monkeypatch):
    server, _, _ = await place()
    monkeypatch.setattr(stack_source, "SHORTEST_SECONDS", 1)
    text = FILE.format(tag=1) + "    ports: ['8080:80']\n"
    asked = []

    async def knock(self, target, address, port, said, *, timeout):
        asked.append((address, port))
        return b"HTTP/1.1 200 OK\r\n" if len(asked) != 1 else b"HTTP/1.1 503 x\r\n"

    monkeypatch.setattr("daoflow_core.ssh.pool.HostPool.knock", knock)
    done = await core.stacks.deploy(server.id, wish(text=text, probes=("http://localhost:8080/up",)))
    assert (done.status, asked) == ("completed", [("127.0.0.1", 8080)] * 2)
    again = await core.stacks.rollback(server.id, "shop", 1)
    assert (again.status, len(asked)) == ("completed", 3), "a rollback asks the probes of its revision"

    async def never(self, target, address, port, said, *, timeout):
        return b"HTTP/1.1 503 x\r\n"

    monkeypatch.setattr("daoflow_core.ssh.pool.HostPool.knock", never)
    ended = await core.stacks.deploy(
        server.id, wish(text=text, probes=("http://localhost:8080/up",), timeout=1)
    )
    assert (ended.status, ended.error_code) == ("failed", "STACK_NOT_READY")
    assert "answers with status 503" in ended.error


async def test_readiness_that_nobody_could_ask_for_is_partial(core, place, monkeypatch):
    """An SSH service that forwards nothing, as OpenSSH says it with AllowTcpForwarding no."""

    def refuse(self, *where):
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed")

    monkeypatch.setattr("daoflow_core.ssh.peer._PeerServer.connection_requested", refuse, raising=False)
    server, _, _ = await place()
    text = FILE.format(tag=1) + "    ports: ['8080:80']\n"
    ended = await core.stacks.deploy(server.id, wish(text=text, probes=("tcp:8080",)))
    assert (ended.status, ended.error_code) == ("partial", "STACK_READINESS_UNKNOWN")
    assert "forwards no connection" in ended.error


async def test_a_lost_connection_is_never_a_success(core, place, monkeypatch):
    server, _, _ = await place()
    plan = await core.stacks.plan(server.id, wish())
    run = type(core._hosts).run

    async def lost(self, target, script, **options):
        result = await run(self, target, script, **options)
        return CommandResult(None, b"", b"", 1.0) if options.get("survive") else result

    def deaf(self, stream, data):
        return None

    monkeypatch.setattr(type(core._hosts), "run", lost)
    monkeypatch.setattr("daoflow_core.services.host_scripts._Listener.heard", deaf)
    ended = await core.stacks.deploy(server.id, wish(), plan.id)
    assert (ended.status, ended.error_code) == ("interrupted", "OUTCOME_UNKNOWN")
    assert "What runs now is not known." in ended.error
    assert (await core.stacks.show(server.id, "shop"))[1][0].outcome == "interrupted"


async def test_a_cancelled_wait_ends_with_what_runs(core, place, monkeypatch):
    server, _, _ = await place()
    monkeypatch.setattr(stack_watch, "Rhythm", lambda: Rhythm(between=0.02, steady=60))
    task = asyncio.create_task(core.stacks.deploy(server.id, wish()))
    for _ in range(200):
        await asyncio.sleep(0.05)
        found = await operations.newest(core.database, server_id=server.id, kind=OperationKind.STACK_DEPLOY)
        lines = await operations.lines(core.database, found[0].id) if found else []
        if any("web 1/1" in line.message for line in lines):
            break
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    ended = (await operations.newest(core.database, kind=OperationKind.STACK_DEPLOY))[0]
    assert ended.status is OperationStatus.CANCELLED
    assert "Now runs: web 1/1" in ended.error


async def test_one_change_at_a_time_on_a_server(core, place, monkeypatch):
    server, _, _ = await place()
    monkeypatch.setattr(stack_watch, "Rhythm", lambda: Rhythm(between=0.02, steady=1.0))
    plans = [await core.stacks.plan(server.id, wish(str(number))) for number in range(2)]
    tasks = [core.stacks.deploy(server.id, wish(str(number)), plan.id) for number, plan in enumerate(plans)]
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) in (
        ["Conflict", "Operation"],
        ["Operation", "PlanStale"],
    )
    refused = next(one for one in ended if isinstance(one, DaoflowError))
    assert "already" in refused.message or "made after revision" in refused.message


async def test_a_rollback_needs_a_revision_to_go_to(core, place):
    server, _, _ = await place()
    with pytest.raises(NotFound):
        await core.stacks.plan_rollback(server.id, "shop")
    await core.stacks.deploy(server.id, wish())
    with pytest.raises(Conflict, match="no earlier good revision"):
        await core.stacks.rollback(server.id, "shop")
    with pytest.raises(NotFound, match="has no revision 9"):
        await core.stacks.rollback(server.id, "shop", 9)


async def test_a_removal_of_what_is_not_there_is_refused(core, place):
    server, _, _ = await place()
    plan = await core.stacks.plan_removal(server.id, "shop")
    assert [one.code for one in StackPlan.of(plan.result).refusals] == ["NOTHING_THERE"]
    with pytest.raises(StackRefused):
        await core.stacks.remove(server.id, "shop")


async def test_a_docker_that_does_not_answer_fails_the_plan_with_its_words(core, place):
    server, folder, _ = await place()
    (folder / "demo" / "trouble").write_text("down\n")
    with pytest.raises(DaoflowError) as raised:
        await core.stacks.plan(server.id, wish())
    assert "Cannot connect to the Docker daemon" in raised.value.why
