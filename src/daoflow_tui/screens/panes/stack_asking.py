"""What the stacks pane asks of the core: three kinds of plans, and the change that a plan stands for."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from daoflow_core.errors import DaoflowError
from daoflow_core.model.operation import Operation
from daoflow_core.model.stack import StackPlan, StackVerb
from daoflow_tui.screens.sheets.stacks import StackForm, read_form

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.services.stack_source import StackRequest

Asking = Coroutine[Any, Any, Operation]
Question = Callable[["Console"], Asking]


def deploy_plan(server_id: str, form: StackForm, requests: dict[str, StackRequest]) -> Question:
    """A plan from files; what was read is kept for the change, so that exactly that is applied."""

    async def question(console: Console) -> Operation:
        request = read_form(form)
        operation = await console.stacks.plan(server_id, request)
        requests[operation.id] = request
        return operation

    return question


def rollback_plan(server_id: str, stack: str, to: int | None) -> Question:
    """A plan to apply an earlier revision again."""

    def question(console: Console) -> Asking:
        return console.stacks.plan_rollback(server_id, stack, to)

    return question


def removal_plan(server_id: str, stack: str) -> Question:
    """A plan to take a stack away."""

    def question(console: Console) -> Asking:
        return console.stacks.plan_removal(server_id, stack)

    return question


def change(server_id: str, plan_id: str, plan: StackPlan, request: StackRequest | None) -> Question:
    """The change that a plan stands for."""

    def question(console: Console) -> Asking:
        if plan.verb is StackVerb.REMOVE:
            return console.stacks.remove(server_id, plan.stack, plan_id)
        if plan.verb is StackVerb.ROLLBACK:
            return console.stacks.rollback(server_id, plan.stack, plan.to_revision, plan_id)
        if request is None:
            raise DaoflowError("The files of this plan are not at hand.", next_step="Plan them again.")
        return console.stacks.deploy(server_id, request, plan_id)

    return question
