"""What bounds the work in flight: slots, locks by host, and a resolver that hangs only for the names it hangs on."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest

from daoflow_core.ssh.gate import OnePerKey, Slots
from daoflow_core.ssh.resolve import Resolver


async def hold(slots: Slots, name: str, order: list[str], gate: asyncio.Event, *, patient: bool) -> None:
    async with slots.hold(patient=patient):
        order.append(name)
        await gate.wait()


async def test_people_get_a_freed_slot_before_background_checks():
    slots, order, gate = Slots(1), [], asyncio.Event()
    tasks = [asyncio.create_task(hold(slots, "holder", order, gate, patient=True))]
    await asyncio.sleep(0)
    for name, patient in (("check", True), ("person", False)):
        tasks.append(asyncio.create_task(hold(slots, name, order, gate, patient=patient)))
        await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*tasks)
    assert order == ["holder", "person", "check"]


async def test_cancelled_waiters_lose_no_slot():
    slots, order, gate = Slots(2), [], asyncio.Event()
    tasks = [asyncio.create_task(hold(slots, str(n), order, gate, patient=False)) for n in range(6)]
    await asyncio.sleep(0)
    for task in tasks[2:5]:
        task.cancel()
    gate.set()
    await asyncio.wait(tasks)
    assert order == ["0", "1", "5"]
    async with slots.hold(patient=False), slots.hold(patient=False):
        assert True


async def test_a_waiter_cancelled_as_its_slot_comes_passes_it_on():
    slots = Slots(1)
    async with slots.hold(patient=False):
        waiter = asyncio.create_task(slots._take(slots._urgent))
        await asyncio.sleep(0)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    await asyncio.wait_for(slots._take(slots._urgent), 1)


async def test_locks_by_key_exclude_only_their_own_and_are_forgotten():
    locks = OnePerKey()
    async with locks.hold("a"):
        async with locks.hold("b"):
            pass
        second = asyncio.create_task(locks.hold("a").__aenter__())
        await asyncio.sleep(0.01)
        assert not second.done()
        second.cancel()
        await asyncio.wait([second])
    assert locks._locks == {}


def answers(host: str, port: int):
    return [(socket.AF_INET, ("127.0.0.1", port))]


async def test_a_name_is_looked_up_once_while_fresh():
    asked = []

    def ask(host, port):
        asked.append(host)
        return answers(host, port)

    resolver = Resolver(ask=ask, ttl=60)
    found = await asyncio.gather(*(resolver.addresses("name", 22, 5) for _ in range(10)))
    assert found == [answers("name", 22)] * 10
    assert asked == ["name"]
    stale = Resolver(ask=ask, ttl=0)
    for _ in range(2):
        await stale.addresses("name", 22, 5)
    assert len(asked) == 3


async def test_failures_are_asked_again():
    asked = []

    def ask(host, port):
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    resolver = Resolver(ask=ask, ttl=60)
    for _ in range(2):
        with pytest.raises(socket.gaierror):
            await resolver.addresses("name", 22, 5)
    assert len(asked) == 2


async def test_hanging_names_delay_neither_addresses_nor_other_names():
    release = threading.Event()

    def ask(host, port):
        if host.startswith("hang"):
            release.wait(30)
        return answers(host, port)

    resolver = Resolver(ask=ask)
    hanging = [asyncio.create_task(resolver.addresses(f"hang{n}", 22, 20)) for n in range(24)]
    try:
        await asyncio.sleep(0)
        started = time.monotonic()
        assert await resolver.addresses("192.0.2.7", 22, 1) == [(socket.AF_INET, ("192.0.2.7", 22))]
        assert await resolver.addresses("::1", 22, 1) == [(socket.AF_INET6, ("::1", 22, 0, 0))]
        assert await resolver.addresses("good", 22, 1) == answers("good", 22)
        assert time.monotonic() - started < 1
        with pytest.raises(TimeoutError):
            await resolver.addresses("hang0", 22, 0.05)
    finally:
        release.set()
        await asyncio.gather(*hanging)


async def test_a_name_that_is_no_name_is_a_lookup_failure():
    with pytest.raises(OSError, match="not a host name"):
        await Resolver().addresses("a" * 300, 22, 5)
