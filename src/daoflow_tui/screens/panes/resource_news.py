"""What the store knows of one server's resources, and what the other tabs know that bears on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from daoflow_core.model.needs import Need
from daoflow_core.model.operation import Operation, OperationKind
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.model.samples import Sample
from daoflow_tui.screens.hub_core import failure_of, newest_of
from daoflow_tui.screens.panes.cleanup_news import read_cleanup
from daoflow_tui.screens.panes.cleanup_words import is_expired
from daoflow_tui.widgets.blank import Failed, NextKey

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.cleanup import CleanupPreview

POINTS = 60
AGAIN = (NextKey("c", "try again"), NextKey("L", "read its log"))


@dataclass(frozen=True, slots=True)
class ResourceNews:
    """The newest snapshot and trend, the newest check, the preview that can be run, and what the server needs."""

    snapshot: ResourceSnapshot | None = None
    samples: Sequence[Sample] = ()
    operation: Operation | None = None
    failure: Failed | None = None
    preview: CleanupPreview | None = None
    needs: Sequence[Need] = ()

    @property
    def is_running(self) -> bool:
        """Whether a check is under way, in whichever process."""
        return self.operation is not None and self.operation.completed_at is None


async def read_resources(console: Console, server_id: str, now: datetime) -> ResourceNews:
    """All of it, from the store alone."""
    newest = next(iter(await newest_of(console, server_id, OperationKind.RESOURCE_CHECK)), None)
    snapshot = await console.resources.latest(server_id)
    samples = await console.resources.samples(server_id, limit=POINTS)
    failure = None if newest is None else await failure_of(console, newest, *AGAIN)
    preview = await _runnable(console, server_id, now)
    return ResourceNews(snapshot, samples, newest, failure, preview, await console.resources.needs(server_id))


async def _runnable(console: Console, server_id: str, now: datetime) -> CleanupPreview | None:
    """The newest preview while it can still be run: what an old or used one foretold says nothing of now."""
    news = await read_cleanup(console, server_id, now)
    planned = news.planned
    return None if planned is None or news.is_used or is_expired(planned, now) else planned
