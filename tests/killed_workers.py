"""Forked workers that are killed at some moment, and what they said until then."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import time
from collections.abc import Callable, Coroutine
from typing import Any

Work = Callable[[int], Coroutine[Any, Any, None]]
"""What a worker does, given the end of the pipe that it speaks on."""


def fork(work: Work) -> tuple[int, int]:
    """A worker, and the end of the pipe that it is heard on."""
    reading, writing = os.pipe()
    worker = os.fork()
    if worker:
        os.close(writing)
        return worker, reading
    os.close(reading)
    try:
        asyncio.run(work(writing))
    except BaseException as error:  # noqa: BLE001 - a worker ends by a kill; anything else is told and fails the test
        os.write(writing, f"error {error!r}\n".encode())
    os._exit(1)


def run_round(work: Work, delay: float, patience: float) -> str:
    """One worker, killed some time after its first word, for which it has `patience` seconds; what it said."""
    worker, reading = fork(work)
    select.select([reading], [], [], patience)
    time.sleep(delay)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read().decode()
