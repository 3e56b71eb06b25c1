"""The framed reply of probe.sh, out of a stream that may hold anything else before, between and after."""

from __future__ import annotations

import re

from daoflow_core.model.host import Section
from daoflow_core.redaction import redact
from daoflow_core.text import decode

MAX_VALUE = 1000  # bytes of one value that probe.sh sends
MAX_LINE = MAX_VALUE + 200  # name, status and two times stand before the value
MAX_SECTIONS = 32

_SECTION = re.compile(
    rb"(?P<name>[a-z]{1,20})\|(?P<status>[0-9]{1,3})\|(?P<start>[0-9.]{1,20}|-)\|(?P<end>[0-9.]{1,20}|-)\|(?P<value>.*)",
    re.DOTALL,
)


class ReplyReader:
    """Reads the reply to one nonce from bytes cut anywhere, and keeps one line at most."""

    def __init__(self, nonce: str) -> None:
        self._begin = f"#dft {nonce} begin".encode("ascii")
        self._end = f"#dft {nonce} end".encode("ascii")
        self._line = bytearray()
        self._inside = False
        self._sections: dict[str, Section] = {}

    @property
    def begun(self) -> bool:
        """Whether the reply has begun to come."""
        return self._inside

    def feed(self, data: bytes) -> dict[str, Section] | None:
        """The sections by name once the whole reply was seen; None while it is still coming."""
        *ended, rest = data.split(b"\n")
        for piece in ended:
            self._keep(piece)
            line = bytes(self._line)
            self._line.clear()
            if self._take(line):
                return self._sections
        self._keep(rest)
        return None

    def _keep(self, piece: bytes) -> None:
        self._line += piece[: MAX_LINE - len(self._line)]

    def _take(self, line: bytes) -> bool:
        """Reads one whole line; true when it was the end of the reply."""
        if not self._inside:
            self._inside = line == self._begin
            return False
        if line == self._end:
            return True
        section = _section(line)
        if section and len(self._sections) < MAX_SECTIONS:
            self._sections.setdefault(section.name, section)
        return False


def _section(line: bytes) -> Section | None:
    """One section line; None for a line that is something else."""
    match = _SECTION.fullmatch(line)
    if match is None:
        return None
    return Section(
        name=match["name"].decode("ascii"),
        status=int(match["status"]),
        value=redact(decode(match["value"][:MAX_VALUE])).strip(),  # from here it goes into verdicts and JSON
        seconds=_elapsed(match["start"], match["end"]),
    )


def _elapsed(start: bytes, end: bytes) -> float:
    """Seconds between two times of /proc/uptime; 0.0 where the host keeps no such clock."""
    try:
        return max(0.0, round(float(end) - float(start), 2))
    except ValueError:
        return 0.0
