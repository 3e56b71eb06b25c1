"""Swarms, plans and changes as lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from daoflow_core.model.operation import Operation, OperationKind
from daoflow_tui.cli import lines

if TYPE_CHECKING:
    from daoflow_core.model.swarm import SwarmTopology
    from daoflow_core.model.swarm_plans import NodePlan, ScalePlan, ServiceMove


def topology(operation: Operation) -> list[str]:
    """A snapshot: the swarm in one sentence, its nodes, its services."""
    from daoflow_core.model.swarm import SwarmTopology

    if not operation.result:
        return [operation.summary]
    seen = SwarmTopology.of(operation.result["topology"])
    return [operation.summary, "", *_nodes(seen), *_services(seen)]


def plan(operation: Operation) -> list[str]:
    """A plan: what would run, what follows, what to know, how to undo it."""
    from daoflow_core.model.swarm_plans import NodePlan, ScalePlan

    if not operation.result:
        return [operation.summary]
    node = operation.kind is OperationKind.SWARM_NODE_AVAILABILITY_PLAN
    made = NodePlan.of(operation.result) if node else ScalePlan.of(operation.result)
    follows = _node_follows(made) if isinstance(made, NodePlan) else _scale_follows(made)
    quorum = made.quorum_after
    return [
        operation.summary,
        f"Would run  {made.command}",
        *follows,
        *(f"! {one}" for one in made.warnings),
        f"Quorum: {quorum.reachable} of {quorum.managers} managers answer, {quorum.needed} must; "
        "before and after the same.",
        f"Undo: {made.undo}",
        f"Good until {made.expires_at}, once; nothing was changed.",
    ]


def update(operation: Operation) -> list[str]:
    """How a change went, service by service."""
    from daoflow_core.model.swarm_plans import SwarmUpdate

    if not operation.result:
        return [operation.summary]
    done = SwarmUpdate.of(operation.result)
    rows = [
        (
            one.service,
            f"{'?' if one.running is None else one.running}/{'?' if one.replicas is None else one.replicas}",
            _where(one.nodes),
            _where(one.moved_to),
            one.reason if one.pending else None,
        )
        for one in done.services
    ]
    titles = ("SERVICE", "RUN", "WHERE", "STARTED THERE NOW", "WAITS BECAUSE")
    return [
        operation.summary,
        *(lines.table(titles, rows) if rows else []),
        f"Settled: {_settled(done.converged)}",
    ]


def _settled(converged: bool) -> str:
    return "yes" if converged else "no; the log tells how far it came"


def _nodes(seen: SwarmTopology) -> list[str]:
    rows = [
        (
            one.name,
            one.role,
            one.manager_status,
            one.availability,
            one.state,
            one.engine_version,
            one.tasks,
            one.host,
            one.id,
        )
        for one in seen.nodes
    ]
    titles = ("NODE", "ROLE", "MANAGER", "AVAILABILITY", "STATUS", "ENGINE", "TASKS", "ADDRESS", "ID")
    return lines.table(titles, rows)


def _services(seen: SwarmTopology) -> list[str]:
    rows = [
        (
            one.name,
            one.mode,
            f"{'?' if one.running is None else one.running}/{'?' if one.replicas is None else one.replicas}",
            one.image,
            ", ".join(f"{port.published or '?'}:{port.target}/{port.protocol}" for port in one.ports),
            one.stack,
        )
        for one in seen.services
    ]
    if not rows:
        return ["", "No service runs on it."]
    return ["", *lines.table(("SERVICE", "MODE", "REPLICAS", "IMAGE", "PORTS", "STACK"), rows)]


def _node_follows(made: NodePlan) -> list[str]:
    found = [_move(move) for move in made.moves]
    found += [f"  {one.service}: {one.tasks} stops here (global)" for one in made.stops]
    found += [f"  {one.service}: {one.tasks} starts here" for one in made.starts]
    return found or ["  No task moves, stops or starts."]


def _move(move: ServiceMove) -> str:
    to = f"go, likely to {_where(move.likely)}" if move.likely else "go"
    last = f"; {move.unplaced} WITHOUT A PLACE ({move.reason})" if move.unplaced else ""
    fits = f" (fits: {', '.join(move.candidates)})" if move.candidates else ""
    return f"  {move.service}: {move.tasks} {to}{last}{fits}"


def _scale_follows(made: ScalePlan) -> list[str]:
    room = "no limit found" if made.capacity is None else f"{made.capacity} more have a place"
    found = [f"  {made.service}: {made.before} now, {made.after} wanted; {room}"]
    if made.adds is not None:
        found.append(_move(made.adds))
    if made.removes:
        found.append(f"  {made.removes} tasks stop; Swarm chooses which, the fullest nodes first")
    return found


def _where(nodes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(nodes.items()))
