"""What can be asked of one server or of many with one key: what it is called, and how the core is asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daoflow_core.errors import DaoflowError
from daoflow_tui.widgets.state_mark import Role, State

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation


@dataclass(frozen=True, slots=True)
class Done:
    """How it went on one server, and the operation behind it."""

    state: State
    words: str
    operation_id: str | None

    @property
    def is_good(self) -> bool:
        """Whether it was done."""
        return self.state.role is Role.GOOD


Ask = Callable[["Console", str], Coroutine[Any, Any, Done]]


@dataclass(frozen=True, slots=True)
class Errand:
    """One kind: its words, the action it needs, and the question."""

    kind: str
    words: str
    plural: str
    action: str
    ask: Ask


async def _check(console: Console, server_id: str) -> Done:
    """A check is done whatever it finds; the words say what."""
    found = await console.readiness.check(server_id)
    issues = "; ".join(issue.message for issue in found.issues)
    return Done(State("done", Role.GOOD), issues or found.status.value, found.operation_id)


async def _resources(console: Console, server_id: str) -> Done:
    return _done(await console.resources.check(server_id))


async def _preview(console: Console, server_id: str) -> Done:
    return _done(await console.cleanup.preview(server_id))


async def _patches(console: Console, server_id: str) -> Done:
    return _done(await console.patches.plan(server_id))


def _done(operation: Operation) -> Done:
    from daoflow_tui.screens.operations import OperationView

    return Done(OperationView.of(operation).state, operation.error or operation.summary, operation.id)


ERRANDS = {
    one.kind: one
    for one in (
        Errand("readiness_check", "check", "checks", "server.check", _check),
        Errand("resource_check", "resource check", "resource checks", "server.resources.check", _resources),
        Errand("cleanup_preview", "cleanup preview", "cleanup previews", "server.cleanup.preview", _preview),
        Errand("patch_plan", "patch plan", "patch plans", "server.patch.plan", _patches),
    )
}


def refused(error: DaoflowError) -> Done:
    """An error as an outcome; an operation that was recorded first can still be read."""
    operation_id = error.details.get("operationId")
    words = " ".join(filter(None, (error.message, error.why)))
    return Done(State("failed", Role.BAD), words, operation_id if isinstance(operation_id, str) else None)
