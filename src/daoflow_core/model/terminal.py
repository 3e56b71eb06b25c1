"""A shell on a host: how it is asked for, how it ends, and what is said while it is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SMALLEST, LARGEST = 2, 1000
"""Columns and rows of a terminal: what a program on the host can draw in, and what an emulator can hold."""


class ShellChoice(StrEnum):
    """Which program is started: the user's own login shell, or one of two that nearly every host has."""

    LOGIN = "login"
    BASH = "bash"
    SH = "sh"


@dataclass(frozen=True, slots=True)
class ShellRequest:
    """What a shell is opened with; `record` asks for a recording where no rule and no grant demands it."""

    columns: int
    rows: int
    shell: ShellChoice = ShellChoice.LOGIN
    record: bool = False
    record_input: bool = False
    """Also what is typed: passwords are then in the recording, although the screen never showed them."""


@dataclass(frozen=True, slots=True)
class ShellEnd:
    """How a shell ended; without a status and a signal nobody knows, and `lost` says why."""

    exit_status: int | None = None
    signal: str | None = None
    lost: str | None = None

    @property
    def known(self) -> bool:
        """Whether the shell itself said how it ended."""
        return self.exit_status is not None or self.signal is not None


@dataclass(frozen=True, slots=True)
class Foreground:
    """Whether a program runs in a shell: `busy` None is not known, and then nobody should guess."""

    busy: bool | None = None
    program: str | None = None


class EndReason(StrEnum):
    """Why a session is over."""

    EXITED = "exited"
    CLOSED = "closed"
    LINK_LOST = "link-lost"
    IDLE = "idle"
    NOT_PERMITTED = "not-permitted"
    SERVER_REMOVED = "server-removed"
    RECORDING_FAILED = "recording-failed"
    PROGRAM_ENDED = "program-ended"
    CANCELLED = "cancelled"
    CONSOLE_FAULT = "console-fault"


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """How a session ended, with everything its record keeps; `seconds` since it was open."""

    reason: EndReason
    words: str
    exit_status: int | None
    signal: str | None
    seconds: float
    bytes_in: int
    bytes_out: int

    def document(self) -> Mapping[str, object]:
        """What the operation and the audit trail keep of it: never a byte of what was typed or shown."""
        return {
            "reason": self.reason.value,
            "exitStatus": self.exit_status,
            "signal": self.signal,
            "seconds": round(self.seconds, 1),
            "bytesIn": self.bytes_in,
            "bytesOut": self.bytes_out,
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person at a shell must know before it happens: the session ends in `seconds`."""

    reason: EndReason
    words: str
    seconds: int
