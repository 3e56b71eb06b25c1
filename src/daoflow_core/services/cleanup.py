"""Cleanup: a preview that lists exactly what would go, and a run that removes exactly that."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, DaoflowError
from daoflow_core.model.cleanup import CleanupPreview
from daoflow_core.model.docker_things import Observation
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Server
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.docker_things import read_observation
from daoflow_core.parse.docker_use import read_docker
from daoflow_core.ports import Database, Transaction
from daoflow_core.preview_errors import PreviewExpired, PreviewMismatch, PreviewRequired, PreviewUsed
from daoflow_core.services import cleanup_rules
from daoflow_core.services.access import Access
from daoflow_core.services.cleanup_endings import let_finish, no_docker, preview_outcome, run_outcome
from daoflow_core.services.cleanup_judgement import preview_of
from daoflow_core.services.cleanup_outcome import run_of
from daoflow_core.services.cleanup_rules import Present
from daoflow_core.services.cleanup_script import AFTER, items_of, observing_script, removing_script
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.services.targets import Targets
from daoflow_core.store import cleanup as uses
from daoflow_core.store import operations

PREVIEW_SECONDS = 400.0
RUN_SECONDS = 3600.0
OUTPUT_BYTES = 64 * 1024 * 1024
"""A host with ten thousand containers, images and cache entries says about 10 MB."""
LOOKS = 6
"""How often the outcome of a run whose connection was lost is looked for, and the seconds between two looks."""
LOOK_SECONDS = 5.0

RULES = (PreviewRequired, PreviewExpired, PreviewMismatch, PreviewUsed, Conflict)
"""What a run is refused with before anything is recorded of it or sent."""
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
        targets: Targets,
        access: Access,
        clock: Clock,
        *,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._database = database
        self._operations = operations
        self._scripts = scripts
        self._inventory = inventory
        self._targets = targets
        self._access = access
        self._clock = clock
        self._look_seconds = look_seconds

    async def preview(self, reference: str, *, include_volumes: bool = False) -> Operation:
        """Record what a cleanup would remove; it fails, and says why, when any question stayed unanswered."""

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            began, monotonic = handle.operation.started_at, self._clock.monotonic()
            fingerprint = await self._targets.fingerprint(server)
            reply = await self._observe(server, handle)
            seen = read_observation(reply)
            plan = preview_of(seen, include_volumes=include_volumes, began_at=began).model_copy(
                update={
                    "host_key_fingerprint": fingerprint,
                    "boot_id": cleanup_rules.boot_id(),
                    "monotonic_seconds": monotonic,
                    "docker_disk_usage": read_docker(reply["engine"], reply["totals"]).disk_usage,
                }
            )
            if reply.error is not None and not seen.is_complete:
                raise reply.error
            return preview_outcome(server, plan)

        return await self._operations.run(reference, PREVIEW, work)

    async def run(
        self, reference: str, *, include_volumes: bool = False, preview: str | None = None
    ) -> Operation:
        """Remove what a preview lists, and nothing else.

        Raises PreviewRequired, PreviewExpired, PreviewMismatch, PreviewUsed, and Conflict while another cleanup
        runs on the server; nothing was recorded or sent then.
        """
        server = await self._permitted(reference)
        try:
            return await self._run(server, include_volumes, preview)
        except RULES as refusal:
            if "operationId" not in refusal.details:  # nothing began, so no operation tells of it
                await self._access.refused(RUN.action, f"server/{server.id}", refusal.message)
            raise

    async def fitting(
        self, reference: str, *, include_volumes: bool = False, preview: str | None = None
    ) -> Operation:
        """The preview that `run` would rest on now. Raises what `run` does."""
        server = await self._permitted(reference)
        present = await self._present(server, include_volumes)
        return await cleanup_rules.choose(self._database, server, present, preview)

    async def _permitted(self, reference: str) -> Server:
        server = await self._inventory.find(reference)
        await self._access.require(RUN.action, f"server/{server.id}", server_read_only=server.read_only)
        return server

    async def _run(self, server: Server, include_volumes: bool, preview: str | None) -> Operation:
        present = await self._present(server, include_volumes)
        chosen = await cleanup_rules.choose(self._database, server, present, preview)
        plan = CleanupPreview.of(chosen.result)
        script = removing_script(plan)

        async def take(transaction: Transaction, run_id: str) -> None:
            """Hold the preview and the server for this run alone; what another run took meanwhile is refused."""
            other = await uses.others_running(transaction, server.id, run_id)
            if other is not None:
                raise cleanup_rules.busy(server, other)
            refusal = await cleanup_rules.why_not(transaction, chosen, server, present)
            if refusal is not None:
                raise refusal
            await uses.use(transaction, chosen.id, run_id, stamp(self._clock.now()))

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            handle.log(Stream.INFO, f"removes what the preview {chosen.id} lists: {plan.item_count} items")
            await self._targets.prove(server)
            return await let_finish(self._remove(server, handle, chosen.id, plan, script), handle)

        try:
            return await self._operations.run(server.id, RUN, work, also=take)
        except Conflict as conflict:
            running = await uses.running(self._database, server.id)
            if running is None or conflict.details.get("columns") != ["operations.server_id"]:
                raise
            raise cleanup_rules.busy(server, running) from None  # the store lets one in, whoever comes first

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
        present = replace(await self._present(server, volumes), now=now)
        refusal = await cleanup_rules.why_not(self._database, preview, server, present)
        return None if refusal is None else refusal.message

    async def _present(self, server: Server, include_volumes: bool) -> Present:
        fingerprint = await self._targets.fingerprint(server)
        return Present(include_volumes, self._clock.now(), self._clock.monotonic(), fingerprint)

    async def _observe(self, server: Server, handle: OperationHandle) -> StepReply:
        return await self._scripts.run(
            server,
            handle,
            "cleanup",
            then=observing_script(),
            timeout=PREVIEW_SECONDS,
            limit=OUTPUT_BYTES,
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
            survive=True,
            limit=OUTPUT_BYTES,
        )
        engine = reply["engine"]
        if engine.status not in (0, None):
            raise no_docker(server, read_observation(reply))
        before = read_observation(reply).disk
        after = read_observation(reply, AFTER) if reply.whole else None
        if reply.error is not None:
            handle.log(Stream.ERROR, f"{reply.error.message} Looking at what became of it.")
            after = await self._look_afterwards(server, handle, {item.id for item in items_of(plan)})
        return run_outcome(server, run_of(preview_id, plan, reply, after, before), reply.error)

    async def _look_afterwards(
        self, server: Server, handle: OperationHandle, listed: set[str]
    ) -> Observation | None:
        """What is there once nothing changes any more: the script goes on alone where the connection was lost."""
        last: Observation | None = None
        for _ in range(LOOKS):
            await asyncio.sleep(self._look_seconds)
            try:
                seen = read_observation(await self._observe(server, handle))
            except DaoflowError as error:
                handle.log(Stream.ERROR, error.message)
                continue
            if not seen.is_complete:
                continue
            left = listed & seen.ids()
            if not left or (last is not None and left == listed & last.ids()):
                return seen
            last = seen
        return last
