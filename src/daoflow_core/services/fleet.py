"""Reading the fleet: one plain row a server, with its readiness and its identity, as every list and answer needs it."""

from __future__ import annotations

from daoflow_core.errors import NotFound
from daoflow_core.model.server import Server
from daoflow_core.ports import Database, Row
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.store import servers, sql


class FleetService:
    """Reads the rows that `daoflow_core/documents.py` turns into answers; asks no server."""

    def __init__(self, database: Database, access: Access, inventory: Inventory) -> None:
        self._database = database
        self._access = access
        self._inventory = inventory

    async def rows(self, action: str = "server.list") -> list[Row]:
        """Every live server that the principal may see, by name.

        `action` is what the answer is for (`server.list`, `server.status`).
        """
        await self._access.require(action, "servers")
        return [row for row in await servers.fleet(self._database) if self._access.may_see(row["id"])]

    async def certificates(self) -> list[Row]:
        """Every certificate, for a caller whose action was permitted: the fleet's status tells which end soon."""
        return await self._database.rows(sql.CERTIFICATES)

    async def row(self, reference: str) -> Row:
        """The live server with this id or name. Raises NotFound."""
        server = await self._inventory.find(reference)
        await self._access.require("server.show", f"server/{server.id}")
        return await self.outcome(server)

    async def outcome(self, server: Server) -> Row:
        """The row of a server that an action just ended with: whoever was permitted that may see what came of it."""
        found = await servers.fleet_row(self._database, server.id)
        if found is None:
            raise NotFound(
                f"{server.name} was removed at this moment.", next_step="`server list` shows the names."
            )
        return found
