"""Which kinds of host key a server has, by its own first packet, sent before anything is agreed."""

from __future__ import annotations

import asyncio
import socket
import struct

from daoflow_core.ssh.passage import Passage

IDENTIFICATION = b"SSH-2.0-daoflow\r\n"
KEXINIT = 20
COOKIE = 16
MAX_PACKET = 35_000  # RFC 4253 asks every side to handle this much


async def offered_algorithms(connection: socket.socket | Passage) -> tuple[str, ...]:
    """The host key algorithms of the server's KEXINIT, as it orders them. Raises OSError or ValueError.

    The socket or stream is one that has greeted (see `dial`); the caller bounds the time and closes it.
    """
    if isinstance(connection, Passage):
        return _host_key_algorithms(await _ask_through(connection))
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, IDENTIFICATION)
    received = b""
    while (payload := _first_packet(received)) is None:
        data = await loop.sock_recv(connection, 4096)
        if not data:
            raise ConnectionResetError("closed before the key exchange")
        received += data
    return _host_key_algorithms(payload)


async def _ask_through(passage: Passage) -> bytes:
    """The same over a hop's connection."""
    passage.write(IDENTIFICATION)
    while (payload := _first_packet(passage.seen)) is None:
        if passage.ended:
            raise ConnectionResetError("closed before the key exchange")
        await passage.more()
    return payload


def _first_packet(received: bytes) -> bytes | None:
    """The payload after the greeting lines, or None while it is not whole."""
    start = 0 if received.startswith(b"SSH-") else received.find(b"\nSSH-") + 1
    end = received.find(b"\n", start) + 1
    if not end or not received[start:].startswith(b"SSH-") or len(received) < end + 5:
        return None
    length, padding = struct.unpack_from(">IB", received, end)
    if length > MAX_PACKET or padding + 1 > length:
        raise ValueError("not an SSH packet")
    packet = received[end + 5 : end + 4 + length]
    return packet[: length - 1 - padding] if len(packet) == length - 1 else None


def _host_key_algorithms(payload: bytes) -> tuple[str, ...]:
    """The second name list of a KEXINIT; the first one is the key exchange methods."""
    if not payload or payload[0] != KEXINIT:
        raise ValueError("the server did not begin with its algorithms")
    try:
        (methods,) = struct.unpack_from(">I", payload, 1 + COOKIE)
        at = 1 + COOKIE + 4 + methods
        (length,) = struct.unpack_from(">I", payload, at)
    except struct.error:
        raise ValueError("the server's list of algorithms is cut short") from None
    return tuple(payload[at + 4 : at + 4 + length].decode("ascii").split(","))
