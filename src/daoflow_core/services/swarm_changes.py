"""Changes of a swarm: apply one plan, once, if it still holds."""

from __future__ import annotations

from collections.abc import Callable

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, NotFound
from daoflow_core.model.operation import Operation, OperationKind, Stream
from daoflow_core.model.server import Server
from daoflow_core.model.swarm import Availability, SwarmTopology
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan
from daoflow_core.ports import Database, Transaction
from daoflow_core.services import swarm_rules
from daoflow_core.services.access import Access
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.services.swarm import SwarmService
from daoflow_core.services.swarm_apply import Apply, Kind, P, Parts
from daoflow_core.services.swarm_ground import ground_of_node, ground_of_service
from daoflow_core.services.swarm_judgement import consequences, find_node, find_service, refuse_unsafe
from daoflow_core.services.swarm_outcome import node_progress, node_update, scale_progress, scale_update
from daoflow_core.services.targets import Targets
from daoflow_core.store import swarm as store
from daoflow_core.swarm_errors import PlanExpired, PlanMismatch, PlanUsed

TIMEOUT_SECONDS = 120.0
"""How long a change is waited for unless told."""
POLL_SECONDS = 1.5
RULES = (PlanMismatch, PlanExpired, PlanUsed, Conflict)
"""What an apply is refused with before anything is recorded of it or sent."""


def _ground_of_node(plan: NodePlan, now: SwarmTopology) -> dict[str, str]:
    node = now.node(plan.node_id)
    if node is None:
        return {"swarm": now.cluster_id}  # what is missing makes the plan stale, and says so
    refuse_unsafe(now, node, plan.after)
    return ground_of_node(now, node, consequences(now, node, plan.after))


def _ground_of_scale(plan: ScalePlan, now: SwarmTopology) -> dict[str, str]:
    try:
        service = find_service(now, plan.service_id)
    except NotFound:
        return {"swarm": now.cluster_id}
    return ground_of_service(now, service, grows=plan.after > plan.before)


def _change_node(plan: NodePlan, now: SwarmTopology) -> list[str]:
    node = find_node(now, plan.node_id)
    words = ["node", "update", "--availability", plan.after, plan.node_id]
    return ["node", plan.node_id, str(node.version), *words]


def _change_scale(plan: ScalePlan, now: SwarmTopology) -> list[str]:
    service = find_service(now, plan.service_id)
    words = ["service", "scale", "--detach", f"{plan.service_id}={plan.after}"]
    return ["service", plan.service_id, str(service.version), *words]


NODE: Kind[NodePlan] = Kind(
    Undertaking(
        OperationKind.SWARM_NODE_AVAILABILITY_UPDATE, "server.swarm.node.update", "Node availability update"
    ),
    OperationKind.SWARM_NODE_AVAILABILITY_PLAN,
    _ground_of_node,
    _change_node,
    lambda plan: f"dft_swarm_leaving {plan.node_id}",
    node_progress,
    node_update,
)
SCALE: Kind[ScalePlan] = Kind(
    Undertaking(OperationKind.SWARM_SERVICE_SCALE_UPDATE, "server.swarm.service.scale", "Service scale"),
    OperationKind.SWARM_SERVICE_SCALE_PLAN,
    _ground_of_scale,
    _change_scale,
    lambda _plan: "",
    lambda plan, _before, now, _leaving: scale_progress(plan, now),
    lambda plan_id, plan, before, now, _leaving, seconds, code: scale_update(
        plan_id, plan, before, now, seconds, code
    ),
)


class SwarmChangeService:
    """Applies plans; each apply is one recorded operation that uses its plan up."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        scripts: HostScripts,
        inventory: Inventory,
        swarm: SwarmService,
        targets: Targets,
        access: Access,
        clock: Clock,
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._database = database
        self._operations = operations
        self._scripts = scripts
        self._inventory = inventory
        self._swarm = swarm
        self._targets = targets
        self._access = access
        self._clock = clock
        self._poll_seconds = poll_seconds

    async def update_node(
        self,
        reference: str,
        node: str,
        availability: Availability,
        *,
        plan: str,
        timeout: float = TIMEOUT_SECONDS,
    ) -> Operation:
        """Set a node's availability as the plan with this id foretells; the result is a SwarmUpdate.

        Raises PlanMismatch, PlanExpired, PlanUsed, and Conflict while another change runs, before anything is
        recorded or sent; PlanStale and UnsafeOperation after a fresh look, before anything is changed.
        """
        return await self._apply(
            reference,
            plan,
            NODE,
            lambda one: {
                "node": (node, (one.node, one.node_id)),
                "availability": (availability, (one.after,)),
            },
            timeout,
        )

    async def scale(
        self, reference: str, service: str, replicas: int, *, plan: str, timeout: float = TIMEOUT_SECONDS
    ) -> Operation:
        """Set a service's replicas as the plan with this id foretells; the result is a SwarmUpdate. Raises the same."""
        return await self._apply(
            reference,
            plan,
            SCALE,
            lambda one: {
                "service": (service, (one.service, one.service_id, one.service_id[:12])),
                "replicas": (replicas, (one.after,)),
            },
            timeout,
        )

    async def permit(self, reference: str, *, node: bool) -> None:
        """Whether this principal may change a node, or a service, through a server: before a plan is made for it.

        Raises NotFound, ScopeDenied, ReadOnly or NotSwarmManager.
        """
        await self._swarm.permitted(reference, (NODE if node else SCALE).undertaking.action)

    async def why_not(self, plan: Operation) -> str | None:
        """A sentence that says why a plan can't be applied now, or None; records nothing, asks no host."""
        kind = NODE if plan.kind is NODE.plans else SCALE
        server = await self._inventory.find(plan.server_id)
        off = self._access.why_not(kind.undertaking.action, server_read_only=server.read_only)
        if off is not None:
            return off
        running = await store.running(self._database, server.id)
        if running is not None:
            return swarm_rules.busy(server, running).message
        refusal = await swarm_rules.why_not(self._database, plan, server, await self._moment(server))
        return None if refusal is None else refusal.message

    async def _apply(
        self,
        reference: str,
        plan_id: str,
        kind: Kind[P],
        asked: Callable[[P], dict[str, tuple[object, tuple[object, ...]]]],
        timeout: float,
    ) -> Operation:
        action = kind.undertaking.action
        server = await self._swarm.permitted(reference, action)
        try:
            recorded = await swarm_rules.choose(self._database, server, plan_id, kind.plans)
            moment = await self._moment(server)
            refusal = await swarm_rules.why_not(self._database, recorded, server, moment)
            if refusal is not None:
                raise refusal
            planned: P = swarm_rules.read(recorded)  # type: ignore[assignment]
            swarm_rules.refuse_other(recorded, asked(planned))
            return await self._run(server, recorded, planned, kind, moment, timeout)
        except RULES as refused:
            if "operationId" not in refused.details:  # nothing began, so no operation tells of it
                await self._access.refused(action, f"server/{server.id}", refused.message)
            raise

    async def _run(
        self,
        server: Server,
        recorded: Operation,
        planned: P,
        kind: Kind[P],
        moment: swarm_rules.Moment,
        timeout: float,
    ) -> Operation:
        async def take(transaction: Transaction, run_id: str) -> None:
            """Hold the plan and the manager for this apply alone; what another took meanwhile is refused."""
            other = await store.running(transaction, server.id, but=run_id)
            if other is not None:
                raise swarm_rules.busy(server, other)
            refusal = await swarm_rules.why_not(transaction, recorded, server, moment)
            if refusal is not None:
                raise refusal
            await store.use(transaction, recorded.id, run_id, stamp(self._clock.now()))

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            handle.log(Stream.INFO, f"applies the plan {recorded.id}: {planned.summary}")
            return await Apply(self._parts, server, handle, recorded.id, planned, kind, timeout).go()

        try:
            return await self._operations.run(server.id, kind.undertaking, work, also=take)
        except Conflict as conflict:
            running = await store.running(self._database, server.id)
            if running is None or conflict.details.get("columns") != ["operations.server_id"]:
                raise
            raise swarm_rules.busy(server, running) from None  # the store lets one in, whoever comes first

    @property
    def _parts(self) -> Parts:
        return Parts(self._swarm, self._scripts, self._targets, self._clock, self._poll_seconds)

    async def _moment(self, server: Server) -> swarm_rules.Moment:
        fingerprint = await self._targets.fingerprint(server)
        return swarm_rules.Moment(self._clock.now(), self._clock.monotonic(), fingerprint)
