"""Queries on what is known to run where: the services that routes of tunnels can lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.model.published import Directory, PublishedService
from daoflow_core.store import servers, swarm
from daoflow_core.store.rows import Readable

if TYPE_CHECKING:
    from daoflow_core.model.server import Server
    from daoflow_core.model.swarm import SwarmTopology


async def directory(source: Readable) -> Directory:
    """The services of every swarm whose topology was observed; of other servers none is known.

    A swarm with several registered managers counts once, by its newest snapshot.
    """
    live = await servers.list_live(source)
    snapshots = await swarm.all_latest(source)
    by_id = {server.id: server for server in live}
    clusters: set[str] = set()
    found: list[PublishedService] = []
    for server_id, topology in snapshots.items():
        if topology.cluster_id not in clusters and server_id in by_id:
            clusters.add(topology.cluster_id)
            found += _services(by_id[server_id], topology)
    unseen = tuple(server.name for server in live if server.id not in snapshots)
    return Directory(tuple(found), unseen)


def _services(server: Server, topology: SwarmTopology) -> list[PublishedService]:
    return [
        PublishedService(
            server.id,
            server.name,
            one.name,
            published=tuple(port.published for port in one.ports if port.published),
            targets=tuple(port.target for port in one.ports),
        )
        for one in topology.services
    ]
