"""The real application, watched: how long a key takes from its arrival to the screen update it causes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

from textual import events
from textual.app import ScreenStackError
from textual.screen import Screen

from daoflow_tui.app import DaoFlowApp
from daoflow_tui.start import prepare
from daoflow_tui.widgets.table import VirtualTable


class WatchedApp(DaoFlowApp):
    """Tells when it has painted."""

    def __init__(self, environ: Mapping[str, str], *, poll: bool = False) -> None:
        super().__init__(replace(prepare(environ), poll=poll))
        self.painted = asyncio.Event()

    def _display(self, screen: Screen[object], renderable: object) -> None:
        super()._display(screen, renderable)  # type: ignore[arg-type]
        self.painted.set()

    async def wait_until_listed(self, size: int) -> None:
        """Wait until the list of servers shows that many rows and the core is open."""
        async with asyncio.timeout(60):
            while not self._listed(size) or self.session.console is None:
                await asyncio.sleep(0.02)

    def _listed(self, size: int) -> bool:
        try:
            tables = self.screen.query(VirtualTable)
        except ScreenStackError:
            return False
        return any(len(table.rows) == size for table in tables)


async def key_to_paint(app: WatchedApp, key: str) -> float:
    """Milliseconds from a key event to the next paint."""
    app.painted.clear()
    started = time.perf_counter()
    app.post_message(events.Key(key, None))
    async with asyncio.timeout(10):
        await app.painted.wait()
    return (time.perf_counter() - started) * 1000
