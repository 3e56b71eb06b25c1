"""Plans for a swarm: what another availability of a node, or another number of replicas, would do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from daoflow_core.clock import Clock, parse_stamp, stamp
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.model.swarm import Availability, SwarmTopology
from daoflow_core.model.swarm_plans import PLAN_MINUTES, NodePlan, PlainContainers, ScalePlan
from daoflow_core.ports import Database, Transaction
from daoflow_core.services.cleanup_rules import boot_id
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.services.swarm import SwarmService
from daoflow_core.services.swarm_judgement import find_node, find_service, refuse_unsafe, replicas
from daoflow_core.services.swarm_plain import PlainContainerService
from daoflow_core.services.swarm_planned import node_plan, node_summary, scale_plan, scale_summary
from daoflow_core.services.targets import Targets
from daoflow_core.store import operations
from daoflow_core.store import swarm as snapshots

PLAN_NODE = Undertaking(
    OperationKind.SWARM_NODE_AVAILABILITY_PLAN,
    "server.swarm.node.plan",
    "Node availability plan",
    dry_run=True,
)
PLAN_SCALE = Undertaking(
    OperationKind.SWARM_SERVICE_SCALE_PLAN, "server.swarm.service.plan", "Service scale plan", dry_run=True
)


class SwarmPlanService:
    """Records plans; each observes the swarm anew and keeps that snapshot too."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        swarm: SwarmService,
        plain: PlainContainerService,
        targets: Targets,
        clock: Clock,
    ) -> None:
        self._database = database
        self._operations = operations
        self._swarm = swarm
        self._plain = plain
        self._targets = targets
        self._clock = clock

    async def node(self, reference: str, node: str, availability: Availability) -> Operation:
        """Record what an availability of a node would do; its result is a NodePlan.

        Raises NotFound and Conflict for the node, UnsafeOperation for the last manager that answers, and as `refresh`.
        """
        await self._swarm.permitted(reference, PLAN_NODE.action)

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            base = await self._base(server, handle)
            seen = (await self._swarm.look(server, handle)).topology
            chosen = find_node(seen, node)
            refuse_unsafe(seen, chosen, availability)
            stay = PlainContainers(known=True)
            if availability == "drain":
                stay = await self._plain.of(server, chosen, handle)
            plan = node_plan(seen, chosen, availability, stay, base)
            return _recorded(server, seen, node_summary(plan), plan)

        return await self._operations.run(reference, PLAN_NODE, work)

    async def scale(self, reference: str, service: str, number: int) -> Operation:
        """Record what a number of replicas would do; its result is a ScalePlan.

        Raises NotFound for the service, Unscalable for a global one or a job, InvalidInput, and as `refresh`.
        """
        wanted = replicas(number)
        await self._swarm.permitted(reference, PLAN_SCALE.action)

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            base = await self._base(server, handle)
            seen = (await self._swarm.look(server, handle)).topology
            plan = scale_plan(seen, find_service(seen, service), wanted, base)
            return _recorded(server, seen, scale_summary(plan), plan)

        return await self._operations.run(reference, PLAN_SCALE, work)

    async def newest(self, server_id: str) -> Operation | None:
        """The newest plan of a server that completed, of either kind, or None."""
        found: list[Operation] = []
        for kind in (OperationKind.SWARM_NODE_AVAILABILITY_PLAN, OperationKind.SWARM_SERVICE_SCALE_PLAN):
            found += await operations.newest(
                self._database, server_id=server_id, kind=kind, status=OperationStatus.COMPLETED, limit=1
            )
        return max(found, key=lambda one: one.id, default=None)

    async def _base(self, server: Server, handle: OperationHandle) -> Mapping[str, object]:
        """When and on which host a plan is made."""
        began = handle.operation.started_at
        return {
            "planned_at": began,
            "expires_at": stamp(parse_stamp(began) + timedelta(minutes=PLAN_MINUTES)),
            "host_key_fingerprint": await self._targets.fingerprint(server),
            "boot_id": boot_id(),
            "monotonic_seconds": self._clock.monotonic(),
        }


def _recorded(server: Server, seen: SwarmTopology, words: str, plan: NodePlan | ScalePlan) -> Outcome:
    async def keep(transaction: Transaction, operation_id: str) -> None:
        await snapshots.keep(transaction, server.id, operation_id, seen)

    return Outcome(OperationStatus.COMPLETED, f"{server.name}: {words}", plan.document(), also=keep)
