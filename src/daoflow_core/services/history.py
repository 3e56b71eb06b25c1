"""Reading what was done: operations and their logs, also of servers that were removed."""

from __future__ import annotations

from daoflow_core.errors import NotFound
from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.ports import Database
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.store import operations, servers


class HistoryService:
    """The reader of operations; the recorder is their only writer."""

    def __init__(self, database: Database, access: Access, inventory: Inventory) -> None:
        self._database = database
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
