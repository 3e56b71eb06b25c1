"""What a server needs next: one sentence each, with the step that answers it."""

from __future__ import annotations

from enum import StrEnum

from daoflow_core.model.stored import Stored


class NeedLevel(StrEnum):
    """How much it matters: a fault, worth a look, to be known, or well."""

    FAULT = "fault"
    WARN = "warn"
    NOTE = "note"
    GOOD = "good"


class Need(Stored):
    """One finding: a stable code, what is so, what to do about it, as a command line and as a key of the console.

    A finding that is good has no next step. `key` is a key of the server's hub, `command` begins with its noun.
    """

    code: str
    level: NeedLevel
    message: str
    next_step: str = ""
    command: str | None = None
    key: str | None = None
