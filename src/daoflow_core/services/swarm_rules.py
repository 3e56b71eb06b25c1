"""Which plan an apply may rest on, and every reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from daoflow_core.clock import parse_stamp, span
from daoflow_core.errors import Conflict, DaoflowError
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.model.swarm_plans import PLAN_MINUTES, NodePlan, ScalePlan, SwarmPlan
from daoflow_core.services.cleanup_rules import AHEAD_SECONDS, boot_id
from daoflow_core.store import operations
from daoflow_core.store import swarm as uses
from daoflow_core.store.rows import Readable
from daoflow_core.swarm_errors import PlanExpired, PlanMismatch, PlanStale, PlanUsed


@dataclass(frozen=True, slots=True)
class Moment:
    """When an apply begins, by both clocks, and the host key that is approved then."""

    now: datetime
    monotonic: float
    fingerprint: str | None


async def choose(source: Readable, server: Server, plan_id: str, kind: OperationKind) -> Operation:
    """The plan that an apply names. Raises PlanMismatch when there is none of that kind."""
    named = await operations.by_id(source, plan_id.strip()) if plan_id.isascii() else None
    if named is not None and named.kind is kind:
        return named
    raise PlanMismatch(
        f"There is no such plan: {plan_id[:80]!a}.",
        why=f"A {kind.value.replace('_', ' ')} is needed here.",
        next_step=f"Make one with --dry-run: `server ops history --server {server.name}` lists those made.",
        plan=plan_id[:80],
    )


async def why_not(source: Readable, plan: Operation, server: Server, moment: Moment) -> DaoflowError | None:
    """What keeps an apply from resting on a plan, as far as the store knows; None when nothing does."""
    again = "Make a new plan with --dry-run."
    named = {"plan": plan.id, "server": server.name}
    if plan.server_id != server.id:
        return PlanMismatch(
            f"The plan {plan.id} is of another server, not of {server.name}.", next_step=again, **named
        )
    if plan.status is not OperationStatus.COMPLETED:
        return PlanMismatch(
            f"The plan {plan.id} did not complete: it is {plan.status}.",
            why=plan.error or "",
            next_step=again,
            **named,
        )
    used = await uses.use_of(source, plan.id)
    if used is not None:
        return PlanUsed(f"The plan {plan.id} was applied by {used}.", next_step=again, run=used, **named)
    planned = read(plan)
    if planned.host_key_fingerprint != moment.fingerprint:
        return PlanMismatch(
            f"The host key of {server.name} was replaced since the plan {plan.id}.", next_step=again, **named
        )
    old = _too_old(plan, planned, moment)
    return None if old is None else PlanExpired(old, next_step=again, **named)


def read(plan: Operation) -> NodePlan | ScalePlan:
    """The plan that an operation recorded."""
    node = plan.kind is OperationKind.SWARM_NODE_AVAILABILITY_PLAN
    return NodePlan.of(plan.result) if node else ScalePlan.of(plan.result)


def refuse_other(plan: Operation, asked: Mapping[str, tuple[object, tuple[object, ...]]]) -> None:
    """Refuse a plan of another change than the one asked for: each option with what the plan has."""
    for option, (wanted, planned) in asked.items():
        if wanted not in planned:
            raise PlanMismatch(
                f"The plan {plan.id} is for {option} {planned[0]}, and {option} {wanted} was asked for.",
                next_step="Name the plan of this change, or make a new one with --dry-run.",
                plan=plan.id,
            )


def stale(plan_id: str, changed: list[str]) -> PlanStale:
    """The refusal of a plan whose ground is no longer what it was."""
    return PlanStale(
        f"The plan {plan_id} no longer holds: {changed[0]}"
        + (f", and {len(changed) - 1} more" if len(changed) > 1 else "")
        + ".",
        why="; ".join(changed) + ".",
        next_step="Make a new plan with --dry-run and read it; nothing was changed.",
        plan=plan_id,
        changed=changed,
    )


def busy(server: Server, running: str) -> Conflict:
    """The refusal of a second change through one manager."""
    return Conflict(
        f"A change of the swarm is running through {server.name} already.",
        next_step=f"Wait for it: `server ops logs --operation {running} --follow`.",
        operation=running,
        server=server.name,
    )


def _too_old(plan: Operation, planned: SwarmPlan, moment: Moment) -> str | None:
    """A sentence when a plan is over its half hour by either clock, or from a future that a clock set back makes."""
    by_wall = (moment.now - parse_stamp(plan.started_at)).total_seconds()
    age = by_wall
    if planned.boot_id is not None and planned.boot_id == boot_id() and planned.monotonic_seconds is not None:
        age = max(by_wall, moment.monotonic - planned.monotonic_seconds)
    if age > PLAN_MINUTES * 60:
        return f"The plan {plan.id} is {span(age)} old; an apply may rest on one of {PLAN_MINUTES} minutes."
    if by_wall < -AHEAD_SECONDS:
        return f"The plan {plan.id} is from the future: the clock of this machine was set back."
    return None
