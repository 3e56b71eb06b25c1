"""The frames of steps.sh, out of two streams that may hold anything else before, between and after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from daoflow_core.model.steps import Step
from daoflow_core.text import decode

STDOUT, STDERR = "stdout", "stderr"
_NUMBER = rb"[0-9.]{1,20}|-"


@dataclass(frozen=True, slots=True)
class Began:
    """A step began; `command` is empty on stderr, whose frames don't repeat it."""

    name: str
    command: str


@dataclass(frozen=True, slots=True)
class Said:
    """Whole lines of one stream, without the last line end; `name` is None outside of every step."""

    name: str | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """A step ended."""

    name: str
    status: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Finished:
    """The script came to its last line."""


Happening = Began | Said | Ended | Finished


class FrameReader:
    """Reads the frames of one stream from bytes cut anywhere; an output line is told once it is whole."""

    def __init__(self, nonce: str) -> None:
        mark = re.escape(f"#dft {nonce} ".encode("ascii"))
        self._mark = f"#dft {nonce} ".encode("ascii")
        self._run = re.compile(mark + rb"run (?P<name>[a-z0-9_-]{1,60})(?: (?P<command>.*))?", re.DOTALL)
        self._exit = re.compile(
            mark + rb"exit (?P<name>[a-z0-9_-]{1,60}) (?P<status>[0-9]{1,3}) "
            rb"(?P<start>" + _NUMBER + rb") (?P<end>" + _NUMBER + rb")"
        )
        self._rest: list[bytes] = []
        self._step: str | None = None
        self._blank = False

    def feed(self, data: bytes) -> Iterator[Happening]:
        """What has happened with these bytes."""
        head, *more = data.split(b"\n")
        self._rest.append(head)  # pieces, so that a line without an end costs no more for being long
        if not more:
            return
        *ended, rest = more
        line, self._rest = b"".join(self._rest), [rest]
        for one in (line, *ended):
            yield from self._take(one)

    def close(self) -> Iterator[Happening]:
        """What is left when the stream ends without a line end."""
        rest, self._rest = b"".join(self._rest), []
        if rest:
            yield from self._take(rest)

    def _take(self, line: bytes) -> Iterator[Happening]:
        frame = self._frame(line) if line.startswith(self._mark) else None
        if frame is not None:
            self._blank = False  # the empty line before a frame is the frame's own
            yield frame
            return
        if self._blank:
            yield Said(self._step, b"")
        self._blank = not line
        if line:
            yield Said(self._step, line)

    def _frame(self, line: bytes) -> Happening | None:
        if line == self._mark + b"end":
            return Finished()
        if found := self._run.fullmatch(line):
            self._step = found["name"].decode("ascii")
            return Began(self._step, decode(found["command"] or b""))
        if found := self._exit.fullmatch(line):
            self._step = None
            seconds = _seconds(found["start"], found["end"])
            return Ended(found["name"].decode("ascii"), int(found["status"]), seconds)
        return None


class Collector:
    """Puts the happenings of both streams together into steps."""

    def __init__(self) -> None:
        self._commands: dict[str, str] = {}
        self._said: dict[tuple[str, str], list[bytes]] = {}
        self._ended: dict[str, Ended] = {}
        self.whole = False

    def take(self, stream: str, happenings: Iterable[Happening]) -> None:
        """Note what happened on one stream."""
        for one in happenings:
            match one:
                case Began(name, command):
                    self._commands[name] = self._commands.get(name) or command
                case Said(str() as name, data):
                    self._said.setdefault((name, stream), []).append(data)
                case Ended(name) if stream == STDOUT:
                    self._ended[name] = one
                case Finished() if stream == STDOUT:
                    self.whole = True

    def steps(self) -> dict[str, Step]:
        """Every step that began, in order."""
        found = {}
        for name, command in self._commands.items():
            ended = self._ended.get(name)
            stdout, stderr = (b"\n".join(self._said.get((name, one), [])) for one in (STDOUT, STDERR))
            status, seconds = (ended.status, ended.seconds) if ended else (None, None)
            found[name] = Step(name, command, status, stdout, stderr, seconds)
        return found


def _seconds(start: bytes, end: bytes) -> float | None:
    try:
        return max(0.0, round(float(end) - float(start), 2))
    except ValueError:
        return None
