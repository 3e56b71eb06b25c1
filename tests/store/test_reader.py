"""The light reader: the same rows as the full path, of one moment, and nothing heavy loaded for them."""

import json
import os
import subprocess
import sys

import pytest
from tests.store.parts import NOW, a_desk, a_server

from daoflow_core.errors import NotFound, StoreDamaged, StoreUnusable
from daoflow_core.model.operation import OperationStatus, Stream
from daoflow_core.model.readiness import Readiness, ReadinessStatus
from daoflow_core.store import meta, readiness, servers, sql
from daoflow_core.store.reader import Reader

HEAVY = (
    "asyncio",
    "dataclasses",
    "enum",
    "typing",
    "pathlib",
    "logging",
    "aiosqlite",
    "json",
    "re",
    "importlib.metadata",
)


@pytest.fixture
async def desk(tmp_path):
    async with a_desk(tmp_path) as opened:
        for name in ("b", "a"):
            await opened.change(lambda tx, name=name: servers.insert(tx, a_server(name)))
        check = Readiness("srv_a", ReadinessStatus.READY, NOW, ssh_reachable=True, latency_ms=41)
        await opened.database.write(lambda tx: readiness.record(tx, check))
        async with await opened.begin(a_server("a")) as handle:
            for number in range(9):
                handle.log(Stream.STDOUT, f"line {number}")
            await handle.finish(OperationStatus.COMPLETED, "done")
        opened.operation = handle.operation
        yield opened


async def test_every_read_gives_the_rows_of_the_full_path(desk):
    of, read = desk.operation.id, desk.database.rows
    with Reader(str(desk.path)) as reader:
        assert reader.fleet() == await read(sql.FLEET)
        assert [row["name"] for row in reader.fleet()] == ["a", "b"]
        assert reader.servers() == await read(sql.SERVERS_LIVE)
        assert reader.server("b") == reader.server("srv_b") == reader.servers()[1]
        assert reader.server("c") is None
        assert reader.operations(server_id="srv_a", limit=5) == await read(*sql.operations("srv_a", limit=5))
        assert reader.operation(of) == reader.operations()[0]
        assert reader.operation("op_none") is None
        assert reader.lines(of, after=4) == await read(sql.LOG_LINES, (of, 4, 200))
        assert reader.tail(of, 3) == reader.lines(of)[-3:]
        assert reader.audit(limit=3) == await read(*sql.audit_entries(limit=3))
        assert reader.summary() == {
            "total": 2,
            "ready": 1,
            "attention": 0,
            "blocked": 0,
            "unknown": 1,
            "average_latency_ms": 41,
        }


async def test_a_look_is_of_one_moment_until_it_is_refreshed(desk):
    with Reader(str(desk.path)) as reader:
        assert len(reader.servers()) == 2
        assert not reader.refresh()
        assert len(reader.servers()) == 2
        await desk.change(lambda tx: servers.insert(tx, a_server("c")))
        assert len(reader.servers()) == 2
        assert reader.refresh()
        assert len(reader.servers()) == 3


def test_nothing_heavy_is_loaded_for_it():
    code = (
        f"import sys; from daoflow_core.store import reader; print([m for m in {HEAVY} if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout.replace("'", '"')) == []


def test_a_missing_or_foreign_file_is_told_as_what_it_is(tmp_path):
    with pytest.raises(NotFound):
        Reader(str(tmp_path / "daoflow.db"))
    (tmp_path / "daoflow.db").touch(0o600)
    with pytest.raises(StoreDamaged):
        Reader(str(tmp_path / "daoflow.db"))


async def test_it_can_not_write(desk):
    with Reader(str(desk.path)) as reader, pytest.raises(StoreUnusable):
        reader._rows("delete from readiness")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a file system read-only")
async def test_a_database_on_a_read_only_file_system_can_be_read(tmp_path, mounted):
    async with a_desk(mounted) as opened:
        await opened.change(lambda tx: servers.insert(tx, a_server("a")))
        identity = await meta.database_id(opened.database)
    mounted.remount("ro")
    with Reader(str(mounted / "daoflow.db")) as reader:
        assert [row["name"] for row in reader.servers()] == ["a"]
    assert identity
