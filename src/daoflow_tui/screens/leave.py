"""The leave for a shell: asked for by whoever may give it to themself, told about otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.errors import DaoflowError, ScopeDenied, VaultLocked
from daoflow_tui.screens.fleet import ServerView

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.recordings import Cause
    from daoflow_tui.app import DaoFlowApp


async def refusal_of(console: Console, view: ServerView) -> tuple[DaoflowError | None]:
    """What opening a shell would be refused with now, if anything; records nothing."""
    target = f"server/{view.id}"
    return (await console.access.refusal("server.terminal.open", target, server_read_only=view.read_only),)


async def demands_of(console: Console, view: ServerView) -> tuple[Cause, ...] | None:
    """Who would have a shell recorded that is opened now; None while the vault is locked and nobody can tell."""
    try:
        return await console.recordings.demands(view.id)
    except VaultLocked:
        return None


async def may_open(program: DaoFlowApp, view: ServerView) -> bool:
    """Whether a shell may be opened; the leave is asked for when it is all that is missing. For a worker."""
    try:
        (refusal,) = await program.session.ask(lambda console: refusal_of(console, view))
        if refusal is None:
            return True
        denied = program.session.why_not("grant.create", server_read_only=view.read_only)
        if not isinstance(refusal, ScopeDenied) or denied is not None:
            raise refusal
        return await _ask(program, view)
    except DaoflowError as error:
        program.tell_error(error)
        return False


async def _ask(program: DaoFlowApp, view: ServerView) -> bool:
    from daoflow_tui.screens.sheets.terminal import GrantSheet, Leave

    demands = await program.session.ask(lambda console: demands_of(console, view))
    sheet = GrantSheet(view, demands, wanted=program.desk.record_shells)
    leave: Leave | None = await program.push_screen_wait(sheet)
    if leave is None:
        return False
    await program.session.ask(
        lambda console: console.grants.terminal(
            view.id, leave.minutes * 60, leave.reason, records=leave.records
        )
    )
    return True
