"""What passes between the core and a host: commands, their results, probes."""

from __future__ import annotations

from dataclasses import dataclass, field

from daoflow_core.model.identity import ScannedKey
from daoflow_core.model.server import Endpoint
from daoflow_core.secret import Secret

DEFAULT_LIMIT = 8 * 1024 * 1024
"""Bytes of each stream of a script that are kept."""


@dataclass(frozen=True, slots=True)
class Target:
    """Everything a connection needs: where, the one host key to accept, and the key to log in with.

    The login key is a stored one, or with `agent_fingerprint` that one key of this machine's SSH agent.
    """

    server_id: str
    endpoint: Endpoint
    host_key: ScannedKey
    private_key: Secret | None = field(repr=False)
    agent_fingerprint: str | None = None
    jump: Target | None = None
    """The hop whose own connection carries this one; None when it is reached directly."""
    name: str = field(default="", compare=False)
    """What people call it: a rename ends no connection."""
    key_id: str | None = field(default=None, compare=False)
    """The managed key that a login is a use of; None for the agent's and for one that is only tried."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a script on a host ended.

    `exit_status` None means *unknown outcome* (the link ended first), never success. `truncated` says that a
    stream was longer than the limit and its rest was thrown away.
    """

    exit_status: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    truncated: bool = False
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One framed part of a probe's reply: exit status of what was asked, and its one-line value."""

    name: str
    status: int
    value: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeReply:
    """The sections of one round trip; fresh says that a login was made for it.

    `latency_ms` is the trip's own time, until the first word of the answer: what was asked may take longer.
    """

    sections: dict[str, Section]
    latency_ms: int
    fresh: bool
