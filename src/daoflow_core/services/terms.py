"""Whether the time of a token or a grant is over: a clock that was set back, and a restart, make none longer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from daoflow_core.clock import Clock, parse_stamp, stamp
from daoflow_core.model.access import Term
from daoflow_core.store import rights
from daoflow_core.store.rows import Readable
from daoflow_core.uptime import Uptime, uptime

TOLERANCE = timedelta(seconds=60)
"""How far a clock may be corrected backwards without ending what was made just before."""


class Terms:
    """Makes terms and judges them by three clocks: over by one is over."""

    def __init__(self, clock: Clock, uptime: Callable[[], Uptime] = uptime) -> None:
        self.clock = clock
        self._uptime = uptime

    async def begin(self, source: Readable, seconds: int) -> Term:
        """A term of so many seconds from now on."""
        now = self.clock.now()
        newest = await rights.newest_sequence(source)
        return Term(stamp(now), stamp(now + timedelta(seconds=seconds)), seconds, self._uptime(), newest)

    async def why_over(self, source: Readable, term: Term) -> str | None:
        """A sentence that says why a term is over, or None while it lasts."""
        now, end = self.clock.now(), parse_stamp(term.expires_at)
        if now >= end:
            return f"It ended at {term.expires_at}."
        if now + TOLERANCE < parse_stamp(term.created_at):
            return f"The clock says {stamp(now)}, before it was made at {term.created_at}: the clock was set back."
        if self._run_for(term) >= term.seconds:
            return (
                f"It lasted {term.seconds} seconds of this machine's running time, whatever the clock says."
            )
        latest = await rights.latest_stamp(source, term.since_sequence)
        if latest is not None and parse_stamp(latest) >= end:
            return f"The audit trail has an entry of {latest}, after its end: the clock was set back."
        return None

    def _run_for(self, term: Term) -> int:
        """Seconds of running time since the term began; 0 after a restart, when only the other clocks tell."""
        now = self._uptime()
        if now.boot is None or now.boot != term.uptime.boot:
            return 0
        return now.seconds - term.uptime.seconds
