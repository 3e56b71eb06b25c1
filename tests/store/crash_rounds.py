"""A program for test_durability: forks workers that record operations, kills them, prints what they acknowledged."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.store.parts import a_desk

from daoflow_core.model.operation import OperationStatus, Stream
from daoflow_core.store import meta


async def work(folder, out):
    """Record operations until killed; each word to `out` comes after the record is said to be durable."""
    async with a_desk(folder) as desk:
        await desk.recorder.recover(desk.instance)
        while True:
            handle = await desk.begin()
            os.write(out, f"begun {handle.operation.id}\n".encode())
            for number in range(5):
                handle.log(Stream.STDOUT, f"line {number}")
            await handle.flush()
            os.write(out, f"logged {handle.operation.id}\n".encode())
            await handle.finish(OperationStatus.COMPLETED, "done", {"n": 5})
            os.write(out, f"ended {handle.operation.id}\n".encode())
            await desk.change(lambda tx: meta.put(tx, "touched", str(time.time())))


def fork(folder):
    """A worker and the end of the pipe that it acknowledges on."""
    reading, writing = os.pipe()
    worker = os.fork()
    if not worker:
        os.close(reading)
        asyncio.run(work(folder, writing))
        os._exit(1)
    os.close(writing)
    return worker, reading


def words_of(reading):
    """Everything that a killed worker acknowledged."""
    with os.fdopen(reading, "rb") as pipe:
        return [line.split() for line in pipe.read().decode().splitlines() if line.count(" ") == 1]


def main(folder, rounds):
    """Run and kill; two workers a round, and on a busy machine more rounds, each with more time, until enough ended."""
    dice = random.Random(20260323)
    acknowledged = {"begun": [], "logged": [], "ended": []}
    done = 0
    while done < rounds or (len(acknowledged["ended"]) <= rounds / 2 and done < 5 * rounds):
        workers = [fork(folder), fork(folder)]
        # The moment of the kill is the point: any moment will do.
        time.sleep(dice.uniform(0.01, 0.12 * (1 + done // rounds)))
        done += 1
        for worker, _ in workers:
            os.kill(worker, signal.SIGKILL)
        for worker, reading in workers:
            os.waitpid(worker, 0)
            for word, operation in words_of(reading):
                acknowledged[word].append(operation)
    print(json.dumps(acknowledged))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
