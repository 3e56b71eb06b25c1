"""Resource checks: one round trip of questions, the snapshot with its place in the trend, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import OutcomeUnknown, TimedOut
from daoflow_core.model.needs import Need
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.patches import PatchPlan
from daoflow_core.model.readiness import Readiness, ReadinessStatus
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.model.samples import Sample
from daoflow_core.model.server import Server
from daoflow_core.model.settings import Settings
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.resources import read_snapshot
from daoflow_core.ports import Database, Transaction
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.identity import IdentityService
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.needs import Known, needs
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.services.resource_words import in_numbers
from daoflow_core.services.scrub import scrub_mapping
from daoflow_core.store import operations as operation_rows
from daoflow_core.store import readiness as readiness_rows
from daoflow_core.store import resources as resource_rows

CHECK = Undertaking(OperationKind.RESOURCE_CHECK, "server.resources.check", "Resource check")
STEP_SECONDS = 5
"""What each question may take; `docker system df` has its own limit, in resources.sh."""
CHECK_SECONDS = 60.0
"""What the whole check may take where every question runs into its limit."""
TREND = 60
"""Samples that the needs are judged by."""


class ResourceService:
    """Checks a server's resources as a recorded operation, and tells what is known without asking it."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        scripts: HostScripts,
        inventory: Inventory,
        identity: IdentityService,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._database = database
        self._operations = operations
        self._scripts = scripts
        self._inventory = inventory
        self._identity = identity
        self._settings = settings
        self._clock = clock

    async def check(self, reference: str) -> Operation:
        """One recorded check; its result is a ResourceSnapshot with `needs`.

        It is `completed` when every question has an answer, Docker's absence included; `partial` when one has
        none (a hung engine, no permission, a lost connection). Raises NotFound, ScopeDenied, and what keeps a
        script from being sent or answered at all.
        """
        return await self._operations.run(reference, CHECK, self._check)

    async def latest(self, server_id: str) -> ResourceSnapshot | None:
        """The newest snapshot that came whole; None before the first check."""
        return await resource_rows.latest(self._database, server_id)

    async def samples(self, server_id: str, limit: int = TREND) -> list[Sample]:
        """The newest points of a server's trend, oldest first, of recurring checks too."""
        return await resource_rows.samples(self._database, server_id, limit)

    async def needs(self, server_id: str) -> tuple[Need, ...]:
        """What a server needs by all that is known of it now; asks no server. Raises NotFound."""
        server = await self._inventory.find(server_id)
        return await self._needs(server, await self.latest(server.id), await self.samples(server.id))

    async def _check(self, server: Server, handle: OperationHandle) -> Outcome:
        reply = await self._scripts.run(
            server, handle, "resources", timeout=CHECK_SECONDS, step_seconds=STEP_SECONDS
        )
        snapshot = _scrubbed(read_snapshot(reply, stamp(self._clock.now())))
        if snapshot.empty():
            raise _nothing_learned(server, reply)
        samples = [*await self.samples(server.id, TREND - 1), snapshot.sample()]
        found = await self._needs(server, snapshot, samples)
        result = {**snapshot.document(), "needs": [one.document() for one in found]}

        async def keep(transaction: Transaction, operation_id: str) -> None:
            if reply.whole:  # what a lost link left must not stand for the server
                await resource_rows.add(transaction, operation_id, server.id, snapshot)

        words = f"{server.name}: {in_numbers(snapshot)}."
        unknown = snapshot.unknown()
        if not unknown and reply.error is None:
            return Outcome(OperationStatus.COMPLETED, words, result, also=keep)
        why = f"Not everything of {server.name} could be read. {'; '.join(unknown)}."
        if reply.error is not None:
            why = f"{reply.error.message} {why}"
        return Outcome(OperationStatus.PARTIAL, words, result, error=why, also=keep)

    async def _needs(
        self, server: Server, snapshot: ResourceSnapshot | None, samples: Sequence[Sample]
    ) -> tuple[Need, ...]:
        report = await self._identity.known(server.id)
        readiness = await readiness_rows.of(self._database, server.id)
        plan, planned_at = await self._plan(server.id)
        return needs(
            Known(
                server,
                self._settings,
                snapshot,
                samples,
                report.approved,
                readiness or Readiness(server.id, ReadinessStatus.UNKNOWN, ""),
                plan,
                planned_at,
                self._clock.now(),
            )
        )

    async def _plan(self, server_id: str) -> tuple[PatchPlan | None, str]:
        """The result of the newest patch plan that has one, and when it was made."""
        newest = await operation_rows.newest(
            self._database, server_id=server_id, kind=OperationKind.PATCH_PLAN, limit=5
        )
        for operation in newest:
            if operation.result:
                try:
                    return PatchPlan.of(operation.result), operation.completed_at or operation.started_at
                except ValidationError:
                    return None, ""
        return None, ""


def _scrubbed(snapshot: ResourceSnapshot) -> ResourceSnapshot:
    """A snapshot as it may be kept: the reasons in it are words of the host, and may quote a secret."""
    return ResourceSnapshot.of(scrub_mapping(snapshot.document()))


def _nothing_learned(server: Server, reply: StepReply) -> TimedOut | OutcomeUnknown:
    """The script was sent and not one question of it was answered."""
    if isinstance(reply.error, TimedOut | OutcomeUnknown):
        return reply.error
    return OutcomeUnknown(
        f"{server.name} answered not one question of the resource check.",
        why="Its shell ran, but nothing that it said can be read.",
        next_step="The log of the operation shows what it said.",
    )
