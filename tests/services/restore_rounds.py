"""A program for test_backup: forks processes that restore a backup each into a folder of its own, and kills each."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

# Everything a worker needs is loaded before the first fork, so that a round costs milliseconds.
import daoflow_core.local
import daoflow_core.ssh.pool
import daoflow_core.ssh.scan  # noqa: F401
from daoflow_core.restoring import restore
from daoflow_core.vault.sources import VaultSources


def run_round(file: str, home: str, delay: float) -> None:
    """One restore, killed after a while unless it was faster."""
    worker = os.fork()
    if not worker:
        status = 1
        try:
            asyncio.run(restore(Path(file), {"DAOFLOW_HOME": home, "HOME": home}, VaultSources()))
            status = 0
        finally:
            os._exit(status)
    time.sleep(delay)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)


def main(file: str, folder: str, rounds: str) -> None:
    """The delays spread over about the time of a whole restore."""
    dice = random.Random(20261125)
    for number in range(int(rounds)):
        run_round(file, str(Path(folder, f"home{number}")), dice.uniform(0.01, 0.3))


if __name__ == "__main__":
    main(*sys.argv[1:])
