"""What all answers have in common."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

Moment = AwareDatetime
"""ISO 8601, UTC, milliseconds."""
Status = Literal["ready", "attention", "blocked", "unknown"]
Kind = Literal["docker-engine", "docker-swarm-manager"]
Environment = Literal["prod", "staging", "dev"]


class Answer(BaseModel):
    """A part of an answer: its fields are exactly these, none more and none of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Failure(BaseModel):
    """What stands on stdout instead of an answer; some codes carry further fields."""

    model_config = ConfigDict(extra="allow", frozen=True)

    ok: Literal[False]
    error: str
    code: str
    why: str | None = None
    next: str | None = None
