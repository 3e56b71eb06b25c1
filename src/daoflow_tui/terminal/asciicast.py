"""Reading recordings: asciicast v2, one JSON line a header, one an event."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, NamedTuple

from daoflow_core.recording_errors import (
    NotARecording,
    RecordingDamaged,
    RecordingHeader,
    RecordingSize,
    RecordingTooBig,
)
from daoflow_tui.terminal.engine import MAX_COLUMNS, MAX_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_BYTES = 512 << 20
MAX_LINE = 32 << 20


class Output(NamedTuple):
    """What the program wrote, at a time in seconds from the start."""

    seconds: float
    data: bytes


class Resized(NamedTuple):
    """The terminal took another size."""

    seconds: float
    columns: int
    rows: int


class Cast:
    """One recording, read once: the size it starts with, then its events in the order of the file.

    Raises:
        NotARecording, RecordingHeader, RecordingSize: when made.
        RecordingDamaged, RecordingSize, RecordingTooBig: while its events are read.

    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(_bounded(lines))
        self.columns, self.rows = _size(_header(next(self._lines, b"")))
        self.torn = False  # the last line was cut short: a recording that was not closed

    def events(self) -> Iterator[Output | Resized]:
        """Output and resizes; what was typed, and marks, are left out."""
        halves = codecs.getincrementaldecoder("utf-16-le")(
            "replace"
        )  # a character may be cut between two events
        number, broken = 1, 0
        for number, line in enumerate(self._lines, 2):
            if broken:
                raise _damaged(broken)
            if not line.strip():
                continue
            if (event := _event(line)) is None:
                broken = number
                continue
            seconds, letter, text = event
            if letter == "o":
                whole = halves.decode(text.encode("utf-16-le", "surrogatepass"))
                yield Output(seconds, whole.encode())
            elif letter == "r":
                yield Resized(seconds, *_checked(*_parse_size(text, number)))
        self.torn = bool(broken)


def _bounded(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, as long as they are of a size that is read."""
    total = 0
    for line in lines:
        total += len(line)
        if total > MAX_BYTES or len(line) > MAX_LINE:
            raise RecordingTooBig(
                f"The recording is too big: over {MAX_BYTES >> 20} MB, or one line over {MAX_LINE >> 20} MB.",
                next_step="Cut it to the part that matters.",
            )
        yield line


def _header(line: bytes) -> dict[str, object]:
    """The first line's object."""
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NotARecording(
            "That is not a recording: its first line is not the header of an asciicast.",
            next_step="Give a file that `recordings export` or asciinema wrote.",
        )
    if found.get("version") != 2 or isinstance(found["version"], bool):
        raise RecordingHeader(
            f"Only version 2 of asciicast is read, and the header says {str(found.get('version'))[:20]!a}.",
            next_step="Convert it: `asciinema convert --output-format asciicast-v2`.",
        )
    return found


def _size(header: dict[str, object]) -> tuple[int, int]:
    width, height = header.get("width"), header.get("height")
    if type(width) is not int or type(height) is not int:
        raise RecordingHeader(
            "The header of the recording does not say its width and height as whole numbers."
        )
    return _checked(width, height)


def _checked(columns: int, rows: int) -> tuple[int, int]:
    """The size, if a terminal can have it."""
    if not (1 <= columns <= MAX_COLUMNS and 1 <= rows <= MAX_ROWS):
        raise RecordingSize(
            f"The recording is of a terminal of {columns} columns and {rows} rows; "
            f"1 to {MAX_COLUMNS} columns and 1 to {MAX_ROWS} rows are shown.",
            columns=columns,
            rows=rows,
        )
    return columns, rows


def _parse_size(text: str, line: int) -> tuple[int, int]:
    columns, _, rows = text.partition("x")
    if not (columns.isascii() and columns.isdigit() and rows.isascii() and rows.isdigit() and len(text) < 20):
        raise _damaged(line)
    return int(columns), int(rows)


def _event(line: bytes) -> tuple[float, str, str] | None:
    """Seconds, letter and text of an event; None when the line is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match found:
        case [int() | float() as seconds, str(letter), str(text), *_] if not isinstance(seconds, bool):
            return float(seconds), letter, text
    return None


def _damaged(line: int) -> RecordingDamaged:
    return RecordingDamaged(
        f"The recording is damaged: line {line} is not an event.",
        why="What comes after it would be drawn on a screen that misses a part.",
        next_step="Show a time before it with --at.",
        line=line,
    )
