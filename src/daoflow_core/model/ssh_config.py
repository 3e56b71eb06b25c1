"""What an import from an ssh_config file offers, and what of the file it left aside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """One host of the file; `skip` says in a sentence why it can't be imported, and is empty when it can.

    `jump` is the one host, by its name, that it is reached through; empty when it is reached directly.
    """

    alias: str
    host: str
    port: int
    user: str
    identity_file: str | None
    source: str
    skip: str = ""
    jump: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A line that has no effect here, with its place in the file and the reason."""

    source: str
    keyword: str
    why: str


@dataclass(frozen=True, slots=True)
class ConfigReading:
    """All hosts of a file and of those it includes, in their order, and what was left aside."""

    candidates: tuple[Candidate, ...]
    ignored: tuple[Ignored, ...]
