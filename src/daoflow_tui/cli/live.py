"""The log of a change on stderr while it runs: a person who waits sees how it goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError
from daoflow_tui.cli import envelope, lines
from daoflow_tui.cli.call import current

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.events import Event

PAGE = 500


@contextlib.asynccontextmanager
async def shown(console: Console) -> AsyncIterator[None]:
    """Say what the changes begun in here log, line by line; nothing for `--json`, `--quiet`, or who may read no log."""
    if current().as_json or current().quiet or console.access.why_not("operation.logs") is not None:
        yield
        return
    news: asyncio.Queue[Event | None] = asyncio.Queue()
    unsubscribe = console.events.subscribe(news.put_nowait)
    teller = asyncio.create_task(_tell(console, news), name="live log")
    try:
        yield
    finally:
        news.put_nowait(None)
        with contextlib.suppress(DaoflowError, OSError):  # the change counts, not who watches it
            await teller
        unsubscribe()


async def _tell(console: Console, news: asyncio.Queue[Event | None]) -> None:
    """Write the lines of each change that starts, as they become durable; all that is left once the queue ends."""
    told: dict[str, int] = {}
    while (event := await news.get()) is not None:
        found = event.operation_id
        if event.kind == "operation.started" and found is not None and await _changes(console, found):
            told[found] = 0
        if found in told:
            told[found] = await _write(console, found, told[found])
    for operation, last in told.items():
        await _write(console, operation, last)


async def _changes(console: Console, operation: str) -> bool:
    return not (await console.history.operation(operation)).dry_run


async def _write(console: Console, operation: str, last: int) -> int:
    while page := await console.history.lines(operation, after=last, limit=PAGE):
        for one in page:
            envelope.warn(lines.log_line(one))
        last = page[-1].sequence
    return last
