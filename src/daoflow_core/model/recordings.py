"""What was shown in a shell, kept: its facts, and the pieces it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Part(StrEnum):
    """What a frame holds, by asciicast's letters: shown, typed, or a new size."""

    OUTPUT = "o"
    INPUT = "i"
    SIZE = "r"


class Frame(NamedTuple):
    """One piece of a recording; `seconds` since its beginning."""

    seconds: float
    part: Part
    data: bytes


class RecordingStatus(StrEnum):
    """How a recording stands: `cut` ends where its program was killed, `missing` has lost its file."""

    RUNNING = "running"
    COMPLETE = "complete"
    CUT = "cut"
    MISSING = "missing"
    DELETED = "deleted"


class Cause(StrEnum):
    """Who had a shell recorded: the server's rule, a grant that demands it, or its opener."""

    SERVER = "server"
    GRANT = "grant"
    ASKED = "asked"

    @property
    def demands(self) -> bool:
        """Whether the opener can't refuse it."""
        return self is not Cause.ASKED


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded shell; what is not known of one that was cut is None."""

    id: str
    operation_id: str
    server_id: str
    server_name: str
    recorded_by: str
    started_at: str
    shell: str
    width: int
    height: int
    has_input: bool
    status: RecordingStatus
    ended_at: str | None = None
    seconds: float | None = None
    size: int | None = None
    """Bytes of the shown text, before it was compressed and sealed."""
    deleted_at: str | None = None
    deleted_by: str | None = None
    causes: tuple[Cause, ...] | None = None
    """Why it was made; None in one that was made before this was kept."""
