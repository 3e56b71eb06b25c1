"""A resource check on a warm connection, in round trips of a wire that takes its time."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import asyncssh

from daoflow_core.model.host import Target
from daoflow_core.model.server import Endpoint
from daoflow_core.remote import steps_script
from daoflow_core.secret import Secret
from daoflow_core.ssh.peer import LOOPBACK, Peer, PeerSetup, make_host_key
from daoflow_core.ssh.pool import HostPool

ONE_WAY = 0.1  # seconds a byte takes; the script's own work must be small beside it
LIMIT = 1.5
TIMES = 5
PIECE = 64 * 1024


def run() -> bool:
    """Print the figures; returns whether the least of them, which the machine's load hid least, is one round trip."""
    trips = asyncio.run(_measure())
    least, middle = min(trips), statistics.median(trips)
    print(f"\nresource check on a warm connection, {ONE_WAY * 2000:.0f} ms a round trip, {TIMES} checks")
    print(
        f"  round trips, the host's own work included: least {least:.2f} (limit {LIMIT}), median {middle:.2f}"
    )
    return least <= LIMIT


async def _measure() -> list[float]:
    key = make_host_key("ssh-ed25519")
    public = key.export_public_key("openssh").decode().strip()
    pool = HostPool()
    with tempfile.TemporaryDirectory() as folder:
        peer = await Peer.start(PeerSetup({"deploy": [public]}, directory=Path(folder)))
        wire = await asyncio.start_server(_delayed(peer.port), LOOPBACK, 0)
        port = wire.sockets[0].getsockname()[1]
        try:
            return await _check(pool, _target(peer, port, key))
        finally:
            await pool.aclose()
            wire.close()
            await peer.aclose()


def _target(peer: Peer, port: int, key: asyncssh.SSHKey) -> Target:
    secret = Secret(key.export_private_key("openssh"))
    return Target("srv_bench", Endpoint(LOOPBACK, port, "deploy"), peer.host_keys[0], secret)


async def _check(pool: HostPool, target: Target) -> list[float]:
    script = steps_script("bench", "resources", then="", limit=5)
    await pool.run(target, script, timeout=30)
    trips = []
    for _ in range(TIMES):
        await asyncio.sleep(8 * ONE_WAY)  # the console does not check twice within a second
        started = time.perf_counter()
        await pool.run(target, script, timeout=30)
        trips.append((time.perf_counter() - started) / (2 * ONE_WAY))
    return trips


def _delayed(far_port: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(LOOPBACK, far_port)
        with contextlib.suppress(asyncio.CancelledError):  # the benchmark is over
            await asyncio.gather(_carry(reader, far_writer), _carry(far_reader, writer))

    return talk


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(PIECE):
            asyncio.get_running_loop().call_later(ONE_WAY, writer.write, data)
    except OSError:
        pass
    asyncio.get_running_loop().call_later(ONE_WAY, writer.close)
