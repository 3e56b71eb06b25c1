"""Recordings as asciicast v2: one JSON line a frame, after one that says what they are of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from daoflow_core.model.recordings import Frame, Part, Recording
from daoflow_core.screen_text import ScreenText
from daoflow_core.stamps import parse_stamp


def header(recording: Recording) -> dict[str, object]:
    """The first line's value."""
    return {
        "version": 2,
        "width": recording.width,
        "height": recording.height,
        "timestamp": int(parse_stamp(recording.started_at).timestamp()),
        "title": f"{recording.server_name} {recording.id}",
        "env": {"TERM": "xterm-256color"},
    }


def events(frames: Iterable[Frame]) -> Iterator[tuple[float, str, str]]:
    """Time, letter and text of each frame; bytes that are not UTF-8 become marks, as the format wants it."""
    texts = {part: ScreenText() for part in (Part.OUTPUT, Part.INPUT)}
    seconds = 0.0
    for frame in frames:
        seconds = frame.seconds
        text = frame.data.decode("ascii") if frame.part is Part.SIZE else texts[frame.part].feed(frame.data)
        if text:
            yield round(seconds, 6), frame.part.value, text
    for part, left in texts.items():
        if text := left.close():
            yield round(seconds, 6), part.value, text


def lines(recording: Recording, frames: Iterable[Frame]) -> Iterator[str]:
    """The whole file, line by line, without line ends."""
    yield _line(header(recording))
    for event in events(frames):
        yield _line(list(event))


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))
