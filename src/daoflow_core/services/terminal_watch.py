"""What ends an open shell besides itself: idleness, a permission that is over, a server that is gone."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from daoflow_core.clock import Clock, parse_stamp
from daoflow_core.errors import DaoflowError, NotFound, StoreUnusable
from daoflow_core.model.terminal import EndReason, Notice, SessionEnd
from daoflow_core.scopes import TERMINAL_OPEN
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.rights import Rights
from daoflow_core.services.terminal_session import TerminalSession

TICK = 0.5
LOOK_SECONDS = 2.0
"""How often the store is asked whether the shell may still be open: a revocation holds that soon."""
WARN_SECONDS = 60.0
REMOVED = "the server was removed from the inventory"


class TerminalWatch:
    """Looks after one open shell at a time; `run` it beside each."""

    def __init__(
        self, access: Access, rights: Rights, inventory: Inventory, clock: Clock, idle_minutes: int
    ) -> None:
        self._access = access
        self._rights = rights
        self._inventory = inventory
        self._clock = clock
        self._idle_seconds = idle_minutes * 60.0

    async def run(self, session: TerminalSession) -> None:
        """Watch until the session was told to end, or this is cancelled."""
        warned: set[EndReason] = set()
        looked = self._clock.monotonic()
        while not session.over:
            await asyncio.sleep(TICK)
            self._mind_idleness(session, warned)
            if self._clock.monotonic() - looked >= LOOK_SECONDS:
                looked = self._clock.monotonic()
                await self._mind_permission(session, warned)

    async def judge(self, end: SessionEnd, session: TerminalSession) -> SessionEnd:
        """The end with its true reason: the connection to a server that was removed was not lost."""
        if end.reason is not EndReason.LINK_LOST:
            return end
        with contextlib.suppress(StoreUnusable):
            try:
                await self._inventory.find(session.server.id)
            except NotFound:
                return replace(end, reason=EndReason.SERVER_REMOVED, words=REMOVED)
        return end

    def _mind_idleness(self, session: TerminalSession, warned: set[EndReason]) -> None:
        left = self._idle_seconds - session.idle_seconds
        minutes = round(self._idle_seconds / 60)
        if left <= 0:
            session.end(EndReason.IDLE, f"nothing was typed and nothing was shown for {_minutes(minutes)}")
        elif left > min(WARN_SECONDS, self._idle_seconds / 2):
            warned.discard(EndReason.IDLE)
        elif EndReason.IDLE not in warned:
            warned.add(EndReason.IDLE)
            words = (
                f"Nothing was typed and nothing was shown: this shell ends in {left:.0f} s. Any key keeps it."
            )
            session.warn(Notice(EndReason.IDLE, words, round(left)))

    async def _mind_permission(self, session: TerminalSession, warned: set[EndReason]) -> None:
        try:
            server = await self._inventory.find(session.server.id)
            refusal = await self._access.refusal(
                "server.terminal.open", f"server/{server.id}", server_read_only=server.read_only
            )
            left, why = await self._leave(session)
        except NotFound:
            session.end(EndReason.SERVER_REMOVED, REMOVED)
            return
        except DaoflowError:
            return  # trouble of the store ends no shell: the next look counts
        if refusal is not None:
            why = refusal.why or refusal.message
        if why is not None:
            session.end(EndReason.NOT_PERMITTED, f"it is no longer permitted: {why}")
        elif left is None or left > WARN_SECONDS:
            warned.discard(EndReason.NOT_PERMITTED)
        elif EndReason.NOT_PERMITTED not in warned:
            warned.add(EndReason.NOT_PERMITTED)
            words = f"The leave for this shell ends in {max(left, 0):.0f} s, and the shell with it."
            session.warn(Notice(EndReason.NOT_PERMITTED, words, max(round(left), 0)))

    async def _leave(self, session: TerminalSession) -> tuple[float | None, str | None]:
        """Seconds the shell may still be open, None without a limit; and why no grant that stands covers it."""
        if TERMINAL_OPEN in self._access.principal.scopes:
            return None, None
        holder = self._access.principal.name
        standing = await self._rights.standing(TERMINAL_OPEN, session.server.id, holder)
        if session.recording_id is None and standing and all(grant.records for grant in standing):
            return None, "what is granted now demands recording, and this shell is not recorded."
        covering = [one for one in standing if session.recording_id is not None or not one.records]
        if not covering:
            return None, None  # `refusal` tells that
        return (parse_stamp(covering[0].term.expires_at) - self._clock.now()).total_seconds(), None


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"
