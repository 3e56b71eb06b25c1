"""What every test of the drawing layer needs: hostile words and a way to read what was painted."""

from __future__ import annotations

from textual.widget import Widget

HOSTILE = [
    "[/] boom [red",
    "[@click=app.quit]x[/]",
    "\x1b]52;c;aGFjaw==\x07clip",
    "\x9b31mred",
    "\u202ereversed\u2066",
    "w" * 4096,
    "日本語サーバー名前日本語サーバー",
    "👨‍👩‍👧 family \ufe0f",
    "nul\x00bel\x07del\x7f",
    "line\nbreak\ttab\r",
    "e\u0301\u0301\u0301\u200b",
]


def painted(widget: Widget) -> list[str]:
    """The text of every line a line-API widget paints now, without its borders."""
    height = widget.scrollable_content_region.height
    return [widget.render_line(y).text for y in range(height)]
