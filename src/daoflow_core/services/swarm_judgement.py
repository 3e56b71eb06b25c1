"""What a change of a swarm would do, told from a topology; pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from daoflow_core.errors import Conflict, InvalidInput, NotFound
from daoflow_core.model.swarm import Availability, SwarmNode, SwarmService, SwarmTopology
from daoflow_core.model.swarm_plans import PlainContainers, ServiceMove, ServiceTasks
from daoflow_core.services.swarm_placement import Forecast, fits, holding
from daoflow_core.swarm_errors import UnsafeOperation, Unscalable

MOST_COUNTED = 1000
"""So many more tasks are counted; beyond that a capacity is past counting."""


@dataclass(slots=True)
class Consequences:
    """What another availability does to the tasks of a swarm."""

    moves: list[ServiceMove] = field(default_factory=list)
    stops: list[ServiceTasks] = field(default_factory=list)
    starts: list[ServiceTasks] = field(default_factory=list)

    def touched(self) -> set[str]:
        """The ids of every service in it."""
        return {one.service_id for one in self.moves} | {
            one.service_id for one in (*self.stops, *self.starts)
        }


def find_node(topology: SwarmTopology, wanted: str) -> SwarmNode:
    """The node with this id, else the only one with this hostname. Raises NotFound or Conflict."""
    exact = topology.node(wanted)
    named = [one for one in topology.nodes if one.name == wanted]
    if exact is not None or len(named) == 1:
        return exact or named[0]
    if named:
        told = ", ".join(f"{one.id} ({one.state}, {one.host or 'no address'})" for one in named)
        raise Conflict(
            f"{len(named)} nodes are called {wanted[:80]!a}.",
            why=f"They are {told}.",
            next_step="Name the node by its id; a dead one goes with `docker node rm` on a manager.",
            nodes=[one.id for one in named],
        )
    raise NotFound(
        f"The swarm has no node {wanted[:80]!a}.",
        why=f"Its nodes are {', '.join(one.name for one in topology.nodes)}.",
        next_step="`server ops swarm refresh-topology` shows names and ids.",
        node=wanted[:80],
    )


def find_service(topology: SwarmTopology, wanted: str) -> SwarmService:
    """The service with this name, or with this id, whole or as `docker service ls` shows it. Raises NotFound."""
    for one in topology.services:
        if wanted in (one.name, one.id, one.id[:12]):
            return one
    raise NotFound(
        f"The swarm has no service {wanted[:180]!a}.",
        why=f"Its services are {', '.join(one.name for one in topology.services) or 'none'}.",
        next_step="`server ops swarm refresh-topology` shows names and ids.",
        service=wanted[:180],
    )


def refuse_unscalable(service: SwarmService) -> None:
    """Refuse a service that has no number of replicas of its own. Raises Unscalable."""
    if service.mode == "replicated":
        return
    why = (
        "A global service runs one task on every node that fits: the nodes are its number."
        if service.mode == "global"
        else "A job runs its tasks to their end: it has completions, not replicas."
    )
    raise Unscalable(
        f"{service.name} can't be scaled: it is a {service.mode.replace('-', ' ')} service.",
        why=why,
        next_step="Drain or activate a node, or change its constraints, to change where a global service runs."
        if service.mode == "global"
        else "Run the job again, or change its completions, on a manager.",
        service=service.name,
    )


def refuse_unsafe(topology: SwarmTopology, node: SwarmNode, wanted: Availability) -> None:
    """Refuse to take the last manager that answers out of service. Raises UnsafeOperation."""
    if node.role != "manager" or wanted == "active":
        return
    others = [
        one.name
        for one in topology.nodes
        if one.id != node.id and one.manager_status in ("leader", "reachable")
    ]
    if not others:
        raise UnsafeOperation(
            f"{node.name} is the last manager that answers, so it is not set to {wanted}.",
            why="Nobody would be left to place tasks on managers, or to manage the swarm if it is taken down next.",
            next_step="Promote another node first: `docker node promote NODE` on a manager.",
            node=node.name,
        )


def consequences(topology: SwarmTopology, node: SwarmNode, wanted: Availability) -> Consequences:
    """Which tasks move, stop and start when a node gets this availability."""
    if wanted == node.availability or wanted == "pause":
        return Consequences()
    if wanted == "active":
        return Consequences(starts=list(_starts(topology, node)))
    found, forecast = Consequences(), Forecast(topology, without=node.id)
    for service, tasks in _services_on(topology, node):
        if service.is_global:
            found.stops.append(ServiceTasks(service_id=service.id, service=service.name, tasks=tasks))
        else:
            found.moves.append(move_of(forecast, service, tasks))
    return found


def move_of(forecast: Forecast, service: SwarmService, tasks: int) -> ServiceMove:
    """Where so many tasks of a service can go."""
    placed = forecast.place(service, tasks)
    return ServiceMove(
        service_id=service.id,
        service=service.name,
        mode=service.mode,
        tasks=tasks,
        candidates=placed.candidates,
        likely=dict(placed.likely),
        unplaced=placed.unplaced,
        reason=placed.reason,
        leaves_behind=service.local_volumes,
    )


def capacity(topology: SwarmTopology, service: SwarmService) -> int | None:
    """How many more tasks of a service have a place now; None when nothing limits them."""
    placed = Forecast(topology).place(service, MOST_COUNTED)
    return MOST_COUNTED - placed.unplaced if placed.unplaced else None


def waiting(topology: SwarmTopology, service_id: str) -> int:
    """How many tasks of a service wait for a place."""
    return sum(one.node_id is None for one in topology.tasks_of(service_id))


def node_warnings(
    topology: SwarmTopology, node: SwarmNode, wanted: Availability, found: Consequences, stay: PlainContainers
) -> Iterator[str]:
    """What an operator has to know before a node gets this availability, each in a sentence."""
    if node.state != "ready":
        yield f"{node.name} is {node.state}: Swarm can't stop what may still run there."
    active = [
        one
        for one in topology.nodes
        if one.id != node.id and (one.availability, one.state) == ("active", "ready")
    ]
    if wanted != "active" and not active:
        yield "No other node is active and ready: nothing new can start anywhere."
    elif wanted != "active" and node.role == "worker" and all(one.role == "manager" for one in active):
        yield f"No other worker is active: tasks go to managers ({', '.join(one.name for one in active)})."
    if wanted == "drain":
        yield from _drain_warnings(topology, node, found, stay)
    yield from quorum_warnings(topology)


def quorum_warnings(topology: SwarmTopology) -> Iterator[str]:
    """A majority that can't lose another manager although there are several."""
    quorum = topology.quorum
    if quorum.managers > quorum.reachable:
        yield (
            f"{quorum.reachable} of {quorum.managers} managers answer; "
            + (
                "losing one more stops the swarm."
                if not quorum.spare
                else f"{quorum.spare} more may be lost."
            )
        )


def _drain_warnings(
    topology: SwarmTopology, node: SwarmNode, found: Consequences, stay: PlainContainers
) -> Iterator[str]:
    for move in found.moves:
        if move.unplaced:
            yield f"{move.unplaced} of {move.tasks} tasks of {move.service} find no place: {move.reason}."
        if len(topology.tasks_of(move.service_id)) == move.tasks:
            yield f"{move.service} runs on {node.name} alone: it is down until its replacements run."
        if move.leaves_behind:
            volumes = ", ".join(move.leaves_behind)
            yield f"{move.service} keeps data in local volumes that stay on {node.name}: {volumes}."
    if found.moves:
        yield "Swarm does not wait for replacements to be up before it stops tasks."
    if not stay.known:
        yield f"Whether plain containers run on {node.name} is not known: {stay.reason}."
    elif stay.names:
        several = len(stay.names) > 1
        yield f"{len(stay.names)} plain container{'s' if several else ''} will NOT move: {', '.join(stay.names)}."


def _services_on(topology: SwarmTopology, node: SwarmNode) -> Iterator[tuple[SwarmService, int]]:
    counts = holding(topology.tasks_on(node.id))
    for service in topology.services:
        if counts[service.id]:
            yield service, counts[service.id]


def _starts(topology: SwarmTopology, node: SwarmNode) -> Iterator[ServiceTasks]:
    """Global services that get a task on the node, and tasks without a place that find one there."""
    nodes = tuple(
        one.model_copy(update={"availability": "active"}) if one.id == node.id else one
        for one in topology.nodes
    )
    open_again = topology.model_copy(update={"nodes": nodes})
    forecast, here = Forecast(open_again), holding(topology.tasks_on(node.id))
    for service in topology.services:
        number = 0
        if service.mode == "global":
            number = int(node.state == "ready" and fits(node, service) and not here[service.id])
        elif not service.is_global and (pending := waiting(topology, service.id)):
            number = forecast.place(service, pending).likely.get(node.name, 0)
        if number:
            yield ServiceTasks(service_id=service.id, service=service.name, tasks=number)


def replicas(value: int) -> int:
    """A number of replicas that may be asked for. Raises InvalidInput."""
    if not 0 <= value <= 1000:
        raise InvalidInput(
            f"{value} replicas can't be asked for.", why="The number is from 0 to 1000.", field="replicas"
        )
    return value
