"""Answers about shells on servers and what was kept of them."""

from __future__ import annotations

from typing import Literal

from daoflow_tui.cli.answers.base import Answer, Moment


class TerminalAnswer(Answer):
    """`server terminal` has no answer in JSON: with --json it refuses, and says why."""


class PlayAnswer(Answer):
    """`recordings play` has no answer in JSON: with --json it refuses, and says why."""


class Recording(Answer):
    """One recorded shell; `cut` ends where its program was killed, `missing` has lost its file; null is not known.

    `recordedBecause` names the server's rule, a grant that demands it, and an opener who asked for it.
    """

    id: str
    operationId: str
    serverId: str
    serverName: str
    recordedBy: str
    startedAt: Moment
    endedAt: Moment | None
    seconds: float | None
    bytes: int | None
    shell: Literal["login", "bash", "sh"]
    columns: int
    rows: int
    hasInput: bool
    recordedBecause: list[Literal["server", "grant", "asked"]] | None
    status: Literal["running", "complete", "cut", "missing", "deleted"]
    deletedAt: Moment | None
    deletedBy: str | None


class Recordings(Answer):
    """Recordings, newest first."""

    recordings: list[Recording]


class RecordingRule(Answer):
    """When shells on a server are recorded."""

    serverId: str
    serverName: str
    record: Literal["always", "asked"]


class RecordingExport(Answer):
    """The asciicast v2 file that was made, and how many events are in it."""

    file: str
    recording: Recording
    events: int


class RecordingDeleted(Answer):
    """The recording as it stands now."""

    recording: Recording
