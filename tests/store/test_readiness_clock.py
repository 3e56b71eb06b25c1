"""A clock that was set back must not freeze the fleet on old values."""

import pytest

from daoflow_core.model.readiness import Readiness, ReadinessStatus
from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.store import readiness, servers
from daoflow_core.store.engine import open_database

NOON = "2026-01-01T12:00:00.000Z"
SERVER = Server(
    "srv_x", "x", Endpoint("h", 22, "u"), "r", ServerKind.ENGINE, Environment.NONE, None, False, NOON, NOON
)


@pytest.fixture
async def database(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    async with await open_database(folder / "daoflow.db") as opened:
        await opened.write(lambda transaction: servers.insert(transaction, SERVER))
        yield opened


async def keep(database, status, stamp):
    verdict = Readiness("srv_x", status, stamp)
    return await database.write(lambda transaction: readiness.record(transaction, verdict))


async def test_a_check_that_was_overtaken_by_a_newer_one_is_dropped(database):
    await keep(database, ReadinessStatus.READY, NOON)
    assert not await keep(database, ReadinessStatus.BLOCKED, "2026-01-01T11:59:50.000Z")
    assert (await readiness.of(database, "srv_x")).status is ReadinessStatus.READY


async def test_a_check_after_the_clock_was_set_back_is_kept(database):
    await keep(database, ReadinessStatus.READY, NOON)
    assert await keep(database, ReadinessStatus.BLOCKED, "2026-01-01T10:00:00.000Z")
    assert (await readiness.of(database, "srv_x")).status is ReadinessStatus.BLOCKED
