"""How previews and runs of cleanups end: in which status, with which words, and never torn in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from daoflow_core.errors import DaoflowError, OutcomeUnknown, Unreachable
from daoflow_core.model.cleanup import CleanupPreview, CleanupRun
from daoflow_core.model.docker_things import Observation
from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.parse.sizes import size_words
from daoflow_core.services.cleanup_outcome import status_of, summary_of
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Outcome
from daoflow_core.services.settling import settled


def preview_outcome(server: Server, plan: CleanupPreview) -> Outcome:
    """How a preview ends: completed only when every question was answered."""
    if not plan.complete:
        missing = next(question for question in plan.questions if not question.answered)
        words = f"Could not ask about {missing.name} ({missing.reason}), so nothing can be foretold."
        return Outcome(
            OperationStatus.FAILED,
            f"Cleanup preview of {server.name} failed.",
            plan.document(),
            words,
            "PREVIEW_INCOMPLETE",
        )
    if not plan.item_count:
        summary = f"Nothing to clean on {server.name}."
    else:
        summary = (
            f"{plan.item_count} items could go on {server.name}, about {size_words(plan.foretold_bytes)}."
        )
    return Outcome(OperationStatus.COMPLETED, summary, plan.document())


def run_outcome(server: Server, run: CleanupRun, error: DaoflowError | None) -> Outcome:
    """How a run ends; `error` is what cut its script off, if anything did."""
    status, words = status_of(run), summary_of(run, server.name)
    if error is not None and run.unknown:
        status = OperationStatus.INTERRUPTED
    if status is OperationStatus.COMPLETED:
        return Outcome(status, words, run.document())
    worst = next((one for one in run.results if one.outcome in ("failed", "unknown")), None)
    told = f"{words} First: {worst.name}: {worst.reason}." if worst else words
    code = OutcomeUnknown.code if run.unknown else "CLEANUP_" + status.value.upper()
    if error is not None:
        told = f"{told} {error.message}"
    return Outcome(status, words, run.document(), told, code)


def no_docker(server: Server, seen: Observation) -> DaoflowError:
    """The end of a run whose Docker did not answer before the first removal."""
    asked = seen.questions[0]
    return Unreachable(
        f"Docker on {server.name} could not be reached, so nothing was removed.",
        why=asked.reason or "",
        next_step="Check the server, then make a new preview.",
        reason="docker",
    )


async def let_finish(work: Coroutine[object, object, Outcome], handle: OperationHandle) -> Outcome:
    """Let a change that was begun come to its end when its caller is cancelled, and record how it ended first."""
    try:
        task = asyncio.ensure_future(work)
        return await settled(_ended(task))
    except asyncio.CancelledError:
        outcome = task.result()
        await handle.finish(
            outcome.status,
            outcome.summary,
            outcome.result,
            outcome.error,
            outcome.error_code,
        )
        raise


async def _ended(task: asyncio.Task[Outcome]) -> Outcome:
    return await task
