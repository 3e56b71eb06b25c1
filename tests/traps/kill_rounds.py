"""A program for test_kills: forks workers that register servers, kills them, prints what they acknowledged."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from functools import partial
from pathlib import Path

import asyncssh
from tests.killed_workers import Work, fork

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


def hear(reading: int, lines: int) -> bytes:
    """What a worker says until it has said so many lines, or for five seconds on a machine that is busy."""
    heard, deadline = b"", time.monotonic() + 5
    while heard.count(b"\n") < lines and (left := deadline - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0]:
            heard += os.read(reading, 65536)
    return heard


def run_round(work: Work, lines: int, delay: float) -> list[str]:
    """Two workers on one store, killed a moment after the first has said `lines`; what both acknowledged."""
    workers = [fork(work) for _ in range(2)]
    heard = [hear(workers[0][1], lines), b""]
    time.sleep(delay)
    for worker, _ in workers:
        os.kill(worker, signal.SIGKILL)
    words = []
    for (worker, reading), begun in zip(workers, heard, strict=True):
        os.waitpid(worker, 0)
        with os.fdopen(reading, "rb") as pipe:
            words += (begun + pipe.read()).decode().splitlines()
    return words


def main(folder: str, port: str, fingerprint: str, rounds: str) -> None:
    """Every fourth round is a first start on a new store; the others go on with one store."""
    dice = random.Random(20261123)
    words: dict[str, list[str]] = {}
    for number in range(int(rounds)):
        first = number % 4 == 3
        home = str(Path(folder, f"first{number}" if first else "main"))
        lines, delay = (
            (0, dice.uniform(0.005, 0.12)) if first else (dice.randint(0, 3), dice.uniform(0, 0.15))
        )
        work = partial(register, home, int(port), fingerprint)
        words.setdefault(home, []).extend(run_round(work, lines, delay))
    print(json.dumps(words))


if __name__ == "__main__":
    main(*sys.argv[1:])
