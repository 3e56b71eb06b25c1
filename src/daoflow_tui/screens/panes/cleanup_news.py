"""What the store knows of one server's cleanups, and why the newest preview can't be run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from daoflow_core.model.cleanup import CleanupPreview, CleanupRun
from daoflow_core.model.operation import Operation, OperationKind
from daoflow_tui.screens.hub_core import failure_of, newest_of
from daoflow_tui.screens.panes.cleanup_result import run_of
from daoflow_tui.screens.panes.cleanup_words import is_expired, preview_of, unanswered
from daoflow_tui.widgets.blank import Failed, NextKey

if TYPE_CHECKING:
    from daoflow_core.console import Console

RUNS = 20
"""Earlier runs shown; tab 6 has all of them."""
AGAIN = (NextKey("p", "preview again"), NextKey("L", "read its log"), NextKey("c", "check the server first"))


@dataclass(frozen=True)
class CleanupNews:
    """The newest operation of the two kinds, the newest completed preview, and the runs so far; each is parsed once."""

    newest: Operation | None = None
    preview: Operation | None = None
    runs: Sequence[Operation] = ()
    failure: Failed | None = None
    why: str | None = None

    @cached_property
    def planned(self) -> CleanupPreview | None:
        """What the preview on screen says."""
        return preview_of(self.shown)

    @cached_property
    def shown(self) -> Operation | None:
        """The newest completed preview, or a newer one that failed and still tells what it saw; that can't be run."""
        newest = self.newest
        if (
            newest is not None
            and newest.kind is OperationKind.CLEANUP_PREVIEW
            and preview_of(newest) is not None
        ):
            return newest
        return self.preview

    @property
    def running(self) -> Operation | None:
        """A preview or a run that has not ended, of whichever process."""
        return self.newest if self.newest is not None and self.newest.completed_at is None else None

    @cached_property
    def ran(self) -> CleanupRun | None:
        """The result of a run, while it is the newest thing that happened."""
        return run_of(self.newest)

    @cached_property
    def is_used(self) -> bool:
        """Whether the newest preview was run already."""
        used = {run.preview_id for one in self.runs if (run := run_of(one)) is not None}
        return self.shown is not None and self.shown.id in used


async def read_cleanup(console: Console, server_id: str, now: datetime) -> CleanupNews:
    """All of it, from the store alone."""
    kinds = (OperationKind.CLEANUP_PREVIEW, OperationKind.CLEANUP_RUN)
    newest = next(iter(await newest_of(console, server_id, *kinds)), None)
    runs = await newest_of(console, server_id, OperationKind.CLEANUP_RUN, limit=RUNS)
    preview = await console.cleanup.newest_preview(server_id)
    why = None if preview is None else await console.cleanup.why_not_run(preview, now)
    failure = None if newest is None else await failure_of(console, newest, *AGAIN)
    news = CleanupNews(newest, preview, runs, failure, why)
    _ = (
        news.planned,
        news.ran,
        news.is_used,
    )  # parsed here, in the core's thread: thousands of items take a while
    return news


def why_off(news: CleanupNews, wants_volumes: bool | None, now: datetime) -> str | None:
    """Why the preview on screen can't be run, in a full sentence; the core asks all of it again."""
    planned = news.planned
    if news.running is not None:
        kind = news.running.kind.value.replace("_", " ")
        return f"A {kind} is under way; wait until it ended, or cancel it on tab 6."
    if planned is None:
        return "There is no preview to run yet: p makes one."
    if wants_volumes is not None and wants_volumes is not planned.include_volumes:
        turned = "in" if wants_volumes else "out"
        return f"Volumes were taken {turned} after this preview, which voids it: p makes the other one."
    if news.is_used:
        return "This preview was run already, and serves one run only: p makes a new one."
    if is_expired(planned, now):
        return "This preview is older than 30 minutes, so it may be wrong by now: p makes a new one."
    if not planned.complete:
        return f"This preview is not complete: {'; '.join(unanswered(planned)) or 'not every question was answered'}."
    if not planned.item_count:
        return "There is nothing to clean: the preview lists no item."
    return news.why
