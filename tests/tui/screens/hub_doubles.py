"""Services that answer from given values, and record real operations in the real store of the real core."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from daoflow_core.console import Console
from daoflow_core.errors import DaoflowError
from daoflow_core.model.cleanup import CleanupPreview, CleanupRun
from daoflow_core.model.needs import Need
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.patches import PatchPlan, PatchStatus
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.model.server import Server
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Outcome, Undertaking
from tui import hub_values as values

DONE = OperationStatus.COMPLETED


class Script:
    """What a double does next: log lines, then wait for `gate`, then end or raise."""

    def __init__(self) -> None:
        self.lines: Sequence[tuple[Stream, str]] = (
            (Stream.RUN, "docker ps -a"),
            (Stream.EXIT, "exit 0 after 0.1 s"),
        )
        self.gate: asyncio.Event | None = None
        self.error: DaoflowError | None = None
        self.refusal: DaoflowError | None = None
        self.status = DONE

    def hold(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        """Let the next one wait; call what is returned to let it go on."""
        self.gate = gate = asyncio.Event()

        def release() -> None:
            self.gate = None
            loop.call_soon_threadsafe(gate.set)

        return release

    async def play(self, handle: OperationHandle) -> None:
        for stream, words in self.lines:
            handle.log(stream, words)
        await handle.flush()
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error


class Double:
    """One service."""

    def __init__(self, console: Console) -> None:
        self.console, self.script = console, Script()
        self.asked: list[dict[str, object]] = []

    async def record(
        self, reference: str, kind: OperationKind, action: str, title: str, result: Callable[[], object]
    ) -> Operation:
        if self.script.refusal is not None:
            raise self.script.refusal

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            await self.script.play(handle)
            made = result()
            error = self.failure(made)
            status = self.script.status if error is None else OperationStatus.FAILED
            return Outcome(status, f"{title} of {server.name} done", made.document(), error)

        dry = kind in (OperationKind.CLEANUP_PREVIEW, OperationKind.PATCH_PLAN)
        return await self.console.operations.run(reference, Undertaking(kind, action, title, dry), work)

    def failure(self, made: object) -> str | None:
        """What makes the core end such a result as failed."""
        return None

    async def newest(
        self, server_id: str, kind: OperationKind, status: OperationStatus | None = DONE
    ) -> Operation | None:
        found = await self.console.history.operations(server_id, kind=kind, status=status, limit=1)
        return found[0] if found else None


class Resources(Double):
    docker = None
    age = 0.0
    points = 17

    async def check(self, reference: str) -> Operation:
        def made() -> ResourceSnapshot:
            return values.snapshot(self.console.clock.now(), age=self.age, docker=self.docker)

        return await self.record(
            reference, OperationKind.RESOURCE_CHECK, "server.resources.check", "Resource check", made
        )

    async def latest(self, server_id: str) -> ResourceSnapshot | None:
        found = await self.newest(server_id, OperationKind.RESOURCE_CHECK)
        return None if found is None else ResourceSnapshot.of(found.result)

    async def needs(self, server_id: str) -> tuple[Need, ...]:
        return values.NEEDS

    async def samples(self, server_id: str, limit: int = 60) -> list[values.Point]:
        return values.trend(self.console.clock.now())[: self.points]


class Cleanup(Double):
    age = 0.0
    complete = True
    empty = False
    name = "web-old"

    async def preview(self, reference: str, *, include_volumes: bool = False) -> Operation:
        self.asked.append({"preview": include_volumes})

        def made() -> CleanupPreview:
            now = self.console.clock.now()
            return values.preview(
                now,
                age=self.age,
                volumes=include_volumes,
                complete=self.complete,
                empty=self.empty,
                name=self.name,
            )

        return await self.record(
            reference, OperationKind.CLEANUP_PREVIEW, "server.cleanup.preview", "Cleanup preview", made
        )

    async def run(
        self, reference: str, *, include_volumes: bool = False, preview: str | None = None
    ) -> Operation:
        self.asked.append({"run": preview, "volumes": include_volumes})

        def made() -> CleanupRun:
            return values.run(preview or "", volumes=include_volumes)

        return await self.record(reference, OperationKind.CLEANUP_RUN, "server.cleanup.run", "Cleanup", made)

    def failure(self, made: object) -> str | None:
        unanswered = isinstance(made, CleanupPreview) and not made.complete
        return "Could not ask about build cache (exit 1), so nothing can be foretold." if unanswered else None

    async def newest_preview(self, server_id: str) -> Operation | None:
        return await self.newest(server_id, OperationKind.CLEANUP_PREVIEW)

    async def why_not_run(self, operation: Operation, now: datetime) -> str | None:
        return None


class Patches(Double):
    plan_value: Callable[[datetime], PatchPlan] = staticmethod(values.plan)

    async def plan(self, reference: str) -> Operation:
        return await self.record(
            reference,
            OperationKind.PATCH_PLAN,
            "server.patch.plan",
            "Patch plan",
            lambda: self.plan_value(self.console.clock.now()),
        )

    def failure(self, made: object) -> str | None:
        failed = isinstance(made, PatchPlan) and made.status is PatchStatus.FAILED
        return "apt-get could not be asked: Could not get lock" if failed else None

    async def latest(self, server_id: str) -> Operation | None:
        return await self.newest(server_id, OperationKind.PATCH_PLAN)
