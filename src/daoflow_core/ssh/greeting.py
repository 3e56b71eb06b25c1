"""What an SSH server says first, and what it means when something else comes. Pure."""

from __future__ import annotations

from daoflow_core.errors import Unreachable
from daoflow_core.ssh import failures

TURNED_AWAY = b"Not allowed at this time"
"""What OpenSSH 9.8 and later say instead of a greeting: PerSourcePenalties hold, or MaxStartups is reached."""
MAX_PREAMBLE = 8 * 1024  # bytes a server may send before its greeting line, by RFC 4253 any text


def greeted(seen: bytes) -> bool:
    """Whether the whole identification line has come."""
    return b"\n" in identification(seen)


def identification(seen: bytes) -> bytes:
    """What came of the line that begins with `SSH-`; empty when it has not begun."""
    for line in seen.splitlines(keepends=True):
        if line.startswith(b"SSH-"):
            return line
    return b""


def no_greeting(seen: bytes, address: str, seconds: float) -> Unreachable:
    """Silence or slowness is one thing, another protocol's words are another."""
    strange = seen and not b"SSH-".startswith(seen[:4]) and not identification(seen)
    return failures.not_ssh(address) if strange else failures.no_greeting(address, seconds)


def rejected(seen: bytes, address: str) -> Unreachable:
    """Why a server closed the connection before its greeting was whole, by what it said until then."""
    if TURNED_AWAY in seen:
        return failures.shut_out(address)
    if b"MaxStartups" in seen:
        why = "It takes no more logins now: too many are waiting (its MaxStartups)."
        return failures.closed(address, "before its SSH greeting", why)
    return failures.not_ssh(address) if seen.strip() else failures.closed(address, "before its SSH greeting")
