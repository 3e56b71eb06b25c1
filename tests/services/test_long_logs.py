"""A page costs what a page holds, however long the log or the history is that it comes from."""

from __future__ import annotations

import pytest
from bench.history import BATCH, cpu_of, fill_log
from tests.store.parts import a_server

from daoflow_core.store import servers

PAGE = 50
GENEROUS_MS = 20.0
"""Four times the limit of the benchmark, which has the machine to itself."""


@pytest.fixture
async def long_log(core):
    """The id of an operation with 100,000 lines, the last of 500, and of one in the middle."""
    await core.database.write(lambda transaction: servers.insert(transaction, a_server()))
    return await fill_log(core, a_server().id, 2 * BATCH, 500)


async def test_any_page_of_a_long_log_or_history_is_cheap_and_right(core, long_log):
    operation, older = long_log
    pages = {
        "first": lambda: core.history.lines(operation, limit=PAGE),
        "middle": lambda: core.history.lines(operation, after=BATCH, limit=PAGE),
        "last": lambda: core.history.tail(operation, limit=PAGE),
    }
    seen = {name: [line.sequence for line in await page()] for name, page in pages.items()}
    assert seen == {
        "first": list(range(1, PAGE + 1)),
        "middle": list(range(BATCH + 1, BATCH + PAGE + 1)),
        "last": list(range(2 * BATCH - PAGE + 1, 2 * BATCH + 1)),
    }
    history = await core.history.operations(a_server().id, before=older, limit=PAGE)
    assert len(history) == PAGE
    assert history == sorted(history, key=lambda one: one.id, reverse=True)
    assert all(one.id < older for one in history)
    pages["history"] = lambda: core.history.operations(a_server().id, before=older, limit=PAGE)
    for name, page in pages.items():
        assert min(await cpu_of(page, 10)) < GENEROUS_MS, name


async def test_every_line_of_a_long_log_is_exported_once_and_in_order(core, long_log):
    operation, _ = long_log
    expected = 0
    async for one in core.history.export(operation_id=operation):
        sequence = getattr(one, "sequence", None)
        if sequence is not None:
            expected += 1
            assert sequence == expected
    assert expected == 2 * BATCH
