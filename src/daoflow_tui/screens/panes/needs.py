"""What a server needs as the core judges it, a line each: what is so, the key that leads on, and what it does."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from daoflow_core.model.needs import Need, NeedLevel
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.state_mark import Role, State, Toned

ROLES = {
    NeedLevel.FAULT: Role.BAD,
    NeedLevel.WARN: Role.LOOK,
    NeedLevel.NOTE: Role.OLD,
    NeedLevel.GOOD: Role.GOOD,
}
WIDEST = 66
"""Cells of the left column at most: what is longer has its step on a line of its own."""


def need_lines(needs: Sequence[Need], width: int) -> list[Words]:
    """A line for each, two where one has no room; the steps stand in a column."""
    longest = max((cell_len(need.message) for need in needs if need.next_step), default=0)
    column = min(longest, WIDEST, max(width - 40, 20))
    return [line for need in needs for line in _lines(need, column)]


def _lines(need: Need, column: int) -> list[Words]:
    state = State(need.message, ROLES[need.level])
    if not need.next_step:
        return [[state]]
    key = f"{need.key or ' '}  "
    room = column - cell_len(need.message)
    if room < 0:
        return [[state], ["    ", Toned(key, Role.KEY), need.next_step]]
    return [[state, " " * (room + 2), Toned(key, Role.KEY), need.next_step]]
