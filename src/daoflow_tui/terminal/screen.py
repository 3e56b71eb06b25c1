"""A recording played to a moment: the screen as a document, cell by cell, and as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.terminal.asciicast import Resized
from daoflow_tui.terminal.choice import choose

if TYPE_CHECKING:
    from daoflow_tui.terminal.asciicast import Cast
    from daoflow_tui.terminal.engine import Engine
    from daoflow_tui.terminal.values import Cell


def play(cast: Cast, until: float | None = None) -> Engine:
    """An engine that was fed every event up to this second, that one too; all of them without it."""
    engine = choose(cast.columns, cast.rows, scrollback=1000)
    for event in cast.events():
        if until is not None and event.seconds > until:
            continue
        if isinstance(event, Resized):
            engine.resize(event.columns, event.rows)
        else:
            engine.feed(event.data)
            engine.replies(), engine.events()
    return engine


def document(engine: Engine) -> dict[str, object]:
    """Size, cursor and every cell of the screen; see docs/terminal.md."""
    cursor = engine.cursor()
    return {
        "size": {"columns": engine.columns, "rows": engine.rows},
        "cursor": {"column": cursor.column, "row": cursor.row, "visible": cursor.visible},
        "rows": [[_cell(cell) for cell in engine.cells(row)] for row in range(engine.rows)],
        "engine": engine.name,
    }


def _cell(cell: Cell) -> dict[str, object]:
    style = cell.style
    return {
        "text": cell.text,
        "width": cell.width,
        "foreground": style.foreground,
        "background": style.background,
        "flags": list(style.flags),
    }


def lines(engine: Engine) -> list[str]:
    """The screen's text, without blanks at the ends of its lines and without empty lines at its end."""
    engine.changed()
    found = ["".join([run.text for run in engine.runs(row)]).rstrip() for row in range(engine.rows)]
    while found and not found[-1]:
        found.pop()
    return found
