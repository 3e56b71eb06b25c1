"""The console on the demo fleet: real SSH servers in the core's thread and a store of its own, both gone at the end."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError
from daoflow_tui.start import prepare

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.demo.fleet import DemoFleet
    from daoflow_core.demo.provider import DemoTunnel


class DemoOpener:
    """Opens the demo's console and begins to register its fleet; `beside` holds what has to end with it."""

    def __init__(self, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> None:
        self._environ, self._overrides = environ, overrides
        self.beside = AsyncExitStack()

    async def __call__(self) -> Console:
        """Runs in the core's thread, where the fleet lives from then on; its servers appear one by one."""
        from daoflow_core.console import Opening, open_console
        from daoflow_core.demo.fleet import DemoFleet
        from daoflow_core.demo.provider import DemoProvider
        from daoflow_core.demo.tunnels import there

        fleet = await self.beside.enter_async_context(DemoFleet())
        tunnels = there()
        provider = await self.beside.enter_async_context(DemoProvider(tunnels))
        environ = {**self._environ, "DAOFLOW_CLOUDFLARE_URL": provider.url}
        console = await open_console(Opening(environ, self._overrides))
        seeding = asyncio.create_task(_seed(fleet, console, tunnels), name="seed the demo")
        self.beside.push_async_callback(_end, seeding)
        return console


async def _seed(fleet: DemoFleet, console: Console, there: list[DemoTunnel]) -> None:
    """Register every host; once their incidents have happened, look at each at once, not a minute later."""
    from daoflow_core.demo import assets, stacks, tunnels
    from daoflow_core.demo.enrolment import enrol

    await fleet.seed(lambda host: enrol(console, host))
    await assets.lay_in(console)
    await tunnels.lay_in(console, there)
    servers = await console.inventory.all()
    await asyncio.gather(*(console.readiness.check_quietly(server.id) for server in servers))
    with suppress(DaoflowError):  # somebody may be changing a stack there already
        await stacks.lay_in(console)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def run(*, keep: bool = False, overrides: Mapping[str, object] | None = None) -> int:
    """Open the console on a fresh demo fleet; `keep` leaves its database behind and says where."""
    if keep:
        home = Path(tempfile.mkdtemp(prefix="daoflow-demo-store-"))
        status = _run_in(home, overrides)
        sys.stderr.write(f"The demo's store stays at {home}; look at it with DAOFLOW_HOME={home}.\n")
        return status
    with tempfile.TemporaryDirectory(prefix="daoflow-demo-store-") as name:
        return _run_in(Path(name), overrides)


def _run_in(home: Path, overrides: Mapping[str, object] | None) -> int:
    from daoflow_tui.app import DaoFlowApp

    environ = {"DAOFLOW_HOME": str(home), "HOME": str(home)}
    opener = DemoOpener(environ, overrides)
    start = prepare(environ, overrides)
    look = replace(
        start.look, found=False, missing=False
    )  # an empty demo is no first run: its servers are coming
    app = DaoFlowApp(replace(start, look=look, opener=opener, beside=opener.beside, demo=True))
    app.run(mouse=start.settings.mouse)
    return app.return_code or 0
