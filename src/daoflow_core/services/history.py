"""Reading what was done: operations and their logs, also of servers that were removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, NotFound
from daoflow_core.model.operation import LET_FINISH, LogLine, Operation, OperationKind, OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.ports import Database, Transaction
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.recorder import Recorder
from daoflow_core.store import operations, servers

EXPORT_PAGE = 500
LOOK_SECONDS = 0.25
"""How often is looked whether the owner of an operation has ended it."""


class HistoryService:
    """The reader of operations; the recorder is their only writer."""

    def __init__(
        self, database: Database, recorder: Recorder, access: Access, inventory: Inventory, clock: Clock
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._access = access
        self._inventory = inventory

    async def server(self, reference: str) -> Server:
        """The live server with this id or name, else the removed one. Raises NotFound."""
        try:
            return await self._inventory.find(reference)
        except NotFound:
            wanted = reference.strip()
            removed = (
                await servers.removed_by_id_or_name(self._database, wanted) if wanted.isascii() else None
            )
            if removed is None:
                raise
            return removed

    async def operations(
        self,
        server_id: str | None = None,
        *,
        limit: int = 20,
        before: str | None = None,
        kind: OperationKind | None = None,
        status: OperationStatus | None = None,
    ) -> list[Operation]:
        """Operations, newest first, of one server or of all; `before` is the id the page before ended with."""
        await self._access.require("operation.list", f"server/{server_id}" if server_id else "operations")
        if server_id is None and self._access.principal.servers is not None:
            return await self._of_some(self._access.principal.servers, kind, status, limit, before)
        return await operations.newest(
            self._database, server_id=server_id, before=before, kind=kind, status=status, limit=limit
        )

    async def _of_some(
        self,
        server_ids: frozenset[str],
        kind: OperationKind | None,
        status: OperationStatus | None,
        limit: int,
        before: str | None,
    ) -> list[Operation]:
        """What a principal confined to some servers sees of all of them together."""
        found: list[Operation] = []
        for server_id in server_ids:
            found += await operations.newest(
                self._database, server_id=server_id, before=before, kind=kind, status=status, limit=limit
            )
        return sorted(found, key=lambda one: one.id, reverse=True)[:limit]

    async def operation(self, operation_id: str) -> Operation:
        """One operation by its id. Raises NotFound."""
        await self._access.require("operation.logs", f"operation/{operation_id[:80]}")
        return await self._find(operation_id)

    async def _find(self, operation_id: str) -> Operation:
        found = (
            await operations.by_id(self._database, operation_id.strip()) if operation_id.isascii() else None
        )
        if found is None:
            raise NotFound(
                f"There is no operation {operation_id[:80]!a}.",
                next_step="`server ops history --server NAME` shows the ids.",
                operation=operation_id[:80],
            )
        if not self._access.may_see(found.server_id):
            await self._access.require("operation.logs", f"server/{found.server_id}")
        return found

    async def lines(self, operation_id: str, *, after: int = 0, limit: int = 200) -> list[LogLine]:
        """A page of an operation's log: the lines after a sequence number, oldest first."""
        await self._access.require("operation.logs", f"operation/{operation_id[:80]}")
        await self._refuse_unseen(operation_id)
        return await operations.lines(self._database, operation_id, after, limit)

    async def tail(self, operation_id: str, *, limit: int = 200) -> list[LogLine]:
        """The last lines of an operation's log, oldest first."""
        await self._access.require("operation.logs", f"operation/{operation_id[:80]}")
        await self._refuse_unseen(operation_id)
        return await operations.tail(self._database, operation_id, limit)

    async def _refuse_unseen(self, operation_id: str) -> None:
        """Raise ScopeDenied for the log of a server that the principal is not for."""
        if self._access.principal.servers is not None:
            await self.operation(operation_id)

    async def export(
        self, server_id: str | None = None, operation_id: str | None = None
    ) -> AsyncIterator[Operation | LogLine]:
        """Operations, oldest first, each followed by its whole log; read page by page, so that any length fits."""
        if operation_id is not None:
            async for one in self._with_log(await self.operation(operation_id)):
                yield one
        if server_id is None:
            return
        await self._access.require("operation.logs", f"server/{server_id}")
        after = ""
        while page := await operations.oldest(self._database, server_id=server_id, after=after):
            for operation in page:
                async for one in self._with_log(operation):
                    yield one
            after = page[-1].id

    async def _with_log(self, operation: Operation) -> AsyncIterator[Operation | LogLine]:
        yield operation
        after = 0
        while page := await operations.lines(self._database, operation.id, after, EXPORT_PAGE):
            for line in page:
                yield line
            after = page[-1].sequence

    async def cancel(self, operation_id: str, *, wait: float = 0.0) -> Operation:
        """Ask for the end of a running operation, whichever process runs it; its owner looks twice a second.

        The operation as it stands once it ended, or after `wait` seconds. Raises Conflict when it has ended, or is one
        that is let finish because it changes the host.
        """
        scope = await self._access.require("operation.cancel", f"operation/{operation_id[:80]}")
        operation = await self._find(operation_id)
        if operation.status is not OperationStatus.RUNNING:
            raise Conflict(
                f"The operation {operation.id} has ended: it is {operation.status}.", operation=operation.id
            )
        if operation.kind in LET_FINISH:
            raise Conflict(
                f"The operation {operation.id} is changing {operation.server_name} and is let finish.",
                why="Stopping half-way would leave you with less knowledge of what was done, not less done.",
                next_step=f"`server ops logs --operation {operation.id} --follow` shows how it goes on.",
                operation=operation.id,
            )

        async def ask(transaction: Transaction) -> None:
            await operations.ask_cancel(
                transaction, operation.id, self._access.principal.name, stamp(self._clock.now())
            )

        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope=scope,
            action="operation.cancel",
            target=f"operation/{operation.id}",
            detail={"kind": operation.kind.value, "server": operation.server_name},
            work=ask,
            server_id=operation.server_id or None,
        )
        return await self._once_ended(operation.id, wait)

    async def _once_ended(self, operation_id: str, wait: float) -> Operation:
        deadline = self._clock.monotonic() + wait
        while True:
            operation = await self._find(operation_id)
            if operation.status is not OperationStatus.RUNNING or self._clock.monotonic() >= deadline:
                return operation
            await asyncio.sleep(LOOK_SECONDS)
