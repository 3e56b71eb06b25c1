"""A process of its own full of SSH servers on loopback; it ends when its standard input does."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import asyncssh

from daoflow_core.ssh.peer import Peer, PeerSetup, make_host_key


async def serve(size: int) -> None:
    """Start the servers, say where they are on one line, and wait for the end of input."""
    key = make_host_key("ssh-ed25519")
    public = key.export_public_key("openssh").decode().strip()
    with tempfile.TemporaryDirectory() as folder:
        # Only a shell on their PATH: a check costs them next to nothing, so that the figures are the console's own.
        Path(folder, "sh").symlink_to("/bin/sh")
        await _serve(size, key, PeerSetup({"deploy": [public]}, {"PATH": folder}))


async def _serve(size: int, key: asyncssh.SSHKey, setup: PeerSetup) -> None:
    peers = [await Peer.start(setup) for _ in range(size)]
    found = [{"port": peer.port, "hostKey": list(_plain(peer))} for peer in peers]
    print(json.dumps({"key": key.export_private_key("openssh").decode(), "peers": found}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for peer in peers:
        await peer.aclose()


def _plain(peer: Peer) -> tuple[str, str, str]:
    (key,) = peer.host_keys
    return key.algorithm, key.public_key, key.fingerprint


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
