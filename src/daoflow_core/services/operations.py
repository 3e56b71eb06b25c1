"""The frame around every operation: find, permit, record, work, end truthfully."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from daoflow_core.errors import Cancelled, DaoflowError, StoreUnusable
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Subject
from daoflow_core.model.server import Server
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import Also, OperationHandle
from daoflow_core.services.recorder import Recorder, subject_of
from daoflow_core.services.settling import settled


@dataclass(frozen=True, slots=True)
class Undertaking:
    """What an operation is before it begins; `title` begins its summary: "Cleanup preview of edge-1"."""

    kind: OperationKind
    action: str
    title: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an operation ended, in the words of its work; `also` writes in the transaction that ends it."""

    status: OperationStatus
    summary: str
    result: Mapping[str, object] = field(default_factory=dict)
    error: str | None = None
    error_code: str | None = None
    also: Also | None = None


Work = Callable[[Server, OperationHandle], Coroutine[Any, Any, Outcome]]
CANCEL_SECONDS = 0.5
"""How often a running operation looks whether somebody, in any process, asked for its end."""


class Operations:
    """Runs the work of an operation between its durable start and its durable end."""

    def __init__(self, recorder: Recorder, access: Access, inventory: Inventory) -> None:
        self._recorder = recorder
        self._access = access
        self._inventory = inventory

    async def run(
        self, reference: str, undertaking: Undertaking, work: Work, *, also: Also | None = None
    ) -> Operation:
        """Do `work` on a server as one recorded operation, and return how it ended.

        An error of the work ends the operation as failed (or as its kind of end says) and is raised on, with
        `operationId` in its details. Raises NotFound, ScopeDenied or ReadOnly before anything is recorded.
        """
        server = await self._inventory.find(reference)
        scope = await self._access.require(
            undertaking.action, f"server/{server.id}", server_read_only=server.read_only
        )
        return await self._do(
            subject_of(server), server.name, undertaking, scope, lambda handle: work(server, handle), also
        )

    async def run_about(
        self,
        subject: Subject,
        name: str,
        undertaking: Undertaking,
        work: Callable[[OperationHandle], Coroutine[Any, Any, Outcome]],
        *,
        also: Also | None = None,
    ) -> Operation:
        """`run` for what is no server; the caller has found it. Raises ScopeDenied or ReadOnly."""
        scope = await self._access.require(undertaking.action, subject.target)
        return await self._do(subject, name, undertaking, scope, work, also)

    async def _do(
        self,
        subject: Subject,
        name: str,
        undertaking: Undertaking,
        scope: str,
        work: Callable[[OperationHandle], Coroutine[Any, Any, Outcome]],
        also: Also | None,
    ) -> Operation:
        handle = await self._recorder.begin(
            subject,
            undertaking.kind,
            dry_run=undertaking.dry_run,
            scope=scope,
            actor=self._access.principal.name,
            action=undertaking.action,
            summary=f"{undertaking.title} of {name}",
            also=also,
        )
        try:
            async with handle:
                return await _end(handle, await self._until_cancelled(handle, work(handle)))
        except DaoflowError as error:
            error.details.setdefault("operationId", handle.operation.id)
            raise

    async def _until_cancelled(self, handle: OperationHandle, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        """The outcome of the work. Raises Cancelled when somebody asked for its end; the work is ended then.

        Nothing is over before the work is, however often this is cancelled; an outcome that it still comes to is
        recorded as it is.
        """
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=CANCEL_SECONDS)
                if task.done():
                    break
                by = await self._who_cancels(handle.operation.id)
                if by is not None:
                    raise Cancelled(f"{by} asked for the end of this operation before it was done.")
            return task.result()
        except (asyncio.CancelledError, Cancelled):
            outcome = await _last_word(task)
            if outcome is not None and handle.operation.status is OperationStatus.RUNNING:
                await _end(handle, outcome)
            raise

    async def _who_cancels(self, operation_id: str) -> str | None:
        try:
            return await self._recorder.cancel_requested(operation_id)
        except StoreUnusable:
            return None  # trouble of the store is no reason to stop what runs on a host; the next look counts


async def _end(handle: OperationHandle, outcome: Outcome) -> Operation:
    return await handle.finish(
        outcome.status, outcome.summary, outcome.result, outcome.error, outcome.error_code, outcome.also
    )


async def _last_word(task: asyncio.Task[Outcome]) -> Outcome | None:
    """End a work, wait until it has ended, and give the outcome that it came to all the same."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):  # whoever calls this leaves by its own reason
        await settled(_over(task))
    return None if task.cancelled() or task.exception() is not None else task.result()


async def _over(task: asyncio.Task[Outcome]) -> None:
    await asyncio.wait({task})
