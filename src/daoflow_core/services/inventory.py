"""Finding servers by id or name: the one place where a `--server` value becomes a server."""

from __future__ import annotations

from daoflow_core.errors import NotFound
from daoflow_core.model.server import Server
from daoflow_core.ports import Database
from daoflow_core.store import servers


class Inventory:
    """Reads the registered servers; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, reference: str) -> Server:
        """The live server with this id or name. Raises NotFound."""
        wanted = reference.strip()
        # Names and ids are ASCII; other text can't be one, and may hold bytes that SQLite refuses.
        server = await servers.by_id_or_name(self._database, wanted) if wanted.isascii() else None
        if server is None:
            raise NotFound(
                f"There is no server {reference[:80]!a}.",
                next_step="`server list` shows the names and ids.",
                server=reference[:80],
            )
        return server

    async def all(self) -> list[Server]:
        """Every live server."""
        return await servers.list_live(self._database)
