"""What logs in to servers, whatever the way there."""

from __future__ import annotations

from typing import Protocol

import asyncssh

from daoflow_core.model.host import Target


class Connector(Protocol):
    """Logs in to servers."""

    async def connect(self, target: Target, *, patient: bool = False) -> asyncssh.SSHClientConnection:
        """An authenticated connection to a server."""
        ...
