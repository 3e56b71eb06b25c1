"""Every key that works here, the nearest first, with the reason of those that are off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult

from daoflow_tui.commands.listing import HelpRow
from daoflow_tui.screens.sheets.base import Sheet
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.widgets.state_mark import Role, Toned

KEYS = 16
LAST = ("Lists", "Logs", "Places", "Everywhere")
"""Groups that are the same in many places come after those of this one."""


class HelpSheet(Sheet[None]):
    """Generated from the commands, so it can't say anything else than what the keys do."""

    title_words = "Keys here"
    wide, long = 104, True

    def __init__(self, rows: Sequence[HelpRow]) -> None:
        super().__init__()
        self._rows = rows

    def words(self) -> ComposeResult:
        """A block for each group."""
        yield Told(list(self._lines()))

    def _lines(self) -> Iterator[Words]:
        groups = sorted(dict.fromkeys(row.group or "Here" for row in self._rows), key=LAST.__contains__)
        for group in groups:
            yield [Toned(group, Role.STRONG)]
            for row in self._rows:
                if (row.group or "Here") == group:
                    yield from _told(row)
            yield []


def _told(row: HelpRow) -> Iterator[Words]:
    keys = row.keys or ":"
    yield [Toned(f"  {keys:<{KEYS}}", Role.KEY), row.help]
    if row.why_off:
        yield [" " * (KEYS + 2), Toned(f"off now: {row.why_off}", Role.LOOK)]
