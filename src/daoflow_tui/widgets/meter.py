"""A measured share as words and a bar; what is not known has no bar and is never zero."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from daoflow_tui.widgets.cells import fit, plain
from daoflow_tui.widgets.state_mark import Glyphs, Role, glyphs_of

_BAR = 20
_LABEL = 10
_COLOURS = {Role.GOOD: "$accent", Role.LOOK: "$warning", Role.BAD: "$error"}


def bar(percent: float, width: int, glyphs: Glyphs) -> str:
    """A bar of `width` cells; any share above nothing shows at least one full cell, only 100 fills it."""
    full = round(max(0.0, min(percent, 100.0)) / 100 * width)
    if percent > 0:
        full = max(full, 1)
    if percent < 100:
        full = min(full, width - 1)
    return glyphs.full * full + glyphs.empty * (width - full)


class Meter(Widget):
    """`Memory     71%  ██████████████░░░░░░   5.5 of 7.8 GiB`; `?` and no bar while the value is unknown.

    From `warn` percent on the bar turns to the look role with a `!`, from `hard` on to the bad role.
    """

    DEFAULT_CSS = "Meter { height: 1; width: 1fr; }"

    def __init__(self, label: str, *, warn: float = 80, hard: float = 90) -> None:
        super().__init__()
        self._label, self._warn, self._hard = label, warn, hard
        self._percent: float | None = None
        self._note = ""

    def measure(self, percent: float | None, note: str = "") -> None:
        """Draw a share of 0 to 100, or None for unknown, and the words after the bar."""
        self._percent, self._note = percent, note
        self.refresh()

    @property
    def role(self) -> Role:
        """What the value means against the two thresholds."""
        if self._percent is None:
            return Role.UNKNOWN
        if self._percent >= self._hard:
            return Role.BAD
        return Role.LOOK if self._percent >= self._warn else Role.GOOD

    def render(self) -> RenderResult:
        """The line in colour."""
        glyphs, role = glyphs_of(self), self.role
        label = fit(plain(self._label), _LABEL, cut=glyphs.cut)
        if self._percent is None:
            return Content.assemble(label, ("   ?  ", "$muted"), (plain(self._note or "not known"), "$muted"))
        mark = f"{glyphs.mark(role)} " if role is not Role.GOOD else ""
        return Content.assemble(
            f"{label}{self._percent:4.0f}%  ",
            (bar(self._percent, _BAR, glyphs), _COLOURS[role]),
            ("   " + mark, _COLOURS[role]),
            plain(self._note),
        )
