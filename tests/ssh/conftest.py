"""Fixtures of the SSH tests: real in-process peers, ended with the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from tests.ssh.parts import LOGIN_LINE, QUICK

from daoflow_core.ssh.peer import Peer, PeerSetup
from daoflow_core.ssh.pool import HostPool
from daoflow_core.ssh.transport import Transport

StartPeer = Callable[..., Awaitable[Peer]]


@pytest.fixture
async def start_peer(tmp_path) -> AsyncIterator[StartPeer]:
    peers: list[Peer] = []

    async def start(*, algorithms=("ssh-ed25519",), port: int = 0, **setup: object) -> Peer:
        plain = PeerSetup({"op": [LOGIN_LINE]}, directory=tmp_path)
        peer = await Peer.start(replace(plain, **setup), algorithms=algorithms, port=port)
        peers.append(peer)
        return peer

    yield start
    for peer in peers:
        await peer.aclose()


@pytest.fixture
async def peer(start_peer) -> Peer:
    return await start_peer()


@pytest.fixture
def transport() -> Transport:
    return Transport(QUICK)


@pytest.fixture
async def pool(transport) -> AsyncIterator[HostPool]:
    pool = HostPool(transport)
    yield pool
    await pool.aclose()
