"""What the store knows of one manager's swarm: the snapshot, the newest plan or change, and why it can't be applied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.swarm import SwarmTopology
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan, SwarmUpdate
from daoflow_tui.screens.hub_core import failure_of, newest_of
from daoflow_tui.widgets.blank import Failed, NextKey

if TYPE_CHECKING:
    from daoflow_core.console import Console

REFRESH = OperationKind.SWARM_TOPOLOGY_REFRESH
PLANS = (OperationKind.SWARM_NODE_AVAILABILITY_PLAN, OperationKind.SWARM_SERVICE_SCALE_PLAN)
UPDATES = (OperationKind.SWARM_NODE_AVAILABILITY_UPDATE, OperationKind.SWARM_SERVICE_SCALE_UPDATE)
AGAIN = (NextKey("c", "observe again"), NextKey("p", "plan again"), NextKey("L", "read its log"))


@dataclass(frozen=True)
class SwarmNews:
    """The newest snapshot; the newest operation on the swarm; the newest plan that completed, and what keeps it off."""

    topology: SwarmTopology | None = None
    newest: Operation | None = None
    plan: Operation | None = None
    failure: Failed | None = None
    why: str | None = None

    @property
    def running(self) -> Operation | None:
        """What has not ended, of whichever process."""
        return self.newest if self.newest is not None and self.newest.completed_at is None else None

    @property
    def failed(self) -> bool:
        """Whether the newest thing that was asked did not come to a result."""
        return self.newest is not None and self.failure is not None and not self.newest.result

    @cached_property
    def planned(self) -> NodePlan | ScalePlan | None:
        """What the newest plan says."""
        plan = self.plan
        if plan is None or not plan.result:
            return None
        return NodePlan.of(plan.result) if plan.kind is PLANS[0] else ScalePlan.of(plan.result)

    @cached_property
    def result(self) -> SwarmUpdate | None:
        """How the newest change went, until something was planned after it."""
        newest = self.newest
        if newest is None or newest.kind not in UPDATES or not newest.result:
            return None
        return SwarmUpdate.of(newest.result)


async def read_swarm(console: Console, server_id: str) -> SwarmNews:
    """All of it, from the store alone."""
    topology = await console.swarm.latest(server_id)
    newest = next(iter(await newest_of(console, server_id, REFRESH, *PLANS, *UPDATES)), None)
    if newest is not None and newest.kind is REFRESH and newest.status is OperationStatus.COMPLETED:
        newest = next(
            iter(await newest_of(console, server_id, *PLANS, *UPDATES)), None
        )  # a look changes no plan
    plan = await console.swarm_plans.newest(server_id)
    why = None if plan is None else await console.swarm_changes.why_not(plan)
    failure = None if newest is None else await failure_of(console, newest, *AGAIN)
    news = SwarmNews(topology, newest, plan, failure, why)
    _ = (news.planned, news.result)  # parsed here, in the core's thread
    return news
