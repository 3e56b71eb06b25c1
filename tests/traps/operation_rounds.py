"""A program for test_trouble: consoles that run operations of several steps, killed; prints what they acknowledged."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from pathlib import Path

from tests.traps import kill_rounds

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.model.operation import OperationKind, OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Outcome, Undertaking

UNDERTAKING = Undertaking(OperationKind.RESOURCE_CHECK, "server.resources.check", "Trial")
STEPS = "dft_step one echo first\ndft_step two sh -c 'echo second; sleep 0.03'\ndft_step three echo third"


async def operate(console: Console, then: str, *, survive: bool = False) -> str:
    """One operation whose work is one script on `edge`; its id once it completed."""

    async def work(server: Server, handle: OperationHandle) -> Outcome:
        reply = await console.scripts.run(
            server, handle, then=then, timeout=60, step_seconds=50, survive=survive
        )
        return Outcome(OperationStatus.COMPLETED, "all steps", {"steps": len(reply.settled().steps)})

    return (await console.operations.run("edge", UNDERTAKING, work)).id


async def work(home: str, out: int) -> None:
    """Run operations until killed; each id to `out` comes after its end was acknowledged."""
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as console:
        os.write(out, b"opened\n")
        while True:
            os.write(out, f"{await operate(console, STEPS)}\n".encode())


def main(home: str, rounds: str) -> None:
    """Rounds of two consoles on one store, each killed a moment after the first has acknowledged something."""
    dice = random.Random(20261125)
    words: list[str] = []
    for _ in range(int(rounds)):
        words += kill_rounds.run_round(
            lambda out: work(home, out), dice.randint(1, 4), dice.uniform(0.0, 0.12)
        )
    print(json.dumps(words))


async def once(home: str, gate: str, survive: str) -> None:
    """One operation that says on the host when it is in its second step, and goes on when `gate` is there."""
    then = (
        "dft_step one echo heard\n"
        f"dft_step two sh -c 'echo $$ >{gate}.pid; while [ ! -e {gate} ]; do sleep 0.05; done'\n"
        f"dft_step three touch {gate}.done"
    )
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as console:
        await operate(console, then, survive=survive == "survive")


if __name__ == "__main__":
    if sys.argv[1] == "once":
        asyncio.run(once(*sys.argv[2:]))
    else:
        main(str(Path(sys.argv[2])), sys.argv[3])
