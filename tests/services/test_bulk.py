"""A bulk is bounded, one failure stops no other, and what has not begun can be called off."""

from __future__ import annotations

import asyncio

from tests.store.parts import a_server

from daoflow_core.errors import Unreachable
from daoflow_core.services.bulk import Bulk, Stage


def servers(count: int):
    return [a_server(f"edge-{number}") for number in range(count)]


async def test_no_more_than_allowed_run_at_once_and_all_run():
    running = most = 0

    async def verb(server_id: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return server_id

    chosen = servers(20)
    turns = await Bulk(chosen, verb, succeeded=bool, at_once=3).run()
    assert most == 3
    assert [turn.result for turn in turns] == [server.id for server in chosen]
    assert {turn.stage for turn in turns} == {Stage.DONE}


async def test_an_error_and_a_bad_result_are_failures_of_their_own_server_only():
    bad, worse, good = servers(3)

    async def verb(server_id: str) -> bool:
        if server_id == worse.id:
            raise Unreachable("no answer")
        return server_id == good.id

    turns = await Bulk([bad, worse, good], verb, succeeded=bool).run()
    assert [turn.stage for turn in turns] == [Stage.FAILED, Stage.FAILED, Stage.DONE]
    assert [turn.error is not None for turn in turns] == [False, True, False]


async def test_calling_off_lets_what_runs_finish_and_starts_nothing_more():
    begun, go_on = asyncio.Event(), asyncio.Event()
    heard = []

    async def verb(_: str) -> bool:
        begun.set()
        await go_on.wait()
        return True

    bulk = Bulk(servers(3), verb, succeeded=bool, at_once=1, tell=lambda turn: heard.append(turn.stage))
    run = asyncio.create_task(bulk.run())
    await begun.wait()
    bulk.call_off()
    go_on.set()
    assert [turn.stage for turn in await run] == [Stage.DONE, Stage.CALLED_OFF, Stage.CALLED_OFF]
    assert heard == [Stage.RUNNING, Stage.DONE, Stage.CALLED_OFF, Stage.CALLED_OFF]


async def test_a_fault_of_the_program_on_one_server_stops_no_other_and_quotes_nothing():
    bad, good = servers(2)

    async def verb(server_id: str) -> bool:
        if server_id == bad.id:
            raise KeyError("canary")
        await asyncio.sleep(0.01)
        return True

    first, second = await Bulk([bad, good], verb, succeeded=bool).run()
    assert (first.stage, second.stage) == (Stage.FAILED, Stage.DONE)
    assert first.error.code == "INTERNAL"
    assert "KeyError" in first.error.message
    assert "canary" not in str(first.error.document())


async def test_a_cancelled_bulk_cancels_what_runs():
    begun, ended = [], []

    async def verb(server_id: str) -> bool:
        begun.append(server_id)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(server_id)
        return True

    run = asyncio.create_task(Bulk(servers(5), verb, succeeded=bool, at_once=2).run())
    while len(begun) < 2:
        await asyncio.sleep(0)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert run.cancelled()
    assert sorted(begun) == sorted(ended)
    assert len(begun) == 2, "nobody else got a turn"
