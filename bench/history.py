"""A log of 1,000,000 lines: the CPU that a page of it takes at any place, and a page of a long history."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bench.fleet import fill
from bench.measure import percentile
from daoflow_core.clock import stamp
from daoflow_core.console import Console, Opening, open_console
from daoflow_core.ids import new_id
from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus, Stream
from daoflow_core.ports import Transaction
from daoflow_core.store import operations

LINES = 1_000_000
BATCH = 50_000
OPERATIONS = 10_000
PAGE = 50
"""Lines, and operations, of one page: more than a screen shows."""
TURNS = 60
LIMIT_MS = 5.0
"""Milliseconds of CPU that a page may take, at the median."""


def run() -> bool:
    """Print the CPU of every kind of page; returns whether each is within the limit."""
    with tempfile.TemporaryDirectory() as home:
        environ = {"DAOFLOW_HOME": f"{home}/store", "HOME": home, "PATH": os.environ["PATH"]}
        found = asyncio.run(_measure(environ))
    print(f"\na log of {LINES:,} lines and a history of {OPERATIONS:,} operations: CPU ms of {PAGE}")
    print(f"  {'page':28} {'median':>8} {'p95':>8}   limit {LIMIT_MS:.0f} at the median")
    for name, times in found.items():
        print(f"  {name:28} {percentile(times, 0.5):8.2f} {percentile(times, 0.95):8.2f}")
    return all(percentile(times, 0.5) <= LIMIT_MS for times in found.values())


async def _measure(environ: Mapping[str, str]) -> dict[str, list[float]]:
    await fill(environ, 1)
    async with await open_console(Opening(environ)) as console:
        server = (await console.inventory.all())[0].id
        operation, older = await fill_log(console, server, LINES, OPERATIONS)
        history = console.history
        pages: dict[str, Callable[[], Awaitable[object]]] = {
            "first lines": lambda: history.lines(operation, limit=PAGE),
            "lines in the middle": lambda: history.lines(operation, after=LINES // 2, limit=PAGE),
            "last lines": lambda: history.tail(operation, limit=PAGE),
            "newest operations": lambda: history.operations(server, limit=PAGE),
            "operations in the middle": lambda: history.operations(server, before=older, limit=PAGE),
            "operations of one kind": lambda: history.operations(
                server, kind=OperationKind.PATCH_PLAN, limit=PAGE
            ),
            "operations of one status": lambda: history.operations(
                server, status=OperationStatus.FAILED, limit=PAGE
            ),
        }
        return {name: await cpu_of(page) for name, page in pages.items()}


async def cpu_of(page: Callable[[], Awaitable[object]], turns: int = TURNS) -> list[float]:
    """Milliseconds of CPU, all threads of this process, that each of some turns took, after one to warm up."""
    await page()
    gc.collect()
    found = []
    for _ in range(turns):
        began = time.process_time()
        await page()
        found.append((time.process_time() - began) * 1000)
    return found


async def fill_log(console: Console, server_id: str, lines: int, count: int) -> tuple[str, str]:
    """Store a history of `count` operations, the last with so many lines; its id, and that of one in the middle."""
    now = stamp(console.clock.now())
    found = [_operation(server_id, number, now) for number in range(count)]

    async def begin(transaction: Transaction) -> None:
        for number, one in enumerate(found):
            await operations.insert(transaction, one)
            if number < count - 1:
                await operations.finish(transaction, _ended(one, now))

    await console.database.write(begin)
    last = found[-1]
    for start in range(1, lines + 1, BATCH):
        await _append(console, [_line(last.id, number, now) for number in range(start, start + BATCH)])
    await console.database.write(lambda transaction: operations.finish(transaction, _ended(last, now)))
    return last.id, found[count // 2].id


async def _append(console: Console, page: list[LogLine]) -> None:
    await console.database.write(lambda transaction: operations.append_lines(transaction, page))


def _operation(server_id: str, number: int, now: str) -> Operation:
    """One in a hundred is a patch plan, which will fail; the rest are checks."""
    return Operation(
        id=new_id("op"),
        server_id=server_id,
        server_name="srv-00000",
        kind=OperationKind.PATCH_PLAN if number % 100 == 0 else OperationKind.READINESS_CHECK,
        status=OperationStatus.RUNNING,
        dry_run=False,
        requested_by="bench",
        permission_scope="server:read",
        summary="Readiness check of srv-00000",
        started_at=now,
        owner="run_bench",
    )


def _ended(one: Operation, now: str) -> Operation:
    failed = one.kind is OperationKind.PATCH_PLAN
    status = OperationStatus.FAILED if failed else OperationStatus.COMPLETED
    return replace(one, status=status, summary="srv-00000 is ready. No issue found.", completed_at=now)


def _line(operation: str, number: int, now: str) -> LogLine:
    return LogLine(
        operation, number, now, Stream.STDOUT, f"line {number}: pulling layer, extracting, verifying checksum"
    )
