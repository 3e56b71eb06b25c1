"""Recurring readiness checks: one task a server, spread over the interval, polite to hosts that are down."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from daoflow_core.clock import Clock
from daoflow_core.errors import StoreUnusable
from daoflow_core.model.readiness import Readiness, ReadinessStatus

LONGEST_WAIT = 900.0
"""Seconds: the longest pause before a server that keeps failing is asked again."""

INVENTORY_SECONDS = 5.0
"""How soon a server that another process added or changed is noticed."""

LOGINS_PER_SECOND = 40
"""How fast a whole fleet is met at the start: the first round is short for few servers, gentle for many."""

HARD_CODES = frozenset({"ssh-key-refused", "ssh-no-key", "host-key-changed"})
"""Issues that asking again soon can only make worse (a banned address) or can't mend."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a server is asked, given how it last answered."""

    interval: float

    def phase(self, server_id: str) -> float:
        """Where in the interval a server's turn lies: stable over restarts, spread over the fleet."""
        digest = hashlib.blake2b(server_id.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 * self.interval

    def first_wait(self, server_id: str, fleet: int) -> float:
        """Seconds to the very first check: soon, but never more than 40 logins a second over the fleet."""
        return self.phase(server_id) * min(1.0, fleet / LOGINS_PER_SECOND / self.interval)

    def second_wait(self, server_id: str, now: float) -> float:
        """Seconds from the first check to the server's own phase, at least half an interval away."""
        earliest = now + self.interval / 2
        return self.interval / 2 + (self.phase(server_id) - earliest) % self.interval

    def next_wait(self, failures: int, *, hard: bool) -> float:
        """Seconds until the next check after `failures` blocked answers in a row."""
        if not failures:
            return self.interval
        longest = max(LONGEST_WAIT, self.interval)
        wait = longest if hard else min(self.interval * 2 ** min(failures - 1, 16), longest)
        return wait * random.uniform(0.75, 1.25) if failures > 1 or hard else wait  # noqa: S311 - spreads load, guards nothing


def failed_hard(readiness: Readiness) -> bool:
    """Whether a check failed for a reason that only an operator can mend."""
    return any(issue.code in HARD_CODES for issue in readiness.issues)


class Poller:
    """Keeps the readiness of every server current until it is stopped."""

    def __init__(
        self,
        check: Callable[[str], Awaitable[Readiness | None]],
        list_servers: Callable[[], Awaitable[Mapping[str, str]]],
        clock: Clock,
        interval: float,
    ) -> None:
        """`list_servers` gives each server's id and a mark that changes with its settings or its trust."""
        self._check = check
        self._list_servers = list_servers
        self._clock = clock
        self._pace = Pace(interval)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._marks: Mapping[str, str] = {}
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Follow the inventory and poll every server in it, until cancelled; ends its own tasks."""
        try:
            while True:
                self._wake.clear()
                with contextlib.suppress(
                    StoreUnusable
                ):  # a full disk or a busy store passes; the next look counts
                    self._follow(await self._list_servers())
                try:
                    await asyncio.wait_for(self._wake.wait(), min(INVENTORY_SECONDS, self._pace.interval))
                except TimeoutError:
                    continue
        finally:
            await self._stop()

    def inventory_changed(self) -> None:
        """Look at the inventory again now, not in a few seconds."""
        self._wake.set()

    def _follow(self, marks: Mapping[str, str]) -> None:
        """Start a task for each new or changed server, so that a mended one is not left to its long pause."""
        for server_id, task in list(self._tasks.items()):
            if marks.get(server_id) != self._marks.get(server_id):
                task.cancel()
                del self._tasks[server_id]
        self._marks = marks
        for server_id in marks.keys() - self._tasks.keys():
            self._tasks[server_id] = asyncio.create_task(self._poll(server_id), name=f"poll {server_id}")

    async def _poll(self, server_id: str) -> None:
        """Ask one server at its own phase, for ever; a late turn is skipped, never made up for."""
        failures, turns = 0, 0
        due = self._clock.monotonic() + self._pace.first_wait(server_id, len(self._marks))
        while True:
            await asyncio.sleep(max(0.0, due - self._clock.monotonic()))
            try:
                readiness = await self._check(server_id)
            except StoreUnusable:  # the verdict could not be kept; the server gets its next turn
                due = self._clock.monotonic() + self._pace.interval
                continue
            if readiness is None:
                return
            blocked = readiness.status is ReadinessStatus.BLOCKED
            failures = failures + 1 if blocked else 0
            turns += 1
            if turns == 1 and not blocked:
                due = self._clock.monotonic() + self._pace.second_wait(server_id, self._clock.monotonic())
                continue
            wait = self._pace.next_wait(failures, hard=blocked and failed_hard(readiness))
            due = max(due + wait, self._clock.monotonic())

    async def _stop(self) -> None:
        tasks, self._tasks = list(self._tasks.values()), {}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
