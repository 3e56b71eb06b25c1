"""The recorder: the intent is durable before the act, every end is true, watchers hear of it afterwards."""

import asyncio

import pytest
from tests.store.parts import a_desk, a_server, tamper

from daoflow_core.errors import AuditBroken, Conflict, OutcomeUnknown, Unreachable, VaultLocked
from daoflow_core.model.audit import Phase
from daoflow_core.model.operation import OperationStatus, Stream
from daoflow_core.services import operation_handle
from daoflow_core.services.settling import settled
from daoflow_core.store import audit_log, operations, servers
from daoflow_core.store.instance import Instance


@pytest.fixture
async def desk(tmp_path):
    async with a_desk(tmp_path) as opened:
        yield opened


async def until(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.005)


async def trail(desk):
    entries = await audit_log.newest(desk.database, limit=1000)
    return [(entry.phase.value, entry.outcome, entry.action) for entry in reversed(entries)]


async def stored(desk, handle):
    return await operations.by_id(desk.database, handle.operation.id)


async def test_an_operation_and_its_intent_are_there_before_begin_returns(desk):
    handle = await desk.begin()
    assert await stored(desk, handle) == handle.operation
    assert handle.operation.status is OperationStatus.RUNNING
    assert handle.operation.owner == desk.instance.id
    (entry,) = await audit_log.newest(desk.database)
    assert (entry.phase, entry.action, entry.scope) == (Phase.INTENT, "server.check", "server:read")
    assert (entry.actor, entry.target) == ("mia", "server/srv_edge-1")
    assert entry.operation_id == handle.operation.id
    assert [line.message for line in await operations.lines(desk.database, handle.operation.id)] == [
        "Readiness check of edge-1"
    ]


async def test_the_end_brings_the_last_lines_the_state_and_the_outcome_together(desk):
    async with await desk.begin() as handle:
        handle.log(Stream.RUN, "docker version")
        handle.log(Stream.STDOUT, "27.0\nok\n")
        handle.log(Stream.EXIT, "0")
        ended = await handle.finish(OperationStatus.COMPLETED, "ready", {"latencyMs": 41})
    assert await stored(desk, handle) == ended == handle.operation
    assert (ended.result, ended.error) == ({"latencyMs": 41}, None)
    lines = await operations.lines(desk.database, ended.id)
    assert [(line.sequence, line.stream.value, line.message) for line in lines] == [
        (1, "info", "Readiness check of edge-1"),
        (2, "run", "docker version"),
        (3, "stdout", "27.0"),
        (4, "stdout", "ok"),
        (5, "exit", "0"),
        (6, "info", "ready"),
    ]
    assert await trail(desk) == [
        ("intent", "pending", "server.check"),
        ("outcome", "completed", "server.check"),
    ]


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (Unreachable("edge-1 refused"), OperationStatus.FAILED, "UNREACHABLE"),
        (OutcomeUnknown("the link ended"), OperationStatus.INTERRUPTED, "OUTCOME_UNKNOWN"),
        (ZeroDivisionError("canary"), OperationStatus.FAILED, "INTERNAL"),
        (asyncio.CancelledError(), OperationStatus.CANCELLED, "CANCELLED"),
        (SystemExit(1), OperationStatus.INTERRUPTED, "INTERRUPTED"),
    ],
)
async def test_whatever_ends_the_body_is_recorded_as_what_it_was_and_passed_on(desk, raised, status, code):
    handle = await desk.begin()
    with pytest.raises(type(raised)):
        async with handle:
            handle.log(Stream.STDOUT, "so far")
            raise raised
    operation = await stored(desk, handle)
    assert (operation.status, operation.error_code) == (status, code)
    assert "canary" not in f"{operation.error}{operation.summary}"
    lines = await operations.lines(desk.database, operation.id)
    assert [line.stream for line in lines[1:]] == [Stream.STDOUT, Stream.ERROR]
    assert (await trail(desk))[-1] == ("outcome", status.value, "server.check")


async def test_a_body_that_forgets_its_result_has_failed(desk):
    async with await desk.begin() as handle:
        pass
    assert (await stored(desk, handle)).error_code == "NO_RESULT"


async def test_an_operation_ends_once_and_takes_no_lines_afterwards(desk):
    async with await desk.begin() as handle:
        await handle.finish(OperationStatus.PARTIAL, "half")
        with pytest.raises(Conflict):
            await handle.finish(OperationStatus.COMPLETED, "all")
        with pytest.raises(Conflict):
            handle.log(Stream.INFO, "late")
    with pytest.raises(ValueError, match="running"):
        await (await desk.begin()).finish(OperationStatus.RUNNING, "x")
    assert (await stored(desk, handle)).status is OperationStatus.PARTIAL


async def test_log_lines_are_durable_soon_without_waiting_for_the_end(desk):
    async with await desk.begin() as handle:
        handle.log(Stream.STDOUT, "one")

        async def is_there():
            return await operations.line_count(desk.database, handle.operation.id) == 2

        await until(is_there)
        await handle.finish(OperationStatus.COMPLETED, "done")


async def test_many_lines_do_not_wait_for_the_clock_and_take_few_transactions(desk, monkeypatch):
    monkeypatch.setattr(operation_handle, "FLUSH_SECONDS", 3600.0)
    handle = await desk.begin()
    for number in range(1000):
        handle.log(Stream.STDOUT, f"line {number}")

    async def are_there():
        return await operations.line_count(desk.database, handle.operation.id) == 1001

    await until(are_there)
    await asyncio.wait_for(handle.finish(OperationStatus.COMPLETED, "done"), 10)
    lines = await operations.lines(desk.database, handle.operation.id, limit=2000)
    assert [line.sequence for line in lines] == list(range(1, 1003))
    assert lines[1000].message == "line 999"


async def test_host_text_is_made_safe_and_secrets_are_hidden_wherever_they_are_kept(desk):
    bad = "a\x1b]52;c;aGk=\x07b\u202e"
    secret = "password=hunter2-canary"
    async with await desk.begin(summary=f"{bad} {secret}") as handle:
        handle.log(Stream.STDERR, f"{bad} {secret}")
        handle.log(Stream.STDOUT, "-----BEGIN OPENSSH PRIVATE KEY-----")
        handle.log(Stream.STDOUT, "canaryAAAAB3")
        handle.log(Stream.STDOUT, "-----END OPENSSH PRIVATE KEY-----")
        await handle.finish(
            OperationStatus.FAILED, f"{bad} {secret}", {"why": [bad, {secret: secret}]}, f"{bad} {secret}"
        )
    await desk.change(lambda tx: servers.insert(tx, a_server()), detail={"name": f"{bad} {secret}"})
    everything = repr(
        [
            await desk.database.rows(f"select * from {table}")
            for table in ("operations", "operation_logs", "audit")
        ]
    )
    assert "canary" not in everything
    assert "\\x1b" not in everything
    assert "\u202e" not in everything


async def test_with_the_vault_locked_nothing_happens_at_all(desk):
    desk.vault.locked = True
    with pytest.raises(VaultLocked):
        await desk.begin()
    with pytest.raises(VaultLocked):
        await desk.change(lambda tx: servers.insert(tx, a_server()))
    with pytest.raises(VaultLocked):
        await desk.recorder.denied(actor="a", scope="s", action="x", target="t", reason="r")
    assert await operations.newest(desk.database) == []
    assert await servers.list_live(desk.database) == []
    assert await trail(desk) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_head set mac = 'x'",
        "update audit_head set hash = 'x'",
        "delete from audit_head",
        "delete from audit where sequence = 2",
        "update audit set hash = 'x' where sequence = 2",
    ],
)
async def test_on_a_trail_that_does_not_verify_nothing_happens(tmp_path, statement):
    async with a_desk(tmp_path) as desk:
        async with await desk.begin() as handle:
            await handle.finish(OperationStatus.COMPLETED, "done")
        tamper(desk.path, statement)
        with pytest.raises(AuditBroken):
            await desk.begin()
        with pytest.raises(AuditBroken):
            await desk.change(lambda tx: servers.insert(tx, a_server()))
        assert len(await operations.newest(desk.database)) == 1
        assert await servers.list_live(desk.database) == []


async def test_a_change_and_its_two_audit_rows_land_together_or_not_at_all(desk):
    async def work(transaction):
        await servers.insert(transaction, a_server())
        return 41

    assert await desk.change(work, detail={"name": "edge-1"}) == 41
    rows = [("intent", "pending", "server.register"), ("outcome", "completed", "server.register")]
    assert await trail(desk) == rows
    with pytest.raises(Conflict):
        await desk.change(work)
    assert await trail(desk) == rows


async def test_a_denial_is_one_row_that_says_why(desk):
    await desk.recorder.denied(
        actor="eve", scope="server:write", action="server.delete", target="server/x", reason="no scope"
    )
    (entry,) = await audit_log.newest(desk.database)
    assert (entry.phase, entry.outcome, entry.detail) == (Phase.DENIED, "denied", {"reason": "no scope"})


async def test_watchers_hear_only_of_what_is_committed_and_one_that_fails_hurts_nobody(desk, monkeypatch):
    heard, complaints = [], []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))

    def fails(event):
        raise LookupError(event.kind)

    desk.events.subscribe(fails)
    end = desk.events.subscribe(lambda event: heard.append((event.kind, event.server_id, event.operation_id)))
    append = desk.recorder.trail.append

    async def watched(*arguments):
        before = len(heard)
        anchor = await append(*arguments)
        assert len(heard) == before
        return anchor

    monkeypatch.setattr(desk.recorder.trail, "append", watched)
    async with await desk.begin() as handle:
        handle.log(Stream.STDOUT, "x")
        await handle.flush()
        await handle.finish(OperationStatus.COMPLETED, "done")
    await desk.change(lambda tx: servers.insert(tx, a_server()))
    with pytest.raises(Conflict):
        await desk.change(lambda tx: servers.insert(tx, a_server()))
    await asyncio.sleep(0)
    of = ("srv_edge-1", handle.operation.id)
    assert heard == [
        ("operation.started", *of),
        ("operation.logged", *of),
        ("operation.finished", *of),
        ("server.register", "srv_edge-1", None),
    ]
    assert len(complaints) == 4
    end()
    await desk.change(lambda tx: servers.mark_removed(tx, "srv_edge-1", "now"), action="server.delete")
    await asyncio.sleep(0)
    assert len(heard) == 4


async def test_a_storm_of_cancellations_leaves_no_operation_running(desk):
    async def one():
        async with await desk.begin() as handle:
            for number in range(5):
                handle.log(Stream.STDOUT, f"line {number}")
                await asyncio.sleep(0.001)
            await handle.finish(OperationStatus.COMPLETED, "done")

    tasks = [asyncio.create_task(one()) for _ in range(60)]
    for number, task in enumerate(tasks):
        for _ in range(number % 3 + 1):
            await asyncio.sleep(0.0007)
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await operations.running(desk.database) == []
    found = await operations.newest(desk.database, limit=100)
    outcomes = {entry[1] for entry in await trail(desk) if entry[0] == "outcome"}
    assert outcomes <= {"completed", "cancelled"}
    assert len([entry for entry in await trail(desk) if entry[0] == "outcome"]) == len(found)


async def test_closing_ends_what_still_runs_as_interrupted(tmp_path):
    async with a_desk(tmp_path) as desk:
        handle = await desk.begin()
        handle.log(Stream.STDOUT, "so far")
    async with a_desk(tmp_path) as desk:
        assert (await stored(desk, handle)).status is OperationStatus.INTERRUPTED
        assert (await trail(desk))[-1] == ("outcome", "unknown", "server.check")
        assert await operations.line_count(desk.database, handle.operation.id) == 3


async def test_what_a_dead_process_left_is_ended_once_and_the_living_are_left_alone(desk):
    other = Instance(desk.folder / "run")
    desk.recorder._owner = other.id
    orphan = await desk.begin(kind=operations.OperationKind.RESOURCE_CHECK, action="server.resources.check")
    orphan.log(Stream.STDOUT, "half a line of")
    await orphan.flush()
    assert await desk.recorder.recover(desk.instance) == []
    other.close()
    again = await asyncio.gather(*(desk.recorder.recover(desk.instance) for _ in range(3)))
    assert sorted(len(ended) for ended in again) == [0, 0, 1]
    operation = await stored(desk, orphan)
    assert (operation.status, operation.error_code) == (OperationStatus.INTERRUPTED, "OUTCOME_UNKNOWN")
    assert operation.completed_at
    assert (await trail(desk))[-1] == ("outcome", "unknown", "server.resources.check")
    lines = await operations.lines(desk.database, operation.id)
    assert [line.stream for line in lines] == [Stream.INFO, Stream.STDOUT, Stream.ERROR]


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        ("cleanup_run", "server ops cleanup --server edge-1 --dry-run"),
        ("stack_remove", "server ops stack remove --dry-run"),
        ("swarm_service_scale_update", "server ops swarm refresh-topology --server edge-1"),
    ],
)
async def test_a_change_left_by_a_dead_process_says_what_shows_how_far_it_came(desk, kind, command):
    other = Instance(desk.folder / "run")
    desk.recorder._owner = other.id
    orphan = await desk.begin(kind=operations.OperationKind(kind))
    other.close()
    (ended,) = await desk.recorder.recover(desk.instance)
    assert f"may have gone on alone: `{command}`" in ended.error
    lines = await operations.lines(desk.database, orphan.operation.id)
    assert lines[-1].message == ended.error


async def test_an_anchor_that_can_not_be_kept_is_told_and_stops_nothing(tmp_path):
    async with a_desk(tmp_path, anchors=tmp_path / "nowhere" / "anchors.jsonl") as desk:
        async with await desk.begin() as handle:
            await handle.finish(OperationStatus.COMPLETED, "done")
        assert "nowhere" in desk.recorder.trail.anchor_trouble


async def test_settled_work_ends_before_its_cancelled_caller_is_let_go():
    gate, done = asyncio.Event(), []

    async def work():
        await gate.wait()
        done.append(True)

    task = asyncio.create_task(settled(work()))
    await asyncio.sleep(0)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done
