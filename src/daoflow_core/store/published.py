"""Queries on what is known to run where: the services that routes of tunnels can lead to."""

from __future__ import annotations

from daoflow_core.model.published import Directory
from daoflow_core.store import servers
from daoflow_core.store.rows import Readable


async def directory(source: Readable) -> Directory:
    """Every known service of live servers; nothing that is kept today tells a server's services."""
    return Directory(unseen=tuple(server.name for server in await servers.list_live(source)))
