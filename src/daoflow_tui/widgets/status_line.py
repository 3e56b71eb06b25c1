"""The line above the footer: the last operation and its id on the left, what the place tells on the right."""

from __future__ import annotations

from daoflow_tui.widgets.line import Line


class StatusLine(Line):
    """Persistent words, never a question; `show(left, right)` replaces them."""

    DEFAULT_CSS = "StatusLine { color: $muted; }"
