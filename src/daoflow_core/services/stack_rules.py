"""Which plan a change of a stack may rest on, and every reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from daoflow_core.clock import parse_stamp, span
from daoflow_core.errors import Conflict, DaoflowError
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.model.stack import PLAN_MINUTES, StackPlan, StackVerb
from daoflow_core.plan_errors import PlanRequired, PlanStale, PlanUsed
from daoflow_core.services.cleanup_rules import boot_id
from daoflow_core.services.stack_plans import first_words
from daoflow_core.stack_errors import StackRefused
from daoflow_core.store import operations, stacks
from daoflow_core.store.rows import Readable

AHEAD_SECONDS = 60.0
"""How far a clock that is being corrected may lie behind a plan's stamp."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What a plan is held against: the change that is asked for now, and the moment by both clocks.

    None stands for what is not asked for: the plan's own value holds then.
    """

    verb: StackVerb
    stack: str
    now: datetime
    monotonic: float
    fingerprint: str | None
    digest: str | None = None
    to_revision: int | None = None
    probes: tuple[str, ...] | None = None
    timeout: int | None = None


async def named(source: Readable, plan_id: str) -> Operation:
    """The plan with this id. Raises PlanRequired."""
    found = await operations.by_id(source, plan_id.strip()) if plan_id.isascii() else None
    if found is None or found.kind is not OperationKind.STACK_PLAN:
        raise PlanRequired(
            f"There is no plan of a stack {plan_id[:80]!a}.",
            next_step="Make one: `server ops stack plan` shows what would change.",
            plan=plan_id[:80],
        )
    return found


async def why_not(source: Readable, plan: Operation, server: Server, intent: Intent) -> DaoflowError | None:
    """What keeps a change from resting on a plan; None when nothing does."""
    details = {"plan": plan.id, "server": server.name, "stack": intent.stack}
    if plan.status is not OperationStatus.COMPLETED:
        return _did_not_complete(plan, details)
    used = await stacks.use_of(source, plan.id)
    if used is not None:
        return PlanUsed(
            f"The plan {plan.id} was used by {used}.", next_step="Make a new plan.", operation=used, **details
        )
    planned = StackPlan.of(plan.result)
    newest = await stacks.newest(source, server.id, intent.stack)
    number = newest.number if newest else 0
    reason = (
        _other_change(plan, planned, server, intent)
        or _other_files(planned, intent)
        or _too_old(plan, planned, intent)
    )
    if reason is None and planned.base_revision != number:
        reason = f"it was made after revision {planned.base_revision}, and the newest is {number} now"
    if reason is None and planned.host_key_fingerprint != intent.fingerprint:
        reason = f"the host key of {server.name} was replaced since"
    if reason is None:
        return None
    return PlanStale(
        f"The plan {plan.id} does not fit: {reason}.", next_step="Make a new plan, and read it.", **details
    )


def _did_not_complete(plan: Operation, details: dict[str, str]) -> DaoflowError:
    planned = StackPlan.of(plan.result) if plan.result else None
    if planned is not None and planned.refusals:
        refusals = [one.document() for one in planned.refusals]
        return StackRefused(
            f"The plan {plan.id} was refused: {first_words(planned.refusals)}",
            next_step="Mend what it lists, then plan again.",
            refusals=refusals,
            **details,
        )
    return PlanStale(
        f"The plan {plan.id} did not complete: it is {plan.status}.",
        why=plan.error or "",
        next_step="Make a new plan.",
        **details,
    )


def _other_change(plan: Operation, planned: StackPlan, server: Server, intent: Intent) -> str | None:
    if plan.server_id != server.id:
        return f"it is of another server, not of {server.name}"
    if planned.stack != intent.stack:
        return f"it is of the stack {planned.stack}, not of {intent.stack}"
    if planned.verb is not intent.verb:
        return f"it is for a {planned.verb}, and this is a {intent.verb}"
    if intent.to_revision is not None and planned.to_revision != intent.to_revision:
        return f"it goes to revision {planned.to_revision}, not to {intent.to_revision}"
    return None


def _other_files(planned: StackPlan, intent: Intent) -> str | None:
    if intent.digest is not None and planned.digest != intent.digest:
        return "the files are not those it was made of"
    if intent.probes is not None and planned.probes != intent.probes:
        return "the probes are not those it was made with"
    if intent.timeout is not None and planned.timeout_seconds != intent.timeout:
        return "the timeout is not the one it was made with"
    return None


def _too_old(plan: Operation, planned: StackPlan, intent: Intent) -> str | None:
    """A reason when a plan is over its half hour, or from a future that only a clock set back can make."""
    by_wall = (intent.now - parse_stamp(plan.started_at)).total_seconds()
    age = by_wall
    if planned.boot_id is not None and planned.boot_id == boot_id() and planned.monotonic_seconds is not None:
        age = max(by_wall, intent.monotonic - planned.monotonic_seconds)
    if age > PLAN_MINUTES * 60:
        return f"it is {span(age)} old, and may be {PLAN_MINUTES} minutes"
    if by_wall < -AHEAD_SECONDS:
        return "it is from the future: the clock of this machine was set back"
    return None


def busy(server: Server, running: str) -> Conflict:
    """The refusal of a second change on one server."""
    return Conflict(
        f"A stack is being changed on {server.name} already.",
        next_step=f"Wait for it: `server ops logs --operation {running} --follow`.",
        operation=running,
        server=server.name,
    )
