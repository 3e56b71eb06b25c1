"""Operations that an operator asked for; they outlive the screen they were asked on, and say how they went."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal

from daoflow_core.errors import DaoflowError
from daoflow_core.model.operation import Operation, OperationStatus

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_tui.app import DaoFlowApp

Question = Callable[["Console"], Coroutine[Any, Any, Operation]]
TABS = {
    "resource_check": "2",
    "cleanup_preview": "3",
    "cleanup_run": "3",
    "patch_plan": "4",
    "swarm_topology_refresh": "5",
    "swarm_node_availability_plan": "5",
    "swarm_node_availability_update": "5",
    "swarm_service_scale_plan": "5",
    "swarm_service_scale_update": "5",
    "stack_plan": "D",
    "stack_deploy": "D",
    "stack_rollback": "D",
    "stack_remove": "D",
}


def undertake(program: DaoFlowApp, server_id: str, kind: str, question: Question) -> None:
    """Ask for an operation once; while it runs, asking again does nothing."""
    asked = (server_id, kind)
    if asked not in program.desk.asked:
        program.desk.refused.pop(asked, None)
        program.desk.asked[asked] = program.desk.clock.monotonic()
        program.run_worker(_see_through(program, server_id, kind, question), group="undertakings")
        program.news.publish(())


async def _see_through(program: DaoFlowApp, server_id: str, kind: str, question: Question) -> None:
    try:
        _tell(program, server_id, kind, await program.session.ask(question))
    except DaoflowError as error:
        _tell_refusal(program, server_id, kind, error)
    finally:
        program.desk.asked.pop((server_id, kind), None)
        program.read_soon()


def _tell(program: DaoFlowApp, server_id: str, kind: str, operation: Operation) -> None:
    """A toast for what ended elsewhere than where the operator looks."""
    if not looks_at(program, server_id, kind):
        good = operation.status is OperationStatus.COMPLETED
        _toast(program, server_id, kind, operation.summary, "information" if good else "warning")


def _tell_refusal(program: DaoFlowApp, server_id: str, kind: str, error: DaoflowError) -> None:
    """What was recorded stands in the history; what was refused before is kept for the pane."""
    if "operationId" not in error.details:
        program.desk.refused[(server_id, kind)] = error
    if not looks_at(program, server_id, kind):
        words = " ".join(filter(None, (error.message, error.why, error.next_step)))
        _toast(program, server_id, kind, words, "error")


def _toast(
    program: DaoFlowApp,
    server_id: str,
    kind: str,
    words: str,
    severity: Literal["information", "warning", "error"],
) -> None:
    view = program.desk.fleet.get(server_id)
    title = f"{kind.replace('_', ' ')} of {view.name if view else 'a removed server'}"
    program.notify(
        words, title=title, severity=severity, timeout=10 if severity == "error" else 5, markup=False
    )


def looks_at(program: DaoFlowApp, server_id: str, kind: str) -> bool:
    """Whether the tab that shows this operation is on screen."""
    from daoflow_tui.screens.server import ServerScreen

    screen = program.screen
    return isinstance(screen, ServerScreen) and screen.server_id == server_id and screen.tab == TABS.get(kind)
