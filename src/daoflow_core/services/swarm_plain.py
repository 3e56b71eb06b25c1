"""Containers on a node that belong to no service: only the node's own engine knows them, if it is registered here."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError
from daoflow_core.model.server import Server
from daoflow_core.model.swarm import SwarmNode
from daoflow_core.model.swarm_plans import PlainContainers
from daoflow_core.services.access import Access
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.text import decode

ASK = "dft_limit=10 && dft_reach_docker && dft_swarm_plain"
ASK_SECONDS = 30.0


class PlainContainerService:
    """Finds the server that a node is, and asks it."""

    def __init__(self, scripts: HostScripts, inventory: Inventory, access: Access) -> None:
        self._scripts = scripts
        self._inventory = inventory
        self._access = access

    async def of(self, manager: Server, node: SwarmNode, handle: OperationHandle) -> PlainContainers:
        """The plain containers that run on a node; not known, with the reason, where nobody can ask it."""
        candidates = [manager] if node.is_self else await self._candidates(node)
        reason = f"{node.name} is not registered here, and a manager does not know them"
        for server in candidates:
            try:
                reply = await self._scripts.run(server, handle, "swarm", then=ASK, timeout=ASK_SECONDS)
            except DaoflowError as error:
                reason = error.message.rstrip(".")
                continue
            if decode(reply["node"].stdout.strip()) != node.id:
                reason = f"{server.name} has its address or name, but is not that node"
            elif not reply["plain"].succeeded:
                reason = f"{server.name} did not answer"
            else:
                lines = (decode(line).split() for line in reply["plain"].stdout.split(b"\n"))
                names = sorted(words[1] for words in lines if len(words) == 3 and words[2] == "plain")
                return PlainContainers(known=True, server=server.name, names=tuple(names))
        return PlainContainers(known=False, reason=reason)

    async def _candidates(self, node: SwarmNode) -> list[Server]:
        """Servers that this principal may see and that may be the node; their engines say whether they are."""
        names = {node.host, node.name} - {None, "", "0.0.0.0", "127.0.0.1"}  # noqa: S104 - compared, never bound
        return [
            one
            for one in await self._inventory.all()
            if self._access.may_see(one.id) and not one.is_local and names & {one.endpoint.host, one.name}
        ]
