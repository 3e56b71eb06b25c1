"""The topology of a swarm: observed through its manager in one round trip, recorded, kept."""

from __future__ import annotations

from dataclasses import dataclass

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import DaoflowError, OutcomeUnknown
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.server import Server, ServerKind
from daoflow_core.model.steps import Step, StepReply
from daoflow_core.model.swarm import Source, SwarmTopology
from daoflow_core.parse.swarm import read_self, read_topology
from daoflow_core.ports import Database, Transaction
from daoflow_core.services import docker_issues
from daoflow_core.services.access import Access
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.store import swarm as snapshots
from daoflow_core.swarm_errors import NotSwarmManager, SwarmUnusable
from daoflow_core.text import decode

REFRESH = Undertaking(
    OperationKind.SWARM_TOPOLOGY_REFRESH, "server.swarm.topology.refresh", "Swarm topology refresh"
)
OBSERVE_SECONDS = 90.0
"""What a whole observation may take; the engine itself gives up on a lost leader after 20 s."""
OUTPUT_BYTES = 64 * 1024 * 1024
OBSERVE = "dft_limit=10 && dft_reach_docker && dft_swarm_observe"


@dataclass(frozen=True, slots=True)
class Look:
    """One observation: the topology, and the reply of the host for what else was asked with it."""

    topology: SwarmTopology
    reply: StepReply


class SwarmService:
    """Observes swarms and keeps the newest snapshot of each."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        scripts: HostScripts,
        inventory: Inventory,
        access: Access,
        clock: Clock,
    ) -> None:
        self._database = database
        self._operations = operations
        self._scripts = scripts
        self._inventory = inventory
        self._access = access
        self._clock = clock

    async def refresh(self, reference: str, *, source: Source = "manual") -> Operation:
        """Observe a swarm as a recorded operation, and keep the snapshot; its result is `{topology}`.

        Raises NotSwarmManager before anything is recorded, SwarmUnusable when the manager can't speak for a swarm, and
        what keeps a script from being sent or answered.
        """
        await self.permitted(reference, REFRESH.action)

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            seen = (await self.look(server, handle, source=source)).topology

            async def keep(transaction: Transaction, operation_id: str) -> None:
                await snapshots.keep(transaction, server.id, operation_id, seen)

            return Outcome(
                OperationStatus.COMPLETED, words_of(server, seen), {"topology": seen.document()}, also=keep
            )

        return await self._operations.run(reference, REFRESH, work)

    async def after_check(self, server: Server, readiness: Readiness, *, registering: bool) -> None:
        """Refresh the snapshot of a manager that an operator has just had checked; what fails stands in the records."""
        if server.kind is not ServerKind.SWARM_MANAGER or readiness.swarm_state != "active":
            return
        if any(one.code in docker_issues.SWARM_BLOCKERS for one in readiness.issues):
            return
        if await self._access.refusal(REFRESH.action, f"server/{server.id}") is not None:
            return
        try:
            await self.refresh(server.id, source="registration" if registering else "discovered")
        except DaoflowError:
            return  # the operation tells it; the check itself is done

    async def latest(self, server_id: str) -> SwarmTopology | None:
        """The newest snapshot of a server's swarm, or None before its first."""
        return await snapshots.latest(self._database, server_id)

    async def permitted(self, reference: str, action: str) -> Server:
        """A server that is registered as a Swarm manager, and on which this principal may do an action.

        Raises NotFound, ScopeDenied, ReadOnly or NotSwarmManager.
        """
        server = await self._inventory.find(reference)
        await self._access.require(action, f"server/{server.id}", server_read_only=server.read_only)
        if server.kind is ServerKind.SWARM_MANAGER:
            return server
        raise NotSwarmManager(
            f"{server.name} is not registered as a Swarm manager.",
            why="It is registered as a plain engine, so no swarm was asked.",
            next_step=f"If it is one: `server update --server {server.name} --kind docker-swarm-manager --yes`.",
            server=server.name,
        )

    async def look(
        self,
        server: Server,
        handle: OperationHandle,
        *,
        source: Source = "discovered",
        also: str = "",
        quiet: bool = False,
    ) -> Look:
        """Observe a swarm now; `also` is a further question of swarm.sh, `quiet` keeps the answers out of the log.

        Raises SwarmUnusable, TimedOut or OutcomeUnknown.
        """
        reply = await self._scripts.run(
            server,
            handle,
            "swarm",
            then=f"{OBSERVE} && {also}" if also else OBSERVE,
            timeout=OBSERVE_SECONDS,
            limit=OUTPUT_BYTES,
            quiet=quiet,
        )
        topology = read_topology(
            reply, observed_at=stamp(self._clock.now()), unnamed=server.name, source=source
        )
        if topology is None:
            raise _unusable(server, reply)
        return Look(topology, reply)


def words_of(server: Server, seen: SwarmTopology) -> str:
    """A swarm in one sentence."""
    total, quorum = seen.summary, seen.quorum
    return (
        f"{server.name}: {total.node_count} nodes ({total.manager_count} managers, {total.worker_count} workers), "
        f"{total.active_node_count} active, {total.reachable_node_count} reachable; {len(seen.services)} services; "
        f"{quorum.reachable} of {quorum.managers} managers answer."
    )


def _unusable(server: Server, reply: StepReply) -> DaoflowError:
    """Why there is no topology: the first question that stayed unanswered says it."""
    engine = reply["engine"]
    if engine.status not in (0, None):
        issue = docker_issues.engine_down(server, decode(engine.stderr.strip()))
        return SwarmUnusable(issue.message, why=_told(engine), next_step=issue.next_step)
    facts = read_self(reply["swarm"])
    told = [
        reply[name] for name in ("swarm", "nodes", "services", "replicas", "tasks") if reply[name].command
    ]
    failed = next((step for step in told if not step.succeeded), None)
    if failed is not None and facts.fault is None:
        facts = docker_issues.with_trouble(facts, _told(failed), timed_out=failed.status == 124)
    issue_or_none = docker_issues.swarm_issue(server, facts) if reply["swarm"].command else None
    if issue_or_none is None or (failed is None and reply.error is not None):
        return reply.error or OutcomeUnknown(
            f"{server.name} answered nothing about its swarm that can be read.",
            next_step="The log of the operation shows what it said.",
        )
    error = SwarmUnusable(issue_or_none.message, why=_told(failed), next_step=issue_or_none.next_step)
    error.code = issue_or_none.code.upper().replace("-", "_")
    return error


def _told(step: Step | None) -> str:
    """The host's own words about a step that failed."""
    return "" if step is None else decode(step.stderr.strip().split(b"\n")[-1])
