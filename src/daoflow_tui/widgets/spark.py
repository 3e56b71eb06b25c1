"""The last values of a measure as one small line; a gap in the record stays a gap."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.state_mark import Glyphs, glyphs_of

_MAX_POINTS = 240


def spark(values: Sequence[float | None], glyphs: Glyphs, *, top: float = 100.0) -> str:
    """One character a value between 0 and `top`; None, a check without an answer, is a blank."""
    steps = glyphs.spark
    return "".join(" " if value is None else steps[_step(value, top, len(steps))] for value in values)


def _step(value: float, top: float, steps: int) -> int:
    share = max(0.0, min(value / top, 1.0)) if top > 0 else 0.0
    return min(int(share * steps), steps - 1)


class Spark(Widget):
    """`▁▂▂▃▄▅▆▇   last 17 checks, 60s apart`, newest value at the right."""

    DEFAULT_CSS = "Spark { height: 1; width: 1fr; color: $accent; }"

    def __init__(self, *, top: float = 100.0) -> None:
        super().__init__()
        self._top = top
        self._values: tuple[float | None, ...] = ()
        self._note = ""

    def draw(self, values: Sequence[float | None], note: str = "") -> None:
        """Draw these values, oldest first, and the words after them."""
        self._values, self._note = tuple(values[-_MAX_POINTS:]), note
        self.refresh()

    def render(self) -> RenderResult:
        """The newest values that fit beside the note."""
        note = plain(self._note)
        room = max(self.size.width - len(note) - 3, 1)
        line = spark(self._values[-room:], glyphs_of(self), top=self._top)
        return Content.assemble(line, (f"   {note}" if note else "", "$muted"))
