"""Parts that the tests of shells share: a screen that keeps everything, and looks into the record."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from daoflow_core.model.terminal import Notice, ShellChoice, ShellRequest
from daoflow_core.store import audit_log

REQUEST = ShellRequest(100, 30, ShellChoice.SH)


class Screen:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.shown = bytearray()
        self.notices: list[Notice] = []

    def feed(self, data: bytes) -> None:
        self.shown += data

    def notice(self, notice: Notice) -> None:
        self.notices.append(notice)

    async def shows(self, text: bytes, seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < deadline, bytes(self.shown[-2000:])
            await asyncio.sleep(0.01)


async def register(core, draft, peer) -> None:
    await core.servers.add(replace(draft, approve_fingerprint=peer.host_keys[0].fingerprint))


async def trail(core, action: str) -> list[tuple[str, str]]:
    entries = await audit_log.newest(core.database, limit=50)
    return [(one.phase.value, one.outcome) for one in reversed(entries) if one.action == action]


async def detail(core, action: str) -> dict[str, object]:
    entries = await audit_log.newest(core.database, limit=50)
    return dict(next(one for one in entries if one.action == action).detail)
