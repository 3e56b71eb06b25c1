"""How far a change of a swarm has come, and how it ended, from two topologies; pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.swarm import SwarmService, SwarmTask, SwarmTopology
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan, ServiceNow, SwarmUpdate

NO_PLACE = "no suitable node"
"""How Swarm's own reason begins when it finds no node for a task."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a change stands: `done` as planned, `stuck` when only a change of the swarm itself would help."""

    done: bool
    stuck: bool
    words: str


def node_progress(
    plan: NodePlan, before: SwarmTopology, now: SwarmTopology, leaving: Sequence[SwarmTask]
) -> Progress:
    """Where a node's change stands."""
    node = now.node(plan.node_id)
    if node is None:
        return Progress(False, True, f"{plan.node} is gone")
    if node.availability != plan.after:  # the change was acknowledged, so this is somebody else's
        return Progress(False, True, f"{plan.node} is set to {node.availability}, not to {plan.after}")
    left = left_on(plan, now, leaving)
    short: list[str] = []
    stuck = not left
    for move in plan.moves:
        if move.mode != "replicated":
            continue  # a job's task may come to its end instead
        needed = len([one for one in before.tasks_of(move.service_id) if one.holds]) - move.unplaced
        running = _running(now, move.service_id)
        if running < needed:
            short.append(f"{move.service} {running}/{needed}")
            stuck = stuck and _is_stuck(now, move.service_id, needed - running)
    for start in plan.starts:
        here = [one for one in now.tasks_on(plan.node_id) if one.service_id == start.service_id]
        if not any(one.state == "running" for one in here):
            short.append(f"{start.service} is not up on {plan.node}")
            stuck = False
    parts = [f"{left} tasks left on {plan.node}"] if left else []
    parts += [f"waiting for {', '.join(short)}"] if short else []
    words = "; ".join(parts) or f"{plan.node} is set to {plan.after}, everything is in its place"
    return Progress(not parts, bool(parts) and stuck, words)


def scale_progress(plan: ScalePlan, now: SwarmTopology) -> Progress:
    """Where a service's change stands."""
    service = now.service(plan.service_id)
    if service is None:
        return Progress(False, True, f"{plan.service} is gone")
    if service.replicas != plan.after:  # the change was acknowledged, so this is somebody else's
        return Progress(False, True, f"{plan.service} is set to {service.replicas}, not to {plan.after}")
    running = service.running if service.running is not None else _running(now, plan.service_id)
    words = f"{plan.service}: {running} of {plan.after} run"
    missing = plan.after - running
    stuck = missing > 0 and _is_stuck(now, plan.service_id, missing)
    return Progress(not missing, stuck, words)


def left_on(plan: NodePlan, now: SwarmTopology, leaving: Sequence[SwarmTask]) -> int:
    """How many tasks a drained node still holds; what a dead node held is beyond anybody's reach."""
    node = now.node(plan.node_id)
    if plan.after != "drain" or node is None or node.state != "ready":
        return 0
    held = {one.id for one in (*leaving, *now.tasks_on(plan.node_id)) if one.holds and one.node_id == node.id}
    return len(held)


def node_update(
    plan_id: str,
    plan: NodePlan,
    before: SwarmTopology,
    now: SwarmTopology | None,
    leaving: Sequence[SwarmTask],
    seconds: float,
    exit_code: int | None,
) -> SwarmUpdate:
    """How a node's change went; `now` is None when nobody could look any more."""
    progress = node_progress(plan, before, now, leaving) if now else Progress(False, False, "not known")
    touched = [(one.service_id, one.service) for one in plan.moves]
    touched += [(one.service_id, one.service) for one in (*plan.stops, *plan.starts)]
    services = tuple(_now(before, now, *one) for one in touched) if now else ()
    moved = {one.service_id: sum(one.moved_to.values()) for one in services}
    as_planned = now is not None and all(
        moved[one.service_id] == one.tasks - one.unplaced for one in plan.moves if one.mode == "replicated"
    )
    node = now.node(plan.node_id) if now else None
    update = SwarmUpdate(
        plan_id=plan_id,
        command=plan.command,
        summary="",
        exit_code=exit_code,
        converged=progress.done,
        seconds=round(seconds, 1),
        before=plan.before,
        after=node.availability if node else None,
        as_planned=as_planned if now else None,
        services=services,
        left_on_node=left_on(plan, now, leaving) if now else None,
        quorum_after=now.quorum if now else None,
    )
    words = f"{plan.node}: {plan.before} before, {update.after or 'not known'} now"
    return update.model_copy(update={"summary": f"{words}; {_node_words(plan, update, progress)}."})


def scale_update(
    plan_id: str,
    plan: ScalePlan,
    before: SwarmTopology,
    now: SwarmTopology | None,
    seconds: float,
    exit_code: int | None,
) -> SwarmUpdate:
    """How a service's change went; `now` is None when nobody could look any more."""
    service = now.service(plan.service_id) if now else None
    progress = scale_progress(plan, now) if now else Progress(False, False, f"{plan.service}: not known")
    became = _now(before, now, plan.service_id, plan.service) if now else None
    why = f"; {became.pending} wait: {became.reason}" if became and became.pending else ""
    return SwarmUpdate(
        plan_id=plan_id,
        command=plan.command,
        summary=f"{progress.words} ({plan.before} before){why}.",
        exit_code=exit_code,
        converged=progress.done,
        seconds=round(seconds, 1),
        before=str(plan.before),
        after=None if service is None or service.replicas is None else str(service.replicas),
        as_planned=None
        if became is None or became.running is None
        else became.running == plan.after - plan.unplaced,
        services=(became,) if became else (),
        quorum_after=now.quorum if now else None,
    )


def status_of(update: SwarmUpdate) -> OperationStatus:
    """Completed when everything came to its place; partial when the change was made and not everything has."""
    if update.after is None:
        return OperationStatus.INTERRUPTED
    return OperationStatus.COMPLETED if update.converged else OperationStatus.PARTIAL


def _now(before: SwarmTopology, now: SwarmTopology, service_id: str, name: str) -> ServiceNow:
    service: SwarmService | None = now.service(service_id)
    known = {one.id for one in before.tasks if one.node_id is not None}
    tasks = now.tasks_of(service_id)
    running = [one for one in tasks if one.state == "running"]
    waiting = [one for one in tasks if one.state != "running"]
    return ServiceNow(
        service_id=service_id,
        service=name,
        running=service.running if service else None,
        replicas=service.replicas if service else None,
        nodes=_by_node(now, running),
        moved_to=_by_node(now, [one for one in running if one.id not in known]),
        pending=len(waiting),
        reason=next((one.error for one in waiting if one.error), None),
    )


def _node_words(plan: NodePlan, update: SwarmUpdate, progress: Progress) -> str:
    if not update.converged:
        return progress.words
    moved: Counter[str] = Counter()
    for one in update.services:
        moved.update(one.moved_to)
    told = [f"{sum(moved.values())} tasks started on {', '.join(sorted(moved))}"] if moved else []
    told += [f"{sum(one.tasks for one in plan.stops)} stopped"] if plan.stops else []
    told += [f"{plan.unplaced} without a place, as planned"] if plan.unplaced else []
    return ", ".join(told) or "no task had to move"


def _by_node(now: SwarmTopology, tasks: Sequence[SwarmTask]) -> dict[str, int]:
    names = {one.id: one.name for one in now.nodes}
    return dict(sorted(Counter(names.get(one.node_id or "", "?") for one in tasks).items()))


def _running(now: SwarmTopology, service_id: str) -> int:
    ready = {one.id for one in now.nodes if one.state == "ready" and one.availability != "drain"}
    return sum(one.state == "running" and one.node_id in ready for one in now.tasks_of(service_id))


def _is_stuck(now: SwarmTopology, service_id: str, missing: int) -> bool:
    """Whether everything that is missing waits for a place that no node has."""
    waiting = [one for one in now.tasks_of(service_id) if one.node_id is None]
    return len(waiting) >= missing and all(NO_PLACE in (one.error or "") for one in waiting)
