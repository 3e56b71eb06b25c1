"""Patch planning: which updates a host could take, recorded, without changing it."""

from __future__ import annotations

from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.patches import PatchPlan, PatchStatus
from daoflow_core.model.server import Server
from daoflow_core.ports import Database
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.services.patch_judgement import plan_of
from daoflow_core.store import operations

STEP_SECONDS = 60
PLAN_SECONDS = 300.0
PLAN = Undertaking(OperationKind.PATCH_PLAN, "server.patch.plan", "Patch plan", dry_run=True)


class PatchService:
    """Plans updates; applying them stays with the operator."""

    def __init__(self, database: Database, operations: Operations, scripts: HostScripts) -> None:
        self._database = database
        self._operations = operations
        self._scripts = scripts

    async def plan(self, reference: str) -> Operation:
        """Record a plan; it fails when the host could not be asked, and an unknown manager is an answer."""

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            reply = await self._scripts.run(
                server, handle, "patches", timeout=PLAN_SECONDS, step_seconds=STEP_SECONDS
            )
            reply.settled()
            root = not server.is_local and server.endpoint.user == "root"
            return _outcome(server, plan_of(reply, planned_at=handle.operation.started_at, is_root=root))

        return await self._operations.run(reference, PLAN, work)

    async def latest(self, server_id: str) -> Operation | None:
        """The newest plan of a server that could be made, or None."""
        found = await operations.newest(
            self._database,
            server_id=server_id,
            kind=OperationKind.PATCH_PLAN,
            status=OperationStatus.COMPLETED,
            limit=1,
        )
        return found[0] if found else None


def _outcome(server: Server, plan: PatchPlan) -> Outcome:
    if plan.status is PatchStatus.FAILED:
        return Outcome(
            OperationStatus.FAILED,
            f"Patch plan of {server.name} failed.",
            plan.document(),
            plan.summary,
            "PATCH_PLAN_FAILED",
        )
    return Outcome(OperationStatus.COMPLETED, f"{server.name}: {plan.summary}", plan.document())
