"""Nodes, services, plans and changes of a swarm in the words of its tab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from daoflow_core.model.swarm import Quorum, SwarmNode, SwarmService, SwarmTopology
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan, ServiceMove, SwarmPlan, SwarmUpdate
from daoflow_core.stamps import parse_stamp, seconds_between, span
from daoflow_tui.screens.sizes import counted
from daoflow_tui.screens.words import Words, key_line, labelled
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

NODES = (
    Column("node", "NODE", 12, flex=True, max_width=32),
    Column("role", "ROLE", 8, drop=2),
    Column("manager", "MANAGER", 11),
    Column("availability", "AVAILABILITY", 12),
    Column("status", "STATUS", 9),
    Column("engine", "ENGINE", 12, drop=4),
    Column("tasks", "TASKS", 5, "right"),
    Column("address", "ADDRESS", 15, drop=3),
    Column("reachable", "REACHABLE", 9, drop=1),
)
SERVICES = (
    Column("service", "SERVICE", 11, flex=True, max_width=30),
    Column("mode", "MODE", 10),
    Column("replicas", "REPLICAS", 8),
    Column("image", "IMAGE", 14, drop=1),
)
_AVAILABILITY = {"active": Role.GOOD, "pause": Role.LOOK, "drain": Role.LOOK}
_REACHABLE = {"reachable": State("yes", Role.GOOD), "unreachable": State("no", Role.BAD)}


def node_row(node: SwarmNode) -> Row:
    """One node; what is wrong with it has its mark."""
    status: Cell = node.state if node.state == "ready" else State(node.state, Role.BAD)
    manager: Cell = "-" if node.manager_status == "none" else node.manager_status
    if node.manager_status in ("unreachable", "unknown"):
        manager = State(node.manager_status[:9], Role.BAD)
    return Row(
        node.id,
        (
            node.name,
            node.role,
            manager,
            State(node.availability, _AVAILABILITY.get(node.availability, Role.UNKNOWN)),
            status,
            node.engine_version or "?",
            "?" if node.tasks is None else str(node.tasks),
            node.host or "?",
            _REACHABLE.get(node.reachability, State("unknown", Role.UNKNOWN)),
        ),
    )


def service_row(service: SwarmService) -> Row:
    """One service; fewer tasks than wanted is told by mark and number."""
    mode = service.mode.replace("replicated-job", "job").replace("global-job", "global job")
    return Row(service.id, (service.name, mode, replicas_of(service), Toned(service.image, Role.MUTED)))


def replicas_of(service: SwarmService) -> State:
    """Running of wanted; a job that has nothing to run is no fault."""
    running, wanted = service.running, service.replicas
    if running is None or wanted is None:
        return State("?/?", Role.UNKNOWN)
    words = f"{running}/{wanted}"
    if service.is_job or wanted == 0:
        return State(words, Role.OLD)
    return State(words, Role.GOOD if running >= wanted else Role.LOOK if running else Role.BAD)


def quorum_line(quorum: Quorum) -> Words:
    """What the managers can still lose."""
    told = f"Managers {quorum.reachable} of {quorum.managers} reachable: "
    if not quorum.holds:
        return [State(f"{told}quorum is lost, nothing can be changed.", Role.BAD)]
    if quorum.spare:
        return [
            Toned(f"{told}quorum holds, {counted(quorum.spare, 'more may', 'more may')} be lost.", Role.MUTED)
        ]
    if quorum.managers == 1:
        return [State(f"{told}there is no other; losing it stops the swarm.", Role.LOOK)]
    return [State(f"{told}quorum holds, and losing one more stops it.", Role.LOOK)]


def plan_title(plan: SwarmPlan) -> str:
    """`Plan: drain worker-b`."""
    if isinstance(plan, NodePlan):
        return f"Plan: {plan.after} {plan.node}"
    assert isinstance(plan, ScalePlan)  # noqa: S101 - there are two kinds
    return f"Plan: {plan.service} {plan.before} to {plan.after}"


def plan_age(plan: SwarmPlan, now: datetime) -> str:
    """How old it is, and how long it may still be applied."""
    age = span(seconds_between(plan.planned_at, now))
    left = (parse_stamp(plan.expires_at) - now).total_seconds()
    return f"made {age} ago, good for {span(left)}" if left > 0 else f"made {age} ago, too old to apply"


def plan_lines(plan: NodePlan | ScalePlan, off: str | None) -> list[Words]:
    """What would run, what follows, what to know, the way back, and the keys."""
    follows = _node_follows(plan) if isinstance(plan, NodePlan) else _scale_follows(plan)
    return [
        [Toned("Would run", Role.STRONG)],
        ["  ", Toned(plan.command, Role.KEY)],
        *follows,
        *([State(one, Role.LOOK)] for one in plan.warnings),
        labelled(
            "Quorum", f"{plan.quorum_after.reachable} of {plan.quorum_after.managers}, before and after"
        ),
        labelled("Undo", plan.undo),
        [],
        key_line("p", "plan again"),
        key_line("!", "apply this plan…" if off is None else f"is off: {off}"),
    ]


def result_lines(result: SwarmUpdate) -> list[Words]:
    """How a change went, service by service."""
    end = State("settled", Role.GOOD) if result.converged else State("not settled", Role.LOOK)
    lines: list[Words] = [[end, f"  after {result.seconds:g}s"], [result.summary], []]
    for one in result.services:
        run = f"{'?' if one.running is None else one.running}/{'?' if one.replicas is None else one.replicas}"
        went = f", started {_where(one.moved_to)}" if one.moved_to else ""
        lines.append([f"  {one.service} {run}{went}"])
        if one.pending:
            lines.append([State(f"{one.pending} wait: {one.reason or 'no reason was told'}", Role.LOOK)])
    if result.as_planned is not None:
        words = State("as planned", Role.GOOD) if result.as_planned else State("not as planned", Role.LOOK)
        lines += [[], [words]]
    return lines


def task_text(topology: SwarmTopology, row_id: str) -> str:
    """The tasks of a node or a service, one a line."""
    of_node = topology.node(row_id)
    tasks = topology.tasks_on(row_id) if of_node else topology.tasks_of(row_id)
    services = {one.id: one.name for one in topology.services}
    nodes = {one.id: one.name for one in topology.nodes}
    rows = [
        (
            f"{services.get(one.service_id, one.service_id)}.{one.slot or '-'}",
            one.state,
            nodes.get(one.node_id or "", "no node"),
            one.error or "",
        )
        for one in tasks
    ]
    if not rows:
        return "No task runs here, and none is wanted here."
    widths = [max(len(row[index]) for row in rows) for index in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in sorted(rows)
    )


def _node_follows(plan: NodePlan) -> Iterator[Words]:
    moving = sum(one.tasks for one in plan.moves)
    if not (plan.moves or plan.stops or plan.starts):
        yield ["No task moves, stops or starts."]
    if moving:
        yield [Toned(f"Moves {counted(moving, 'task')} off {plan.node}", Role.STRONG)]
    yield from map(_move, plan.moves)
    for one in plan.stops:
        yield [f"  {one.service} {one.tasks} (global: stops)"]
    if plan.starts:
        yield [Toned(f"Starts on {plan.node}", Role.STRONG)]
    for one in plan.starts:
        yield [f"  {one.service} {one.tasks}"]


def _scale_follows(plan: ScalePlan) -> Iterator[Words]:
    room = "no limit found" if plan.capacity is None else f"{plan.capacity} more have a place"
    yield [f"  {plan.before} now, {plan.after} wanted; {room}"]
    if plan.adds is not None:
        yield _move(plan.adds)
    if plan.removes:
        yield [f"  {counted(plan.removes, 'task')} stop; Swarm chooses which"]


def _move(move: ServiceMove) -> Words:
    to = f", likely to {_where(move.likely)}" if move.likely else ""
    if not move.unplaced:
        return [f"  {move.service} {move.tasks}{to}"]
    return [f"  {move.service} {move.tasks}{to}, ", Toned(f"{move.unplaced} WITHOUT A PLACE", Role.BAD)]


def _where(nodes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(nodes.items()))
