"""One errand on many servers as the screens see it; the core's bulk does the work, whatever screen is shown."""

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
    from daoflow_core.console import Console
    from daoflow_core.services.bulk import Turn
    from daoflow_tui.app import DaoFlowApp

KEPT = 5
"""Bulk commands whose progress can still be looked at."""
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
        self._task: asyncio.Task[None] | None = None

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
        self._task = asyncio.create_task(self.program.session.ask(self._work))
        try:
            await self._task
        except asyncio.CancelledError:
            self._close(CANCELLED)
        except DaoflowError as error:
            self._close(refused(error))
        self._tell()

    def cancel(self) -> None:
        """End what runs, and begin nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _work(self, console: Console) -> None:
        """Runs on the core's loop, a few servers at a time."""
        from daoflow_core.services.bulk import Bulk as Servers

        servers = [await console.inventory.find(job.server_id) for job in self.jobs]
        work = Servers(
            servers,
            lambda reference: self.errand.ask(console, reference),
            succeeded=lambda done: done.is_good,
            tell=self._heard,
        )
        await work.run()

    def _heard(self, turn: Turn[Done]) -> None:
        """One server's turn changed; comes from the core's thread, which owns the jobs while it works."""
        now = self.program.desk.clock.monotonic()
        job = next(job for job in self.jobs if job.server_id == turn.server.id)
        if job.began is None:
            job.began = now
        if turn.error is not None or turn.result is not None:
            job.took = now - job.began
            job.done = turn.result if turn.error is None else refused(turn.error)
        self.program.post_message(self.program.News(()))

    def _close(self, ending: Done) -> None:
        """What has no outcome yet gets this one; what never began says so."""
        for job in self.jobs:
            if job.done is None:
                job.done = NEVER_BEGUN if job.began is None and ending is CANCELLED else ending

    def _tell(self) -> None:
        counts = self.counts()
        told = ", ".join(f"{counts[one]} {one}" for one in ("done", "failed", "cancelled") if counts[one])
        whole = counts["done"] == len(self.jobs)
        self.program.notify(
            told, title=self.words, severity="information" if whole else "warning", markup=False
        )
        self.program.read_soon()
        self.program.news.publish(())


def begin(program: DaoFlowApp, errand: Errand, views: Sequence[ServerView]) -> Bulk:
    """Start it; the newest ones are kept for the view of their progress."""
    bulk = Bulk(program, errand, views)
    program.desk.bulks.append(bulk)
    del program.desk.bulks[:-KEPT]
    program.run_worker(bulk.run(), group="bulk")
    return bulk
