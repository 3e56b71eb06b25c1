"""Answers about stacks."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, RootModel

from daoflow_core.model import stack
from daoflow_tui.cli.answers.base import Answer
from daoflow_tui.cli.answers.cleanup import OneServer
from daoflow_tui.cli.answers.records import Operation


class StackPlan(stack.StackPlan):
    """A plan, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class StackRun(stack.StackRun):
    """A change, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class StackStanding(stack.StackStanding):
    """A stack with its newest revision."""

    model_config = ConfigDict(extra="forbid")


class StackRevision(stack.StackRevision):
    """A revision: names, never values."""

    model_config = ConfigDict(extra="forbid")


class StackPlanned(Answer):
    """A plan that can be applied; a refused one is a failure with the same fields beside it."""

    status: Literal["completed"]
    operation: Operation
    result: StackPlan


class StackChanged(Answer):
    """A change that came to its end as it was planned."""

    status: Literal["completed"]
    operation: Operation
    result: StackRun


class StackChange(RootModel[StackPlanned | StackChanged]):
    """The change, or with `--dry-run` its plan."""


class Stacks(Answer):
    """`server ops stack list`."""

    server: OneServer
    stacks: list[StackStanding]


class StackShown(Answer):
    """`server ops stack show`: newest revision first."""

    server: OneServer
    stack: StackStanding
    revisions: list[StackRevision]
