"""A program for test_kills: forks workers that register servers, kills them, prints what they acknowledged."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import asyncssh

# Everything a worker needs is loaded before the first fork, so that a round costs milliseconds.
import daoflow_core.local
import daoflow_core.ssh.pool
import daoflow_core.ssh.private_keys
import daoflow_core.ssh.scan  # noqa: F401
from daoflow_core.console import Opening, open_console
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.secret import Secret


async def register(home: str, port: int, fingerprint: str, out: int) -> None:
    """Register servers until killed; each line to `out` is written after the registration was acknowledged."""
    number = 0
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as console:
        os.write(out, b"opened\n")
        while True:
            number += 1
            name = f"n{os.getpid()}x{number}x{os.urandom(4).hex()}"
            key = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh")
            trust = fingerprint if number % 2 else None
            wish = ServerDraft(
                name,
                Endpoint("127.0.0.1", port, name[:30]),
                "default",
                ServerKind.ENGINE,
                Environment.NONE,
                key_material=KeyMaterial(Secret(key)),
                approve_fingerprint=trust,
            )
            made = await console.servers.add(wish)
            os.write(out, f"{made.server.id} {int(trust is not None)}\n".encode())


def fork(home: str, port: int, fingerprint: str) -> tuple[int, int]:
    """A worker, and the end of the pipe that it acknowledges on."""
    reading, writing = os.pipe()
    worker = os.fork()
    if worker:
        os.close(writing)
        return worker, reading
    os.close(reading)
    try:
        asyncio.run(register(home, port, fingerprint, writing))
    except BaseException as error:  # noqa: BLE001 - a worker ends by a kill; anything else is told and fails the test
        os.write(writing, f"error {error!r}\n".encode())
    os._exit(1)


def main(folder: str, port: str, fingerprint: str, rounds: str) -> None:
    """Two workers a round on one store; every fourth round is a first start on a new one."""
    dice = random.Random(20261123)
    words: dict[str, list[str]] = {}
    for number in range(int(rounds)):
        first = number % 4 == 3
        home = str(Path(folder, f"first{number}" if first else "main"))
        workers = [fork(home, int(port), fingerprint) for _ in range(2)]
        time.sleep(dice.uniform(0.005, 0.12) if first else dice.uniform(0.05, 0.55))  # any moment will do
        for worker, _ in workers:
            os.kill(worker, signal.SIGKILL)
        for worker, reading in workers:
            os.waitpid(worker, 0)
            with os.fdopen(reading, "rb") as pipe:
                words.setdefault(home, []).extend(pipe.read().decode().splitlines())
    print(json.dumps(words))


if __name__ == "__main__":
    main(*sys.argv[1:])
