"""An operation that logs 50 lines a second while an operator types: key to paint against the same screen at rest."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time

from bench.fleet import fill
from bench.measure import percentile
from bench.painting import WatchedApp, key_to_paint
from daoflow_core.console import Console
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.services.operation_handle import OperationHandle

LINES_A_SECOND = 50
PRESSES = 120
PAUSE = 0.03
"""Seconds between two presses: a fast typist."""

LIMIT_MS = 50.0
"""The 99th percentile beside a running log may be this much above the one at rest."""


def run() -> bool:
    """Print both distributions; returns whether typing stays within the limit and every line was kept."""
    with tempfile.TemporaryDirectory() as home:
        environ = {"DAOFLOW_HOME": f"{home}/store", "HOME": home, "PATH": os.environ["PATH"]}
        asyncio.run(fill(environ, 200))
        rest, busy, logged, stored = asyncio.run(_measure(environ))
    print(f"\ntyping beside a log of {LINES_A_SECOND} lines a second, 120x36: milliseconds from key to paint")
    for name, found in (("at rest", rest), ("logging", busy)):
        figures = "  ".join(
            f"p{int(share * 100)} {percentile(found, share):6.1f}" for share in (0.5, 0.95, 0.99)
        )
        print(f"  {name:8} {figures}  max {max(found):6.1f}  ({len(found)} presses)")
    excess = percentile(busy, 0.99) - percentile(rest, 0.99)
    print(
        f"  {stored} of {logged} lines are stored; p99 is {excess:+.1f} ms from rest, limit +{LIMIT_MS:.0f}"
    )
    return stored >= logged and excess <= LIMIT_MS


async def _measure(environ: dict[str, str]) -> tuple[list[float], list[float], int, int]:
    app = WatchedApp(environ)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_until_listed(200)
        await pilot.pause()
        rest = [await _press(app, number) for number in range(PRESSES)]
        handle = await app.session.ask(_begin)
        logging = asyncio.create_task(app.session.ask(lambda console: _log(console, handle)))
        busy = [await _press(app, number) for number in range(PRESSES)]
        stop.set()
        return rest, busy, *await logging


stop = threading.Event()
"""Set when enough was typed; the screen and the core have a thread each."""


async def _begin(console: Console) -> OperationHandle:
    server = (await console.inventory.all())[0]
    return await console.recorder.begin(
        server,
        OperationKind.RESOURCE_CHECK,
        dry_run=False,
        scope="server:read",
        actor="bench",
        summary="a busy operation",
        action="server.resources.check",
    )


async def _log(console: Console, handle: OperationHandle) -> tuple[int, int]:
    """Log at an even pace until told to stop; gives the lines logged and the lines stored."""
    began, logged = time.monotonic(), 0
    while not stop.is_set():
        handle.log(Stream.STDOUT, f"line {logged}: pulling layer, extracting, verifying checksum")
        logged += 1
        await asyncio.sleep(max(0.0, began + logged / LINES_A_SECOND - time.monotonic()))
    await handle.finish(OperationStatus.COMPLETED, "done")
    tail = await console.history.tail(handle.operation.id, limit=1)
    return logged, tail[0].sequence - 2  # the first and the last line are the operation's own


async def _press(app: WatchedApp, number: int) -> float:
    await asyncio.sleep(PAUSE)
    return await key_to_paint(app, "down" if number // 20 % 2 == 0 else "up")
