"""Cleanup: a preview that lists exactly what would go, and a run that removes exactly that."""

from __future__ import annotations

import asyncio
from datetime import datetime

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import AuthFailed, DaoflowError, OutcomeUnknown, TimedOut, Unreachable
from daoflow_core.model.cleanup import CleanupPreview, CleanupRun
from daoflow_core.model.docker_things import Observation
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Server
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.docker_things import read_observation
from daoflow_core.parse.sizes import size_words
from daoflow_core.ports import Database, Transaction
from daoflow_core.services import cleanup_rules
from daoflow_core.services.access import Access
from daoflow_core.services.cleanup_judgement import preview_of
from daoflow_core.services.cleanup_outcome import run_of, status_of, summary_of
from daoflow_core.services.cleanup_script import AFTER, observing_script, removing_script
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.store import cleanup as uses
from daoflow_core.store import operations

STEP_SECONDS = 120
"""How long Docker may take for one answer: counting many volumes, or removing one large image."""
PREVIEW_SECONDS = 400.0
RUN_SECONDS = 3600.0
LOOKS = 6
"""How often the outcome of a run whose connection was lost is looked for, and the seconds between two looks."""
LOOK_SECONDS = 5.0

PREVIEW = Undertaking(
    OperationKind.CLEANUP_PREVIEW, "server.cleanup.preview", "Cleanup preview", dry_run=True
)
RUN = Undertaking(OperationKind.CLEANUP_RUN, "server.cleanup.run", "Cleanup")


class CleanupService:
    """Previews and runs, each a recorded operation."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        scripts: HostScripts,
        inventory: Inventory,
        access: Access,
        clock: Clock,
        *,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._database = database
        self._operations = operations
        self._scripts = scripts
        self._inventory = inventory
        self._access = access
        self._clock = clock
        self._look_seconds = look_seconds

    async def preview(self, reference: str, *, include_volumes: bool = False) -> Operation:
        """Record what a cleanup would remove; it fails, and says why, when any question stayed unanswered."""

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            began = handle.operation.started_at
            reply = await self._observe(server, handle)
            seen = read_observation(reply)
            plan = preview_of(seen, include_volumes=include_volumes, began_at=began)
            if reply.error is not None and not seen.is_complete:
                raise reply.error
            return _preview_outcome(server, plan)

        return await self._operations.run(reference, PREVIEW, work)

    async def run(
        self, reference: str, *, include_volumes: bool = False, preview: str | None = None
    ) -> Operation:
        """Remove what a preview lists, and nothing else.

        Raises PreviewRequired, PreviewExpired, PreviewMismatch, PreviewUsed, and Conflict while another cleanup
        runs on the server; nothing was recorded or sent then.
        """
        server = await self._inventory.find(reference)
        await self._access.require(RUN.action, f"server/{server.id}", server_read_only=server.read_only)
        chosen = await cleanup_rules.choose(
            self._database,
            server,
            include_volumes=include_volumes,
            preview_id=preview,
            now=self._clock.now(),
        )
        plan = CleanupPreview.of(chosen.result)
        script = removing_script(plan)

        async def take(transaction: Transaction, run_id: str) -> None:
            """Hold the preview and the server for this run alone; what another run took meanwhile is refused."""
            other = await uses.others_running(transaction, server.id, run_id)
            if other is not None:
                raise cleanup_rules.busy(server, other)
            refusal = await cleanup_rules.why_not(
                transaction, chosen, server, include_volumes=include_volumes, now=self._clock.now()
            )
            if refusal is not None:
                raise refusal
            await uses.use(transaction, chosen.id, run_id, stamp(self._clock.now()))

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            handle.log(Stream.INFO, f"removes what the preview {chosen.id} lists: {plan.item_count} items")
            return await self._remove(server, handle, chosen.id, plan, script)

        return await self._operations.run(server.id, RUN, work, also=take)

    async def newest_preview(self, server_id: str) -> Operation | None:
        """The newest preview of a server that completed, or None."""
        found = await operations.newest(
            self._database,
            server_id=server_id,
            kind=OperationKind.CLEANUP_PREVIEW,
            status=OperationStatus.COMPLETED,
            limit=1,
        )
        return found[0] if found else None

    async def why_not_run(self, preview: Operation, now: datetime) -> str | None:
        """A sentence that says why a run can't rest on a preview now, or None; records nothing."""
        server = await self._inventory.find(preview.server_id)
        off = self._access.why_not(RUN.action, server_read_only=server.read_only)
        if off is not None:
            return off
        running = await uses.running(self._database, server.id)
        if running is not None:
            return cleanup_rules.busy(server, running).message
        volumes = bool(preview.result.get("includeVolumes"))
        refusal = await cleanup_rules.why_not(
            self._database, preview, server, include_volumes=volumes, now=now
        )
        return None if refusal is None else refusal.message

    async def _observe(self, server: Server, handle: OperationHandle) -> StepReply:
        return await self._scripts.run(
            server,
            handle,
            "cleanup",
            then=observing_script(),
            timeout=PREVIEW_SECONDS,
            step_seconds=STEP_SECONDS,
        )

    async def _remove(
        self, server: Server, handle: OperationHandle, preview_id: str, plan: CleanupPreview, script: str
    ) -> Outcome:
        reply = await self._scripts.run(
            server,
            handle,
            "cleanup",
            then=script,
            timeout=RUN_SECONDS,
            step_seconds=STEP_SECONDS,
            survive=True,
        )
        engine = reply["engine"]
        if engine.status not in (0, None):
            raise _no_docker(server, read_observation(reply))
        before = read_observation(reply).disk
        after = read_observation(reply, AFTER) if reply.whole else None
        if reply.error is not None:
            handle.log(Stream.ERROR, f"{reply.error.message} Looking at what became of it.")
            after = await self._look_afterwards(server, handle)
        return _run_outcome(server, run_of(preview_id, plan, reply, after, before), reply.error)

    async def _look_afterwards(self, server: Server, handle: OperationHandle) -> Observation | None:
        """What is there once nothing changes any more: the script goes on alone where the connection was lost."""
        last: Observation | None = None
        for _ in range(LOOKS):
            await asyncio.sleep(self._look_seconds)
            try:
                reply = await self._observe(server, handle)
            except (Unreachable, AuthFailed, TimedOut) as error:
                handle.log(Stream.ERROR, error.message)
                continue
            seen = read_observation(reply)
            if not seen.is_complete:
                continue
            if last is not None and _same(last, seen):
                return seen
            last = seen
        return last


def _same(one: Observation, other: Observation) -> bool:
    return (one.containers, one.images, one.volumes, one.cache) == (
        other.containers,
        other.images,
        other.volumes,
        other.cache,
    )


def _preview_outcome(server: Server, plan: CleanupPreview) -> Outcome:
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


def _run_outcome(server: Server, run: CleanupRun, error: DaoflowError | None) -> Outcome:
    status, words = status_of(run), summary_of(run, server.name)
    if status is OperationStatus.COMPLETED:
        return Outcome(status, words, run.document())
    worst = next((one for one in run.results if one.outcome in ("failed", "unknown")), None)
    told = f"{words} First: {worst.name}: {worst.reason}." if worst else words
    code = OutcomeUnknown.code if run.unknown else "CLEANUP_" + status.value.upper()
    if error is not None:
        told = f"{told} {error.message}"
    return Outcome(status, words, run.document(), told, code)


def _no_docker(server: Server, seen: Observation) -> DaoflowError:
    asked = seen.questions[0]
    return Unreachable(
        f"Docker on {server.name} could not be reached, so nothing was removed.",
        why=asked.reason or "",
        next_step="Check the server, then make a new preview.",
        reason="docker",
    )
