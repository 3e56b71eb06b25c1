"""One rotation in a process of its own, to be killed: prints `ready`, then rotates tunnel `edge` of this store."""

from __future__ import annotations

import asyncio
import os

from daoflow_core.console import Opening, open_console


async def main() -> None:
    async with await open_console(Opening(dict(os.environ))) as core:
        print("ready", flush=True)
        await core.tunnel_rotation.rotate("edge")
        print("done", flush=True)


asyncio.run(main())
