"""How far away a server is, as the kernel measures it on the connection that there is."""

from __future__ import annotations

import socket
import struct

import asyncssh

_TCP_INFO_BYTES, _RTT_AT = 104, 68  # struct tcp_info of Linux: `tcpi_rtt`, microseconds


def round_trip(connection: asyncssh.SSHClientConnection) -> float | None:
    """Seconds there and back; None where the kernel does not tell (only Linux does, and only of a TCP socket)."""
    way = connection.get_extra_info("socket")
    option = getattr(socket, "TCP_INFO", None)
    if way is None or option is None or not hasattr(way, "getsockopt"):
        return None
    try:
        told = way.getsockopt(socket.IPPROTO_TCP, option, _TCP_INFO_BYTES)
    except OSError:
        return None
    if len(told) < _RTT_AT + 4:
        return None
    microseconds: int = struct.unpack_from("=I", told, _RTT_AT)[0]
    return microseconds / 1e6 if microseconds else None
