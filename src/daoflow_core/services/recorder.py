"""The only writer of operations, their logs and the audit trail: the intent is durable before the act."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import DaoflowError
from daoflow_core.events import Event, Events
from daoflow_core.ids import new_id
from daoflow_core.model.audit import Phase
from daoflow_core.model.operation import (
    LogLine,
    Operation,
    OperationKind,
    OperationStatus,
    Stream,
    Subject,
)
from daoflow_core.model.server import Server
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.services.anchors import Anchor
from daoflow_core.services.audit_trail import AuditTrail, Deed
from daoflow_core.services.operation_handle import Also, OperationHandle
from daoflow_core.services.orphans import interrupt_orphans
from daoflow_core.services.scrub import scrub_line
from daoflow_core.services.settling import settled
from daoflow_core.store import operations
from daoflow_core.store.instance import Instance

T = TypeVar("T")


class Recorder:
    """Every act goes through here: an operation on a host, a change of the store, a refusal."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        events: Events,
        clock: Clock,
        owner: str,
        anchors_file: Path | None = None,
    ) -> None:
        self._database = database
        self._events = events
        self.clock = clock
        self._owner = owner
        self.trail = AuditTrail(vault, clock, anchors_file)
        self._open: dict[str, OperationHandle] = {}

    async def begin(
        self,
        server: Server | Subject,
        kind: OperationKind,
        *,
        dry_run: bool,
        scope: str,
        actor: str,
        summary: str,
        action: str,
        also: Also | None = None,
    ) -> OperationHandle:
        """Record that an operation starts: its row and the audit intent are durable when this returns.

        `also` writes in the same transaction; what it raises, or StoreFull, VaultLocked, AuditBroken: nothing began.
        A caller cancelled meanwhile leaves a cancelled operation, never a running one.
        """
        subject = server if isinstance(server, Subject) else subject_of(server)
        operation = Operation(
            id=new_id("op"),
            server_id=subject.server_id,
            server_name=scrub_line(subject.server_name),
            kind=kind,
            status=OperationStatus.RUNNING,
            dry_run=dry_run,
            requested_by=scrub_line(actor),
            permission_scope=scope,
            summary=scrub_line(summary),
            started_at=stamp(self.clock.now()),
            owner=self._owner,
        )
        deed = Deed(actor, scope, action, subject.target, operation.id, {"kind": kind.value})
        handle = OperationHandle(operation, deed, self._database, self.trail, self.clock, self._publish_of)
        try:
            await settled(self._start(handle, deed, also))
        except asyncio.CancelledError as error:
            if handle.begun:
                await handle.conclude(error)
            raise
        return handle

    async def record_change(
        self,
        *,
        actor: str,
        scope: str,
        action: str,
        target: str,
        detail: Mapping[str, object],
        work: Callable[[Transaction], Awaitable[T]],
        server_id: str | None = None,
    ) -> T:
        """Change the store and record it, intent and outcome, in one transaction with the change itself."""
        deed = Deed(actor, scope, action, target, None, detail)

        async def change(transaction: Transaction) -> tuple[T, Anchor]:
            await self.trail.append(transaction, deed, Phase.INTENT, "pending")
            result = await work(transaction)
            return result, await self.trail.append(transaction, deed, Phase.OUTCOME, "completed")

        return await settled(self._change(change, Event(action, server_id)))

    async def denied(self, *, actor: str, scope: str, action: str, target: str, reason: str) -> None:
        """Record that an action was refused."""
        deed = Deed(actor, scope, action, target, None, {"reason": reason})

        async def deny(transaction: Transaction) -> tuple[None, Anchor]:
            return None, await self.trail.append(transaction, deed, Phase.DENIED, "denied")

        await settled(self._change(deny, Event("audit.denied")))

    async def recover(self, instance: Instance) -> list[Operation]:
        """End as interrupted, outcome unknown, the operations whose process has died; returns them.

        Ends of this process's own operations that the store could not take at the time are written first.
        """
        for handle in list(self._open.values()):
            await handle.settle()
        ended = await settled(interrupt_orphans(self._database, self.trail, self.clock, instance))
        for operation in ended:
            self._publish_of("operation.finished", operation)
        return ended

    async def cancel_requested(self, operation_id: str) -> str | None:
        """Who asked for the end of a running operation, from this process or another; None when nobody did."""
        return await operations.cancel_of(self._database, operation_id)

    def publish(self, event: Event) -> None:
        """Tell whoever watches of something a service has just written."""
        self._events.publish(event)

    async def close(self) -> None:
        """End what still runs as interrupted: its process is about to go."""
        for handle in list(self._open.values()):
            with contextlib.suppress(
                DaoflowError
            ):  # what can't be written now, the next start's recovery ends
                await handle.abandon()

    async def _start(self, handle: OperationHandle, deed: Deed, also: Also | None) -> None:
        await self._database.keep_room()
        operation = handle.operation
        first = LogLine(operation.id, 1, operation.started_at, Stream.INFO, operation.summary)

        async def start(transaction: Transaction) -> Anchor:
            await operations.insert(transaction, operation)
            await operations.append_lines(transaction, [first])
            if also is not None:
                await also(transaction, operation.id)
            return await self.trail.append(transaction, deed, Phase.INTENT, "pending")

        self.trail.anchor(await self._database.write(start))
        self._open[operation.id] = handle
        handle.begun = True
        self._publish_of("operation.started", operation)

    async def _change(self, work: Callable[[Transaction], Awaitable[tuple[T, Anchor]]], event: Event) -> T:
        result, anchor = await self._database.write(work)
        self.trail.anchor(anchor)
        self._events.publish(event)
        return result

    def _publish_of(self, kind: str, operation: Operation) -> None:
        if operation.status is not OperationStatus.RUNNING:
            self._open.pop(operation.id, None)
        self._events.publish(Event(kind, operation.server_id or None, operation.id))


def subject_of(server: Server) -> Subject:
    """A server as what an operation is of."""
    return Subject(f"server/{server.id}", server.id, server.name)
