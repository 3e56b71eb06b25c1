"""The guards in the file itself: they hold for every program that opens it, not only for ours."""

import sqlite3

import pytest
from tests.store.parts import a_desk, a_server, plain

from daoflow_core.model.operation import OperationStatus, Stream
from daoflow_core.store import meta

LINE = "insert into operation_logs (operation_id, sequence, at, stream, message)"
ROW = "insert into audit (sequence, at, actor, scope, action, target, phase, outcome, detail, previous, hash)"


@pytest.fixture
async def filled(tmp_path):
    """A file with one ended and one running operation, opened by a stranger."""
    async with a_desk(tmp_path) as desk:
        async with await desk.begin() as ended:
            ended.log(Stream.STDOUT, "one line")
            await ended.finish(OperationStatus.COMPLETED, "done")
        running = await desk.begin(a_server("edge-2"))
        with plain(desk.path) as stranger:
            yield stranger, ended.operation.id, running.operation.id


ENDED, RUNNING = ":ended", ":running"


@pytest.mark.parametrize(
    "statement",
    [
        "update operations set status = 'failed' where id = :ended",
        "update operations set status = 'running', completed_at = null where id = :ended",
        "update operations set result = '{}' where id = :ended",
        "update operations set kind = 'cleanup_run' where id = :running",
        "update operations set owner = 'x' where id = :running",
        "update operations set started_at = 'x' where id = :running",
        "update operations set status = 'completed' where id = :running",
        "delete from operations where id = :running",
        "delete from operations",
        "replace into operations select * from operations where id = :running",
        "insert or replace into operations select * from operations where id = :ended",
        "insert into operations select * from operations where id = :ended "
        "on conflict (id) do update set summary = 'x'",
        "update operation_logs set message = 'x'",
        "delete from operation_logs",
        "delete from operation_logs where operation_id = :running",
        f"{LINE} values (:running, 3, 'now', 'info', 'a gap')",
        f"{LINE} values (:running, 1, 'now', 'info', 'again')",
        f"{LINE} values (:running, 0, 'now', 'info', 'before')",
        f"{LINE} values (:running, null, 'now', 'info', 'nowhere')",
        f"{LINE} values (:ended, 4, 'now', 'info', 'too late')",
        f"{LINE} values ('op_none', 1, 'now', 'info', 'of nothing')",
        "replace into operation_logs select * from operation_logs",
        f"{LINE} values (:running, 1, 'now', 'info', 'x') "
        "on conflict (operation_id, sequence) do update set message = excluded.message",
        "update audit set actor = 'x'",
        "update audit set sequence = sequence + 100",
        "delete from audit",
        "delete from audit where sequence = (select max(sequence) from audit)",
        "replace into audit select * from audit where sequence = 1",
        "insert or replace into audit select * from audit where sequence = 2",
        "insert into audit select * from audit where sequence = 1 on conflict (sequence) do update set actor = 'x'",
        f"{ROW} select 99, 'n', 'a', 's', 'a', 't', 'intent', 'o', '{{}}', hash, 'h' "
        "from audit where sequence = 3",
        f"{ROW} select 4, 'n', 'a', 's', 'a', 't', 'intent', 'o', '{{}}', 'elsewhere', 'h'",
        # a new number, and the hash of an old row: REPLACE would take that row away behind a delete trigger's back
        "replace into audit select 4, at, actor, scope, action, target, phase, outcome, operation_id, detail, "
        "(select hash from audit where sequence = 3), hash from audit where sequence = 2",
        "delete from audit_head",
        "update audit_head set sequence = 1",
        "replace into audit_head select * from audit_head",
        "insert into audit_head values (1, 9, 'x', 'x')",
        "update meta set value = 'x' where key = 'db_uuid'",
        "delete from meta where key = 'db_uuid'",
        "replace into meta values ('db_uuid', 'x')",
    ],
)
async def test_history_can_only_grow(filled, statement):
    stranger, ended, running = filled
    before = list(stranger.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(statement, {"ended": ended, "running": running})
    assert list(stranger.iterdump()) == before


async def test_what_the_guards_allow_is_allowed(filled):
    stranger, _, running = filled
    stranger.execute(f"{LINE} values (?, 2, 'now', 'info', 'next')", (running,))
    stranger.execute(
        "update operations set status = 'failed', completed_at = 'now', error = 'x' where id = ?", (running,)
    )


async def test_a_missing_changed_or_added_guard_is_seen(tmp_path):
    async with a_desk(tmp_path) as desk:
        with plain(desk.path) as stranger:
            stranger.execute("drop trigger audit_stays")
            stranger.execute("drop trigger audit_stays_as_written")
            stranger.execute(
                "create trigger audit_stays_as_written before update on audit begin select 1; end"
            )
            stranger.execute("create trigger more after insert on audit begin select 1; end")
        assert await meta.faults_of_schema(desk.database) == [
            "trigger audit_stays is missing",
            "trigger audit_stays_as_written is changed",
            "trigger more is not ours",
        ]
