"""Plans of a swarm's change put together, and their words; pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from daoflow_core.model.swarm import Availability, SwarmNode, SwarmService, SwarmTopology
from daoflow_core.model.swarm_plans import NodePlan, PlainContainers, ScalePlan, ServiceMove
from daoflow_core.services.swarm_ground import ground_of_node, ground_of_service
from daoflow_core.services.swarm_judgement import (
    capacity,
    consequences,
    move_of,
    node_warnings,
    quorum_warnings,
    refuse_unscalable,
    waiting,
)
from daoflow_core.services.swarm_placement import Forecast


def node_plan(
    seen: SwarmTopology,
    node: SwarmNode,
    wanted: Availability,
    stay: PlainContainers,
    base: Mapping[str, Any],
) -> NodePlan:
    """What an availability of a node does; `base` says when and on which host the plan is made."""
    found = consequences(seen, node, wanted)
    unplaced = sum(one.unplaced for one in found.moves)
    plan = NodePlan(
        command=node_command(node.name, wanted),
        summary="",
        cluster_id=seen.cluster_id,
        warnings=tuple(node_warnings(seen, node, wanted, found, stay)),
        quorum_before=seen.quorum,
        quorum_after=seen.quorum,  # a drained manager keeps its vote
        reversible=wanted != "drain",
        undo=_undo_node(node, wanted),
        danger=3 if wanted == "drain" else 2,
        changes=wanted != node.availability,
        ground=ground_of_node(seen, node, found),
        node_id=node.id,
        node=node.name,
        role=node.role,
        before=node.availability,
        after=wanted,
        moves=tuple(found.moves),
        stops=tuple(found.stops),
        starts=tuple(found.starts),
        unplaced=unplaced,
        stay=stay,
        **base,
    )
    return plan.model_copy(update={"summary": node_summary(plan)})


def scale_plan(seen: SwarmTopology, service: SwarmService, wanted: int, base: Mapping[str, Any]) -> ScalePlan:
    """What a number of replicas does. Raises Unscalable."""
    refuse_unscalable(service)
    before = service.replicas or 0
    adds = None
    if wanted > before:  # what waits for a place already is served first
        adds = move_of(Forecast(seen), service, waiting(seen, service.id) + wanted - before)
    plan = ScalePlan(
        command=scale_command(service.name, wanted),
        summary="",
        cluster_id=seen.cluster_id,
        warnings=tuple(_scale_warnings(seen, service, wanted, adds)),
        quorum_before=seen.quorum,
        quorum_after=seen.quorum,
        reversible=wanted > 0,
        undo=f"`{scale_command(service.name, before)}` sets the number back"
        + ("; what stopped tasks held in memory is gone." if wanted < before else "."),
        danger=2 if wanted else 3,
        changes=wanted != before,
        ground=ground_of_service(seen, service, grows=wanted > before),
        service_id=service.id,
        service=service.name,
        before=before,
        running=service.running,
        after=wanted,
        adds=adds,
        removes=max(0, before - wanted),
        capacity=capacity(seen, service),
        unplaced=adds.unplaced if adds else 0,
        **base,
    )
    return plan.model_copy(update={"summary": scale_summary(plan)})


def node_summary(plan: NodePlan) -> str:
    """A node's plan in one sentence."""
    if not plan.changes:
        return f"{plan.node} is set to {plan.before} already; nothing would change."
    moving = sum(one.tasks for one in plan.moves)
    parts = [f"would set {plan.node} from {plan.before} to {plan.after}"]
    if plan.after == "drain":
        parts.append(f"{_count(moving, 'task')} would leave it")
        parts += [f"{plan.unplaced} of them without a place to go"] if plan.unplaced else []
    for word, found in (("stop", plan.stops), ("start", plan.starts)):
        number = sum(one.tasks for one in found)
        parts += [f"{_count(number, 'task')} would {word}"] if number else []
    return f"{', '.join(parts)}."


def scale_summary(plan: ScalePlan) -> str:
    """A service's plan in one sentence."""
    if not plan.changes:
        return f"{plan.service} has {plan.before} replicas already; nothing would change."
    words = f"would scale {plan.service} from {plan.before} to {plan.after}"
    if plan.unplaced:
        words += f", {plan.unplaced} without a place"
    return f"{words}."


def node_command(node: str, wanted: Availability) -> str:
    """The command as people type it."""
    return f"docker node update --availability {wanted} {shlex.quote(node)}"


def scale_command(service: str, wanted: int) -> str:
    """The command as people type it."""
    return f"docker service scale {shlex.quote(service)}={wanted}"


def _undo_node(node: SwarmNode, wanted: Availability) -> str:
    back = node.availability if node.availability != "unknown" else "active"
    told = f"`{node_command(node.name, back)}` sets it back"
    return f"{told}; tasks that moved do not come back by themselves." if wanted == "drain" else f"{told}."


def _scale_warnings(
    seen: SwarmTopology, service: SwarmService, wanted: int, adds: ServiceMove | None
) -> Iterator[str]:
    if not wanted and service.replicas:
        yield f"Every task of {service.name} stops: nothing answers for it until it is scaled up again."
    if adds is not None and adds.unplaced:
        yield f"{_count(adds.unplaced, 'task')} of {service.name} find no place: {adds.reason}."
    if service.running is not None and service.replicas is not None and service.running < service.replicas:
        yield f"{service.running} of {service.replicas} run now."
    if service.update_state in ("updating", "paused", "rollback_started", "rollback_paused"):
        yield f"An update of {service.name} is under way: {service.update_state.replace('_', ' ')}."
    if wanted < (service.replicas or 0) and service.local_volumes:
        volumes = ", ".join(service.local_volumes)
        yield f"{service.name} keeps data in local volumes, which stay on their nodes: {volumes}."
    yield from quorum_warnings(seen)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
