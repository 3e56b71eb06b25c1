"""`demo`: the console on a fleet of real SSH servers inside this process; without a terminal, its status."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from daoflow_tui.cli import envelope, status
from daoflow_tui.cli.call import Result, current, has_screen

Keep = Annotated[
    bool, typer.Option("--keep", help="Keep the demo's database when it ends, and say where it is.")
]


def demo(keep: Keep = False) -> Result | int:
    """Open the console on a demo fleet; nothing leaves this machine. Without a terminal, print the fleet's status."""
    if not current().as_json and has_screen():
        from daoflow_tui.demo import run

        return run(keep=keep, overrides=current().overrides())
    with _home(keep=keep) as home:
        return asyncio.run(_fleet_status(home))


@contextlib.contextmanager
def _home(*, keep: bool) -> Iterator[Path]:
    """A folder for the demo's own store, gone afterwards unless it is to be kept."""
    if keep:
        home = Path(tempfile.mkdtemp(prefix="daoflow-demo-store-"))
        envelope.warn(f"The demo's store stays at {home}; look at it with DAOFLOW_HOME={home}.")
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="daoflow-demo-store-") as name:
        yield Path(name)


async def _fleet_status(home: Path) -> Result:
    """Start the fleet, register it, let its incidents happen, check every host once, and tell how it stands."""
    from daoflow_core.console import Opening, open_console
    from daoflow_core.demo.enrolment import enrol
    from daoflow_core.demo.fleet import DemoFleet

    environ = {"DAOFLOW_HOME": str(home), "HOME": str(home)}
    async with DemoFleet() as fleet, await open_console(Opening(environ)) as console:
        await fleet.seed(lambda host: enrol(console, host))
        await console.poll_once()
        return await status.once(console)
