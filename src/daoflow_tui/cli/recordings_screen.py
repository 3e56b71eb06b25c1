"""`recordings screen`: what a recording showed at a moment, cell by cell, for bug reports."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import InvalidInput, NotFound
from daoflow_tui.cli.call import Result
from daoflow_tui.cli.recordings_kept import kept_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

OF_THE_STORE = re.compile(r"rec_[0-9a-z]{26}")
What = Annotated[
    str, typer.Argument(metavar="FILE|ID", help="An asciicast v2 file, or a recording of this store.")
]
At = Annotated[
    float | None,
    typer.Option(
        "--at", metavar="SECONDS", help="The screen at this time, inclusive. Without it: at the end."
    ),
]


def screen(recording: What, at: At = None) -> Result:
    """Show the screen of a recording; with --json every cell. A file needs no store, an ID what `play` needs."""
    if at is not None and not (math.isfinite(at) and at >= 0):
        raise InvalidInput("--at is a number of seconds from the start, 0 or more.", field="at")
    from daoflow_tui.terminal.asciicast import Cast
    from daoflow_tui.terminal.screen import document, lines, play

    cast = Cast(_lines_of(recording))
    engine = play(cast, at)
    torn = (
        ["The recording ends in the middle of a line; the screen is as of the line before."]
        if cast.torn
        else []
    )
    return Result(document(engine), lines(engine), notes=torn)


def _lines_of(recording: str) -> Iterator[bytes]:
    """The lines of a file, or of a recording of this store, as they are read."""
    from daoflow_tui.terminal.asciicast import MAX_LINE

    if OF_THE_STORE.fullmatch(recording) and not Path(recording).exists():
        yield from kept_lines(recording)
        return
    try:
        with Path(recording).open("rb") as file:
            while line := file.readline(MAX_LINE + 1):
                yield line
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            f"There is no file {recording[:200]!a}.", next_step="Give the path of an asciicast v2 file."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInput(f"{recording[:200]!a} can't be read: {reason}.", field="recording") from None
