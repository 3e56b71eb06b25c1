"""A program for test_rotation: forks processes that rotate the vault, and kills each at some moment."""

from __future__ import annotations

import asyncio
import os
import random
import select
import signal
import sys
import time

# Everything a worker needs is loaded before the first fork, so that a round costs milliseconds.
import daoflow_core.local
import daoflow_core.ssh.pool
import daoflow_core.ssh.scan  # noqa: F401
from daoflow_core.console import Opening, open_console
from daoflow_core.services import vault_rotation


async def rotate(home: str, out: int) -> None:
    """Rotate until killed; `out` hears of every opening and of every rotation that ended."""
    vault_rotation.PAGE = 20
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as console:
        os.write(out, b"opened\n")
        while True:
            done = await console.vault_rotation.rotate()
            os.write(out, f"{'resumed' if done.resumed else 'rotated'} {done.generation}\n".encode())


def fork(home: str) -> tuple[int, int]:
    """A worker, and the end of the pipe that it speaks on."""
    reading, writing = os.pipe()
    worker = os.fork()
    if worker:
        os.close(writing)
        return worker, reading
    os.close(reading)
    try:
        asyncio.run(rotate(home, writing))
    except BaseException as error:  # noqa: BLE001 - a worker ends by a kill; anything else is told and fails the test
        os.write(writing, f"error {error!r}\n".encode())
    os._exit(1)


def run_round(home: str, delay: float) -> str:
    """One worker, killed some time after it has opened the store; what it said."""
    worker, reading = fork(home)
    select.select([reading], [], [], 10)
    time.sleep(delay)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode()


def main(home: str, rounds: str) -> None:
    """Each round is killed within the time of about one rotation."""
    dice = random.Random(20261125)
    for _ in range(int(rounds)):
        sys.stdout.write(run_round(home, dice.uniform(0, 0.12)))


if __name__ == "__main__":
    main(*sys.argv[1:])
