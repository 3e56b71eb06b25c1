"""A program for test_crowd: one of many processes on a store, doing one thing over and over; prints what went wrong."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable

from daoflow_core import documents
from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import DaoflowError
from daoflow_core.model.registration import ServerChanges, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.paths import database_path
from daoflow_core.store.reader import Reader

HOME = os.environ["DAOFLOW_HOME"]


async def status(console: Console, _: int) -> str | None:
    """The full path and the light reader."""
    rows = await console.fleet.rows("server.status")
    documents.status(rows, now=console.clock.now(), poll_interval_ms=60_000)
    with Reader(database_path(os.environ)) as reader:
        assert len(reader.fleet()) >= len(rows)
    return None


async def listing(console: Console, _: int) -> str | None:
    await console.keys.list()
    await console.audit.list()
    for operation in await console.history.operations(limit=5):
        await console.history.lines(operation.id)
    return None


async def check(console: Console, _: int) -> str | None:
    return (await console.readiness.check("asked")).operation_id


async def resources(console: Console, _: int) -> str | None:
    """An operation with a log, and the log read while the others write theirs."""
    done = await console.resources.check("asked")
    lines = await console.history.lines(done.id)
    assert [line.sequence for line in lines] == list(range(1, len(lines) + 1))
    return done.id


async def add(console: Console, number: int) -> str | None:
    name = f"n{os.getpid()}x{number}"
    place = Endpoint("127.0.0.1", 9, name)  # nobody listens: the registration itself is what counts here
    wish = ServerDraft(name, place, "default", ServerKind.ENGINE, Environment.NONE)
    made = (await console.servers.add(wish)).server.id
    await console.servers.update(made, ServerChanges(region=f"r{number}"))
    return made


ROLES: dict[str, Callable[[Console, int], Awaitable[str | None]]] = {
    "status": status,
    "list": listing,
    "check": check,
    "resources": resources,
    "add": add,
}


async def session(role: str, number: int) -> str | None:
    """One command, as one run of the command line does it: open, act, close."""
    async with await open_console(Opening({"DAOFLOW_HOME": HOME, "HOME": HOME})) as console:
        return await ROLES[role](console, number)


async def main(role: str, seconds: float) -> None:
    done: list[str] = []
    errors: list[str] = []
    end, turns = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        turns += 1
        try:
            done += filter(None, [await session(role, turns)])
        except DaoflowError as error:
            errors.append(f"{error.code} {error.message} {error.why}")
    print(json.dumps({"done": done, "errors": errors, "turns": turns}))


async def poll() -> None:
    """Another poller, which stands by."""
    environment = {"DAOFLOW_HOME": HOME, "HOME": HOME, "SERVER_READINESS_POLL_INTERVAL_MS": "5000"}
    async with await open_console(Opening(environment)) as console:
        print("standing by", flush=True)
        await console.poll()


if __name__ == "__main__":
    asyncio.run(poll() if sys.argv[1] == "poll" else main(sys.argv[1], float(sys.argv[2])))
