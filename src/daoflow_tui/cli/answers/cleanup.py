"""Answers about cleanups, and about one command on many servers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, RootModel

from daoflow_core.model.cleanup import CleanupPreview, CleanupRun
from daoflow_core.model.patches import PatchPlan
from daoflow_tui.cli.answers.base import Answer
from daoflow_tui.cli.answers.records import Operation


class Preview(CleanupPreview):
    """A preview, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class Run(CleanupRun):
    """A run, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class Previewed(Answer):
    """`--dry-run`: a complete preview; an incomplete one is a failure with the same fields beside it."""

    status: Literal["completed"]
    operation: Operation
    result: Preview


class Ran(Answer):
    """`--yes`: a run in which nothing failed and nothing is unknown."""

    status: Literal["completed"]
    operation: Operation
    result: Run


class OneServer(Answer):
    """Which server a result is of."""

    id: str
    name: str


class OneResult(Answer):
    """One server's answer in a bulk: `data` as for a single server, or an error with its code."""

    model_config = ConfigDict(extra="allow")

    server: OneServer
    ok: bool
    data: dict[str, Any] | None = None
    error: str | None = None
    code: str | None = None


class Counts(Answer):
    """How a bulk went."""

    total: int
    succeeded: int
    failed: int


class Bulk(Answer):
    """One command on several servers, in their order."""

    results: list[OneResult]
    summary: Counts


class Cleanup(RootModel[Previewed | Ran | Bulk]):
    """`server ops cleanup`: a preview, a run, or previews of several servers."""


class Plan(PatchPlan):
    """A patch plan, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class Planned(Answer):
    """A plan that could be made; one that failed is a failure with the same fields beside it."""

    status: Literal["completed"]
    operation: Operation
    result: Plan


class Patch(RootModel[Planned | Bulk]):
    """`server ops patch`: a plan, or plans of several servers."""
