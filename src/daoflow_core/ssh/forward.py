"""Reaching a port of a server from the server itself, over its SSH connection: nothing has to be installed there."""

from __future__ import annotations

import asyncssh

from daoflow_core.errors import Unreachable
from daoflow_core.knocking import Streams, knock, unheard

_FORBIDDEN = (asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, asyncssh.OPEN_UNKNOWN_CHANNEL_TYPE)


async def forwarded(
    connection: asyncssh.SSHClientConnection, address: str, port: int, said: bytes, *, timeout: float
) -> bytes:
    """Knock at an address that the server reaches.

    Raises Unreachable (`reason` refused, closed, or forbidden where the SSH service forwards nothing) or TimedOut.
    """
    place = f"{address}:{port}"

    async def connect() -> Streams:
        try:
            return await connection.open_connection(address, port, encoding=None)
        except asyncssh.ChannelOpenError as error:
            raise _refusal(place, error) from None
        except asyncssh.Error:
            raise unheard(place, "lost", "The SSH connection was lost.") from None

    return await knock(connect, place, said, timeout=timeout)


def _refusal(place: str, error: asyncssh.ChannelOpenError) -> Unreachable:
    if error.code in _FORBIDDEN:
        why = (
            "AllowTcpForwarding or PermitOpen in its sshd_config keeps it from reaching its own ports for us."
        )
        return unheard(place, "forbidden", "The SSH service of the server forwards no connection.", why)
    return unheard(place, "refused", f"Nothing takes connections at {place} on the server.")
