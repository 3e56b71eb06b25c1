"""Reading logs for the screens: pages as drawn lines, and a search that never loads more than it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from daoflow_tui.screens.times import Times, clock_time
from daoflow_tui.widgets.log_pages import LogLine
from daoflow_tui.widgets.state_mark import Role

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import LogLine as StoredLine
    from daoflow_core.model.operation import Operation

ROLES = {
    "info": Role.MUTED,
    "run": Role.RUNNING,
    "stdout": Role.PLAIN,
    "stderr": Role.LOOK,
    "exit": Role.MUTED,
    "error": Role.BAD,
}
STRIDE = 2_000
"""Lines read at a time by a search."""
ROUND = 20_000
"""Lines looked at between two words on how far a search came."""


def drawn(line: StoredLine, times: Times) -> LogLine:
    """A stored line as the widget draws it; in a log an age would say little, so it is a time of day."""
    shown = Times.LOCAL if times is Times.AGE else times
    when = clock_time(line.at, shown)[11:] + line.at[19:23]
    return LogLine(when, line.stream.value, line.message, ROLES[line.stream.value])


async def state_of(console: Console, operation_id: str) -> tuple[Operation, int]:
    """An operation and how many lines its log has."""
    operation = await console.history.operation(operation_id)
    last = await console.history.tail(operation_id, limit=1)
    return operation, last[0].sequence if last else 0


@dataclass(frozen=True, slots=True)
class Looked:
    """How one round of a search ended: the line found, else where the next round begins."""

    found: int | None
    at: int


async def look_for(console: Console, operation_id: str, words: str, start: int, *, backwards: bool) -> Looked:
    """One round of a search from a line on, counted from 0."""
    wanted, at = words.casefold(), start
    for _ in range(ROUND // STRIDE):
        first = max(at + 1 - STRIDE, 0) if backwards else at
        wide = at + 1 - first if backwards else STRIDE
        lines = await console.history.lines(operation_id, after=first, limit=wide)
        hits = [line.sequence - 1 for line in lines if wanted in line.message.casefold()]
        if hits:
            return Looked(hits[-1] if backwards else hits[0], at)
        at = first - 1 if backwards else first + len(lines)
        if at < 0 or (not backwards and len(lines) < wide):
            break
    return Looked(None, at)
