"""Answers about a server's resources."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, RootModel

from daoflow_core.model.needs import Need
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_tui.cli.answers.base import Answer
from daoflow_tui.cli.answers.cleanup import Bulk
from daoflow_tui.cli.answers.records import Operation


class Resources(ResourceSnapshot):
    """A snapshot, what could not be read with its reason, and what the server needs by it."""

    model_config = ConfigDict(extra="forbid")

    needs: tuple[Need, ...]


class ResourceCheck(Answer):
    """A check that has an answer to every question; a partial one is a failure with the same fields beside it."""

    status: Literal["completed"]
    operation: Operation
    result: Resources


class ResourceChecks(RootModel[ResourceCheck | Bulk]):
    """`server ops resources`: one check, or checks of several servers."""
