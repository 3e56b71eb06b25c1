"""What the steps of an operation's script said, each with its own outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from daoflow_core.errors import DaoflowError

TIMED_OUT = 124
NO_PERMISSION = 126
MISSING = 127


@dataclass(frozen=True, slots=True)
class Step:
    """One command as it ran on a host; `status` None means that it began and its end was not seen.

    `seconds` is None where the host keeps no uptime. Streams are bytes: `daoflow_core.text` makes text of them.
    """

    name: str
    command: str
    status: int | None
    stdout: bytes
    stderr: bytes
    seconds: float | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the step is known to have ended well."""
        return self.status == 0


@dataclass(frozen=True, slots=True)
class StepReply:
    """All steps of one script by name, in their order; `whole` says that the script came to its last line.

    `error` is what ended it before that, after it had been sent: TimedOut or OutcomeUnknown.
    """

    steps: Mapping[str, Step] = field(default_factory=dict)
    whole: bool = False
    truncated: bool = False
    seconds: float = 0.0
    error: DaoflowError | None = None

    def settled(self) -> StepReply:
        """Itself when the script came to its end. Raises what ended it before."""
        if self.error is not None:
            raise self.error
        return self

    def __getitem__(self, name: str) -> Step:
        """The step; one that never began when the host said nothing of it."""
        return self.steps.get(name) or Step(name, "", None, b"", b"")
