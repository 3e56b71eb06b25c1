"""What the store knows of one server's stacks, and why the plan on screen can't be applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from daoflow_core.model.operation import Operation, OperationKind
from daoflow_core.model.stack import StackPlan, StackRevision, StackRun, StackStanding
from daoflow_tui.screens.hub_core import failure_of, newest_of
from daoflow_tui.widgets.blank import Failed, NextKey

if TYPE_CHECKING:
    from daoflow_core.console import Console

CHANGES = (OperationKind.STACK_DEPLOY, OperationKind.STACK_ROLLBACK, OperationKind.STACK_REMOVE)
KINDS = (OperationKind.STACK_PLAN, *CHANGES)
AGAIN = (NextKey("p", "plan again"), NextKey("L", "read its log"), NextKey("c", "check the server first"))


@dataclass(frozen=True)
class StackNews:
    """Stacks with their revisions, and the newest operation on any of them; each is parsed once."""

    standings: Sequence[StackStanding] = ()
    revisions: Mapping[str, Sequence[StackRevision]] = field(default_factory=dict)
    newest: Operation | None = None
    failure: Failed | None = None
    why: str | None = None

    @property
    def running(self) -> Operation | None:
        """A plan or a change under way, in whichever process."""
        return self.newest if self.newest is not None and self.newest.completed_at is None else None

    @cached_property
    def plan(self) -> StackPlan | None:
        """What the newest operation says, when it is a plan."""
        if self.newest is None or self.newest.kind is not OperationKind.STACK_PLAN or not self.newest.result:
            return None
        return StackPlan.of(self.newest.result)

    @cached_property
    def ran(self) -> StackRun | None:
        """How the newest change went, while it is the newest thing that happened."""
        if self.newest is None or self.newest.kind not in CHANGES or not self.newest.result:
            return None
        return StackRun.of(self.newest.result)


async def read_stacks(console: Console, server_id: str) -> StackNews:
    """All of it, from the store alone."""
    standings = await console.stacks.standings(server_id)
    revisions = {one.stack: (await console.stacks.show(server_id, one.stack))[1] for one in standings}
    newest = next(iter(await newest_of(console, server_id, *KINDS)), None)
    failure = None if newest is None else await failure_of(console, newest, *AGAIN)
    news = StackNews(standings, revisions, newest, failure)
    if news.plan is None or newest is None or news.running is not None:
        return news
    return StackNews(standings, revisions, newest, failure, await console.stacks.why_not(newest))
