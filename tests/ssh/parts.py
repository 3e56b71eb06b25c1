"""Parts the SSH tests share: waiting on a condition, odd servers on loopback, targets."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import asyncssh

from daoflow_core.model.host import Target
from daoflow_core.model.identity import ScannedKey
from daoflow_core.model.server import Endpoint
from daoflow_core.secret import Secret
from daoflow_core.ssh.dial import Limits
from daoflow_core.ssh.peer import LOOPBACK, Peer

LOGIN_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
LOGIN_LINE = LOGIN_KEY.export_public_key().decode()
QUICK = Limits(lookup=1.0, tcp=0.5, greeting=0.5, login=1.0)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@cache  # every export holds fresh random bytes, and would be another key to the pool
def secret(key: asyncssh.SSHKey = LOGIN_KEY) -> Secret:
    return Secret(key.export_private_key())


def target(
    peer: Peer, *, user: str = "op", key: asyncssh.SSHKey = LOGIN_KEY, host_key: ScannedKey | None = None
) -> Target:
    return Target(f"srv_{peer.port}", peer.endpoint(user), host_key or peer.host_keys[0], secret(key))


def target_at(port: int, host_key: ScannedKey) -> Target:
    return Target(f"srv_{port}", Endpoint(LOOPBACK, port, "op"), host_key, secret())


async def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until a condition holds; fail after its deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.02)


def lives(pid_file: Path) -> bool:
    """Whether the process whose id a script wrote into a file is still there (a zombie is not)."""
    pid = pid_file.read_text().strip()
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


class OddServer:
    """A TCP server on loopback that does one odd thing to each client."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> OddServer:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        while self._tasks:
            await asyncio.sleep(0.01)
        await self._server.wait_closed()
