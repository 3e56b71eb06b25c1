"""However an operation is cut short, and whatever the store can take then: its end is the true one, and comes."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from tests.ssh.parts import eventually
from tests.store.conftest import mounted  # noqa: F401 - a fixture
from tests.store.parts import plain

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import StoreBusy, StoreFull, VaultLocked
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Endpoint
from daoflow_core.services import operations
from daoflow_core.services.operations import Outcome, Undertaking
from daoflow_core.store import reserve

UNDERTAKING = Undertaking(OperationKind.RESOURCE_CHECK, "server.resources.check", "Trial")
DONE = Outcome(OperationStatus.COMPLETED, "all of it was done", {"n": 1})


@pytest.fixture
async def here(core, draft):
    """This very machine as a server: nothing is sent to it in these tests."""
    await core.servers.add(draft("here", Endpoint("localhost", 22, "me"), key_material=None))


async def only(console):
    """The one operation of these tests."""
    (found,) = await console.history.operations(kind=OperationKind.RESOURCE_CHECK)
    return found


def going_on(gate: asyncio.Event, begun: asyncio.Event):
    """A work that comes to its end whoever wants it to stop, as a change on a host does."""

    async def work(server, handle):
        begun.set()
        while not gate.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await gate.wait()
        return DONE

    return work


async def test_however_often_it_is_cancelled_what_still_acts_is_running_and_then_what_it_came_to(core, here):
    gate, begun = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(core.operations.run("here", UNDERTAKING, going_on(gate, begun)))
    await begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.01)
        assert (await only(core)).status is OperationStatus.RUNNING
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    ended = await only(core)
    assert (ended.status, ended.summary, ended.result) == (OperationStatus.COMPLETED, DONE.summary, {"n": 1})


async def test_a_cancellation_in_the_moment_of_the_outcome_does_not_hide_it(core, here):
    gate, begun = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(core.operations.run("here", UNDERTAKING, going_on(gate, begun)))
    await begun.wait()
    gate.set()
    await asyncio.sleep(0)  # the work takes its last step
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await only(core)).status is OperationStatus.COMPLETED


async def test_trouble_of_the_store_while_looking_for_a_cancellation_stops_no_work(core, here, monkeypatch):
    looks = []

    async def busy(operation_id):
        looks.append(operation_id)
        raise StoreBusy("another process is at it")

    async def work(server, handle):
        while len(looks) < 3:
            await asyncio.sleep(0.005)
        return DONE

    monkeypatch.setattr(operations, "CANCEL_SECONDS", 0.01)
    monkeypatch.setattr(core.recorder, "cancel_requested", busy)
    assert (await core.operations.run("here", UNDERTAKING, work)).status is OperationStatus.COMPLETED


async def test_an_end_that_can_not_be_signed_is_written_when_it_can(core, here, monkeypatch):
    def refuse(*_):
        raise VaultLocked("locked meanwhile")

    with monkeypatch.context() as locked:

        async def work(server, handle):
            locked.setattr(type(core.vault), "mac", refuse)
            return DONE

        with pytest.raises(VaultLocked) as told:
            await core.operations.run("here", UNDERTAKING, work)
    assert (await only(core)).status is OperationStatus.RUNNING
    await core.recover()
    ended = await only(core)
    assert (ended.status, ended.id) == (OperationStatus.COMPLETED, told.value.details["operationId"])


@pytest.mark.parametrize("mounted", ["8m"], indirect=True)
async def test_a_disk_that_fills_with_its_reserve_spent_delays_the_end_and_changes_nothing_of_it(
    mounted,  # noqa: F811
    draft,
):
    environ = {"DAOFLOW_HOME": str(mounted / "home"), "HOME": str(mounted)}
    async with await open_console(Opening(environ)) as console:
        await console.servers.add(draft("here", Endpoint("localhost", 22, "me"), key_material=None))
        heard = []
        console.events.subscribe(lambda event: heard.append(event.kind))

        async def work(server, handle):
            handle.log(Stream.STDOUT, "before")
            await handle.flush()
            reserve.spend(console.database.path)
            with open(mounted / "ballast", "wb", buffering=0) as ballast, contextlib.suppress(OSError):
                while True:
                    ballast.write(bytes(4096))
            for number in range(5000):
                handle.log(Stream.STDOUT, f"line {number} {'x' * 200}")
                if number % 500 == 0:
                    await asyncio.sleep(0.06)  # the flusher's turn
            return DONE

        with pytest.raises(StoreFull):
            await console.operations.run("here", UNDERTAKING, work)
        assert (await only(console)).status is OperationStatus.RUNNING
        await console.recover()
        assert (await only(console)).status is OperationStatus.RUNNING, "still no room"
        (mounted / "ballast").unlink()
        await console.recover()
        ended = await only(console)
        assert (ended.status, ended.summary) == (OperationStatus.COMPLETED, DONE.summary)
        lines = await console.history.lines(ended.id, limit=6000)
        assert [line.sequence for line in lines] == list(range(1, 5004))
        assert [line.message.split()[1] for line in lines[2:-1]] == [str(number) for number in range(5000)]
        assert lines[-1].message == DONE.summary
        await eventually(lambda: heard.count("operation.finished") == 1)
        assert (await console.audit.verify()).ok


async def test_a_store_that_another_process_holds_delays_lines_and_end_and_loses_neither(core, here):
    with plain(core.database.path) as other:

        async def work(server, handle):
            other.execute("begin immediate")
            for number in range(300):
                handle.log(Stream.STDOUT, f"line {number}")
            await asyncio.sleep(0.3)
            asyncio.get_running_loop().call_later(0.5, other.execute, "rollback")
            return DONE

        ended = await core.operations.run("here", UNDERTAKING, work)
    lines = await core.history.lines(ended.id, limit=500)
    assert [line.message for line in lines[1:-1]] == [f"line {number}" for number in range(300)]
    assert ended.status is OperationStatus.COMPLETED
