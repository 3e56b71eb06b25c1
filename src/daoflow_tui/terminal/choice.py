"""Which engine a terminal gets: the native one, or where that can't be used the pure Python one, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.terminal.engine import SCROLLBACK_LINES
from daoflow_tui.terminal.ghostty_library import Unusable, load

if TYPE_CHECKING:
    from daoflow_tui.terminal.engine import Engine


def choose(columns: int, rows: int, scrollback: int = SCROLLBACK_LINES) -> Engine:
    """A terminal of this size on the best engine here; its `name` tells which."""
    if why_not_native() is None:
        from daoflow_tui.terminal.ghostty import GhosttyEngine

        return GhosttyEngine(columns, rows, scrollback)
    from daoflow_tui.terminal.bittty_engine import BitttyEngine

    return BitttyEngine(columns, rows, scrollback)


def why_not_native() -> str | None:
    """Why the native engine is not used here, in words for the person in front of it; None when it is."""
    try:
        load()
    except Unusable as error:
        return str(error)
    return None
