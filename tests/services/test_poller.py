"""Recurring checks: everyone gets a turn, nobody gets two, and hosts that are down are left in peace."""

import asyncio
from collections import Counter

import pytest

from daoflow_core.clock import SystemClock
from daoflow_core.errors import StoreBusy, StoreFull
from daoflow_core.model.readiness import Issue, Readiness, ReadinessStatus
from daoflow_core.services.poller import LONGEST_WAIT, Pace, Poller, failed_hard

MINUTE = 60.0


def verdict(server_id, status=ReadinessStatus.READY, code=None):
    issues = (Issue(code, "x", "y"),) if code else ()
    return Readiness(server_id, status, "2026-01-01T00:00:00.000Z", issues)


async def until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


class Fleet:
    """An inventory in memory whose checks are counted."""

    def __init__(self, *server_ids):
        self.marks = dict.fromkeys(server_ids, "1")
        self.checked = Counter()
        self.under_way = Counter()
        self.answer = verdict

    async def list(self):
        return dict(self.marks)

    async def check(self, server_id):
        if server_id not in self.marks:
            return None
        self.under_way[server_id] += 1
        assert self.under_way[server_id] == 1, "one check of a server at a time"
        await asyncio.sleep(0.001)
        self.under_way[server_id] -= 1
        self.checked[server_id] += 1
        return self.answer(server_id)


@pytest.fixture
async def polled():
    tasks = []

    def start(fleet, interval):
        poller = Poller(fleet.check, fleet.list, SystemClock(), interval)
        tasks.append(asyncio.create_task(poller.run()))
        return poller

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_turns_are_stable_over_restarts_and_spread_over_the_interval():
    pace = Pace(MINUTE)
    phases = sorted(pace.phase(f"srv_{n}") for n in range(1000))
    assert phases == sorted(Pace(MINUTE).phase(f"srv_{n}") for n in range(1000))
    tenths = Counter(int(phase // 6) for phase in phases)
    assert len(tenths) == 10
    assert max(tenths.values()) < 140


def test_a_small_fleet_is_met_at_once_and_a_large_one_at_forty_logins_a_second():
    pace = Pace(MINUTE)
    assert max(pace.first_wait(f"srv_{n}", 8) for n in range(8)) <= 0.2
    assert 20 < max(pace.first_wait(f"srv_{n}", 1000) for n in range(1000)) <= 25
    assert max(pace.first_wait(f"srv_{n}", 100_000) for n in range(1000)) <= MINUTE


def test_the_second_turn_finds_the_servers_own_phase_and_leaves_half_an_interval():
    pace = Pace(MINUTE)
    for now in (0.0, 17.3, 59.9, 12345.6):
        wait = pace.second_wait("srv_x", now)
        assert MINUTE / 2 <= wait <= MINUTE * 1.5
        assert (now + wait - pace.phase("srv_x")) % MINUTE == pytest.approx(0, abs=1e-6) or (
            now + wait - pace.phase("srv_x")
        ) % MINUTE == pytest.approx(MINUTE, abs=1e-6)


def test_a_failing_server_is_asked_less_and_less_often_up_to_a_limit():
    pace = Pace(MINUTE)
    waits = [pace.next_wait(failures, hard=False) for failures in range(12)]
    assert waits[0] == waits[1] == MINUTE
    assert all(0.75 * MINUTE * 2 ** (n - 1) <= waits[n] <= 1.25 * MINUTE * 2 ** (n - 1) for n in (2, 3))
    assert all(wait <= LONGEST_WAIT * 1.25 for wait in waits)


@pytest.mark.parametrize("code", ["ssh-key-refused", "ssh-no-key", "host-key-changed"])
def test_what_only_an_operator_can_mend_is_not_asked_again_for_long(code):
    readiness = verdict("srv_x", ReadinessStatus.BLOCKED, code)
    assert failed_hard(readiness)
    assert Pace(MINUTE).next_wait(1, hard=True) >= LONGEST_WAIT * 0.75


async def test_every_server_gets_its_turns(polled):
    fleet = Fleet("a", "b", "c")
    polled(fleet, 0.05)
    await until(lambda: all(fleet.checked[name] >= 3 for name in "abc"))


async def test_a_new_server_is_taken_up_and_a_removed_one_is_left_alone(polled):
    fleet = Fleet("a")
    poller = polled(fleet, 0.05)
    await until(lambda: fleet.checked["a"])
    fleet.marks = {"b": "1"}
    poller.inventory_changed()
    await until(lambda: fleet.checked["b"] >= 2)
    before = fleet.checked["a"]
    await until(lambda: fleet.checked["b"] >= 4)
    assert fleet.checked["a"] == before


async def test_a_mended_server_does_not_sit_out_its_long_pause(polled):
    fleet = Fleet("a")
    fleet.answer = lambda name: verdict(name, ReadinessStatus.BLOCKED, "ssh-no-key")
    poller = polled(fleet, 0.05)
    await until(lambda: fleet.checked["a"] == 1)
    fleet.marks = {"a": "2"}
    poller.inventory_changed()
    await until(lambda: fleet.checked["a"] == 2)


async def test_cancelling_the_poller_ends_every_task():
    fleet = Fleet("a", "b")
    task = asyncio.create_task(Poller(fleet.check, fleet.list, SystemClock(), 0.05).run())
    await until(lambda: fleet.checked["a"] and fleet.checked["b"])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [one for one in asyncio.all_tasks() if one.get_name().startswith("poll ")] == []


async def test_a_verdict_that_could_not_be_stored_costs_a_turn_and_not_the_server(polled):
    fleet = Fleet("a")

    def full_at_first(server_id):
        if fleet.checked[server_id] == 1:
            raise StoreFull("The disk is full.")
        return verdict(server_id)

    fleet.answer = full_at_first
    polled(fleet, 0.05)
    await until(lambda: fleet.checked["a"] >= 3)


async def test_an_inventory_that_could_not_be_read_is_read_again(polled):
    fleet = Fleet("a")
    looks = Counter()

    async def busy_at_first():
        looks["n"] += 1
        if looks["n"] == 1:
            raise StoreBusy("The store is busy.")
        return dict(fleet.marks)

    fleet.list = busy_at_first
    polled(fleet, 0.05)
    await until(lambda: fleet.checked["a"])
