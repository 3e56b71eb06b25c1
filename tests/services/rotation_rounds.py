"""A program for test_rotation: forks processes that rotate the vault, and kills each at some moment."""

from __future__ import annotations

import os
import random
import sys
from functools import partial

from tests.killed_workers import run_round

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


def main(home: str, rounds: str) -> None:
    """Each round is killed within the time of about one rotation."""
    dice = random.Random(20261125)
    for _ in range(int(rounds)):
        sys.stdout.write(run_round(partial(rotate, home), dice.uniform(0, 0.12), patience=10))


if __name__ == "__main__":
    main(*sys.argv[1:])
