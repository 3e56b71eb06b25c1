"""How changes of stacks end: in which status, and with which words."""

from __future__ import annotations

from daoflow_core.errors import Cancelled, DaoflowError, OutcomeUnknown
from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.model.stack import StackPlan, StackRun, StackVerb
from daoflow_core.model.steps import TIMED_OUT
from daoflow_core.services.operations import Outcome
from daoflow_core.services.stack_plans import first_words
from daoflow_core.services.stack_watch import service_words

_DONE = {
    StackVerb.DEPLOY: "{stack} is deployed on {server} as revision {revision}",
    StackVerb.ROLLBACK: "{stack} is rolled back on {server}, as revision {revision}",
    StackVerb.REMOVE: "{stack} is removed from {server}",
}
_NOUN = {StackVerb.DEPLOY: "deploy", StackVerb.ROLLBACK: "rollback", StackVerb.REMOVE: "removal"}


def plan_outcome(server: Server, plan: StackPlan) -> Outcome:
    """How a plan ends: completed only when its change could be made."""
    if plan.refusals:
        return Outcome(
            OperationStatus.FAILED,
            f"The {_NOUN[plan.verb]} of {plan.stack} on {server.name} is refused.",
            plan.document(),
            first_words(plan.refusals),
            "STACK_REFUSED",
        )
    return Outcome(
        OperationStatus.COMPLETED, f"{plan.stack} on {server.name}: {plan_words(plan)}.", plan.document()
    )


def plan_words(plan: StackPlan) -> str:
    """What a plan does, counted."""
    if plan.verb is StackVerb.REMOVE:
        count = len(plan.running or ())
        kept = f", {len(plan.volumes)} volumes stay" if plan.volumes else ""
        return f"removes {count} services{kept}"
    counts = {
        word: sum(one.change == word for one in plan.changes) for word in ("added", "changed", "removed")
    }
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "no change"
    return f"rollback to revision {plan.to_revision}: {told}" if plan.verb is StackVerb.ROLLBACK else told


def run_outcome(server: Server, run: StackRun, error: DaoflowError | None = None) -> Outcome:
    """How a change ends; `error` is what cut its script off, if anything did."""
    now = now_words(run)
    if error is not None or run.exit_status is None:
        told = error.message if error is not None else "How the command ended is not known."
        return _ended(OperationStatus.INTERRUPTED, server, run, f"{told} {now}", OutcomeUnknown.code)
    if run.exit_status != 0:
        how = (
            "was not done in time" if run.exit_status == TIMED_OUT else f"ended with status {run.exit_status}"
        )
        words = f"The command {how}. {run.reason} {now}".replace("  ", " ")
        return _ended(OperationStatus.FAILED, server, run, words, "STACK_FAILED")
    if run.converged is None:
        return _ended(OperationStatus.INTERRUPTED, server, run, f"{run.reason}. {now}", OutcomeUnknown.code)
    if not run.converged:
        some = any(one.good for one in run.running or ())
        status = OperationStatus.PARTIAL if some else OperationStatus.FAILED
        return _ended(status, server, run, f"{run.reason}. {now}", "STACK_NOT_CONVERGED")
    return _probed(server, run, now)


def _probed(server: Server, run: StackRun, now: str) -> Outcome:
    failed = next((one for one in run.probes if one.passed is False), None)
    if failed is not None:
        words = f"It runs, and is not ready: {failed.probe}: {failed.detail}. {now}"
        return _ended(OperationStatus.FAILED, server, run, words, "STACK_NOT_READY")
    unknown = next((one for one in run.probes if one.passed is None), None)
    if unknown is not None:
        words = f"It runs; whether it is ready is not known: {unknown.probe}: {unknown.detail}. {now}"
        return _ended(OperationStatus.PARTIAL, server, run, words, "STACK_READINESS_UNKNOWN")
    words = _DONE[run.verb].format(stack=run.stack, server=server.name, revision=run.revision)
    kept = (
        f" Its volumes stay: {', '.join(run.volumes)}."
        if run.verb is StackVerb.REMOVE and run.volumes
        else ""
    )
    ready = f", {len(run.probes)} probes passed" if run.probes else ""
    return Outcome(OperationStatus.COMPLETED, f"{words}{ready}.{kept}", run.document())


def called_off(server: Server, run: StackRun) -> Outcome:
    """The end of a change that was sent, and whose end nobody waited for."""
    words = f"The change was sent; nobody waited for its end. {now_words(run)}"
    return _ended(OperationStatus.CANCELLED, server, run, words, Cancelled.code)


def now_words(run: StackRun) -> str:
    """What runs now, for a change that did not end well."""
    if run.running is None:
        return "What runs now is not known."
    if not run.running:
        return "Nothing of it runs now."
    told = [f"{service_words(one)}{f' of {one.image}' if one.image else ''}" for one in run.running]
    return f"Now runs: {'; '.join(told)}."


def _ended(status: OperationStatus, server: Server, run: StackRun, words: str, code: str) -> Outcome:
    summary = f"The {_NOUN[run.verb]} of {run.stack} on {server.name} ended as {status}."
    return Outcome(status, summary, run.document(), words[:2000], code)
