"""Checks that an operator asked for; they outlive the screen they were asked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError

if TYPE_CHECKING:
    from daoflow_tui.app import DaoFlowApp


async def check(program: DaoFlowApp, server_id: str) -> None:
    """One recorded check; what it finds stands in the list, one that could not be made is told."""
    try:
        await program.session.ask(lambda console: console.readiness.check(server_id))
    except DaoflowError as error:
        view = program.desk.fleet.get(server_id)
        who = "The check" if view is None else f"The check of {view.name}"
        told = (f"{who} could not be made: {error.message}", error.why, error.next_step)
        program.notify(" ".join(filter(None, told)), severity="error", timeout=10, markup=False)
    finally:
        program.desk.checking.pop(server_id, None)
        program.read_soon()
