"""The one sentence of a window that is too small to be read safely."""

from __future__ import annotations

from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

MIN_WIDTH, MIN_HEIGHT = 60, 16


class TooSmall(Widget):
    """Covers the screen while it has the class `-tiny` or `-flat`; operations go on behind it."""

    DEFAULT_CSS = """
    TooSmall {
        layer: too-small; dock: top; width: 100%; height: 100%; display: none;
        background: $background; color: $foreground; content-align: center middle; text-align: center;
    }
    """

    def on_resize(self, event: events.Resize) -> None:
        """Say the new size."""
        event.stop()
        self.refresh()

    def render(self) -> RenderResult:
        """What is needed, what there is, and the way out."""
        size = self.app.size
        return Content(
            f"DaoFlow needs {MIN_WIDTH} x {MIN_HEIGHT}.\nThis window is {size.width} x {size.height}.\n\n"
            "Make it larger, or press q to quit.\nRunning operations go on."
        )
