"""One errand on many servers, a few at a time; it goes on whatever screen is shown, until done or cancelled."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError
from daoflow_tui.screens.errands import Done, Errand, refused
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.widgets.state_mark import Role, State

if TYPE_CHECKING:
    from daoflow_tui.app import DaoFlowApp

AT_ONCE = 8
"""Servers asked at the same time."""
CANCELLED = Done(State("cancelled", Role.OLD), "cancelled before it was done", None)
NEVER_BEGUN = Done(State("cancelled", Role.OLD), "cancelled before it began: nothing was asked", None)


@dataclass(slots=True)
class Job:
    """One server's part: when it began, how long it took, how it went."""

    server_id: str
    name: str
    began: float | None = None
    took: float | None = None
    done: Done | None = None

    @property
    def standing(self) -> str:
        """`left`, `running`, `done`, `failed` or `cancelled`."""
        if self.done is None:
            return "left" if self.began is None else "running"
        if self.done.state.role is Role.OLD:
            return "cancelled"
        return "done" if self.done.is_good else "failed"


class Bulk:
    """All parts of one bulk command, in the order of the list."""

    def __init__(self, program: DaoFlowApp, errand: Errand, views: Sequence[ServerView]) -> None:
        self.program, self.errand = program, errand
        self.jobs = [Job(view.id, view.name) for view in views]
        self._tasks: list[asyncio.Task[None]] = []
        self._seats = asyncio.Semaphore(AT_ONCE)

    @property
    def is_open(self) -> bool:
        """Whether something still runs or is left."""
        return any(job.done is None for job in self.jobs)

    def counts(self) -> Counter[str]:
        """How many servers stand how."""
        return Counter(job.standing for job in self.jobs)

    @property
    def words(self) -> str:
        """`cleanup previews of 12 servers`."""
        return f"{self.errand.plural} of {len(self.jobs)} servers"

    async def run(self) -> None:
        """Ask every server; ends when each has its outcome."""
        self._tasks = [asyncio.create_task(self._see_through(job)) for job in self.jobs]
        await asyncio.gather(*self._tasks, return_exceptions=True)
        counts = self.counts()
        told = ", ".join(f"{counts[one]} {one}" for one in ("done", "failed", "cancelled") if counts[one])
        severity = "information" if counts["done"] == len(self.jobs) else "warning"
        self.program.notify(
            told,
            title=f"{self.words}",
            severity="warning" if severity == "warning" else "information",
            markup=False,
        )
        self.program.read_soon()

    def cancel(self) -> None:
        """End what runs, and begin nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _see_through(self, job: Job) -> None:
        clock = self.program.desk.clock
        try:
            async with self._seats:
                job.began = clock.monotonic()
                job.done = await self.program.session.ask(
                    lambda console: self.errand.ask(console, job.server_id)
                )
        except DaoflowError as error:
            job.done = refused(error)
        except asyncio.CancelledError:
            job.done = NEVER_BEGUN if job.began is None else CANCELLED
        finally:
            if job.began is not None:
                job.took = clock.monotonic() - job.began
            self.program.news.publish(())


def begin(program: DaoFlowApp, errand: Errand, views: Sequence[ServerView]) -> Bulk:
    """Start it; the newest one is kept for the view of its progress."""
    bulk = Bulk(program, errand, views)
    program.desk.bulks.append(bulk)
    del program.desk.bulks[:-KEPT]
    program.run_worker(bulk.run(), group="bulk")
    return bulk


KEPT = 5
