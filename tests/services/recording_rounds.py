"""A process that records a shell and waits to be killed."""

from __future__ import annotations

import asyncio
import os
import sys

from tests.services.shells import REQUEST, Screen

from daoflow_core.console import Opening, open_console
from daoflow_core.model.terminal import ShellRequest


async def main(mark: str) -> None:
    core = await open_console(Opening(dict(os.environ)))
    screen = Screen()
    wish = ShellRequest(REQUEST.columns, REQUEST.rows, REQUEST.shell, record=True)
    session = await core.terminals.open("one", wish, screen)
    session.write(f"echo {mark[:2]}''{mark[2:]}; while :; do echo on and on; sleep 0.02; done\n".encode())
    await screen.shows(mark.encode())
    print(mark, flush=True)
    await asyncio.sleep(60)


asyncio.run(main(sys.argv[2]))
