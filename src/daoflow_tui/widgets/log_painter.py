"""Draws one part of a log line: time and kind in front, found words set off, one exact width."""

from __future__ import annotations

import re

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from daoflow_tui.widgets.cells import fit, plain
from daoflow_tui.widgets.log_pages import LogLine
from daoflow_tui.widgets.state_mark import ROLE_CLASSES, Role, glyphs_of, role_class

LOG_CLASSES = ROLE_CLASSES | {"log--found", "log--here", "log--note"}
_WHEN, _KIND = 14, 8
FRONT = _WHEN + _KIND


class LogPainter:
    """Paints the parts of a log's lines in the styles of its widget."""

    def __init__(self, log: Widget) -> None:
        self._log = log

    def part(self, line: LogLine, words: str, first: bool, needle: str, here: bool, width: int) -> Strip:
        """One part of a line: the first carries time and kind, the others stand below the words."""
        cut = glyphs_of(self._log).cut
        when = fit(f" {plain(line.when)}" if first else "", _WHEN, cut=cut)
        kind = fit(plain(line.kind) if first else "", _KIND, cut=cut)
        front = [Segment(when, self._style(Role.MUTED)), Segment(kind, self._style(line.role))]
        drawn = fit(words, max(width - FRONT, 0), cut=cut)
        return Strip([*front, *self._found(drawn, needle, here, line.role)]).adjust_cell_length(
            width, self._log.rich_style
        )

    def waiting(self, width: int) -> Strip:
        """A line whose page is on its way."""
        return Strip([Segment(fit(" reading", width), self._style(Role.MUTED))]).adjust_cell_length(width)

    def blank(self, width: int) -> Strip:
        """A line below the end of the log."""
        return Strip.blank(width, self._log.rich_style)

    def with_note(self, strip: Strip, note: str, width: int) -> Strip:
        """The line with a note over its right end."""
        words = f" {plain(note)} "
        style = self._log.rich_style + self._log.get_component_rich_style("log--note", partial=True)
        return Strip.join([strip.crop(0, max(width - len(words), 0)), Strip([Segment(words, style)])])

    def _found(self, words: str, needle: str, here: bool, role: Role) -> list[Segment]:
        style = self._style(Role.PLAIN if role is Role.MUTED else role)
        if not needle:
            return [Segment(words, style)]
        name = "log--here" if here else "log--found"
        mark = style + self._log.get_component_rich_style(name, partial=True)
        pieces = re.split(f"({re.escape(needle)})", words, flags=re.IGNORECASE)
        return [Segment(piece, mark if index % 2 else style) for index, piece in enumerate(pieces) if piece]

    def _style(self, role: Role) -> Style:
        return self._log.rich_style + self._log.get_component_rich_style(role_class(role), partial=True)
