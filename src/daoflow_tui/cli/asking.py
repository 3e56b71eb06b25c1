"""What can't be undone, asked at a terminal by a name to type; everywhere else `--yes` is the whole word."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from daoflow_core.errors import ConfirmationRequired, UsageError
from daoflow_core.token_source import TOKEN_VARIABLE
from daoflow_tui.cli import envelope, outcomes
from daoflow_tui.cli.call import confirm, current, with_console

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation


class Named(Protocol):
    """A thing that people know by a name."""

    @property
    def name(self) -> str:
        """The name."""


def may_ask() -> bool:
    """Whether a person sits here who can be asked: at a terminal, for no script's output, with no token."""
    call = current()
    scripted = call.as_json or call.quiet or call.token_file is not None or TOKEN_VARIABLE in call.environ
    return not scripted and sys.stdin.isatty() and sys.stderr.isatty()


def asks_instead(*, dry_run: bool, yes: bool, plan: str | None) -> bool:
    """Whether a line that neither plans nor agrees to anything is made whole by asking."""
    return may_ask() and not (dry_run or yes or plan)


def refuse_both(*, dry_run: bool, yes: bool, plan: str | None) -> None:
    """A line plans or applies. Raises UsageError."""
    if dry_run and (yes or plan):
        raise UsageError(
            "--dry-run makes a plan; --yes and --plan apply one.", next_step="Give one of the two."
        )


def confirm_named(yes: bool, sentence: str, find: Callable[[Console], Awaitable[Named]]) -> None:
    """Have the name of what `find` gives typed, unless `--yes` came. Raises ConfirmationRequired."""
    if yes or not may_ask():
        confirm(yes, sentence)
        return
    have_typed(sentence, (with_console(find).name, "its name"))


def plan_agreed(
    sentence: str,
    make: Callable[[Console], Awaitable[Operation]],
    told: Callable[[Operation], Sequence[str]],
    more: Callable[[Operation], tuple[tuple[str, str], ...]] | None = None,
) -> str:
    """Show a plan or preview, have the server's name typed, and what `more` asks for; the id to go on with.

    Raises OperationFailed for a plan that failed, and ConfirmationRequired.
    """
    made = with_console(make)
    shown = told(made)
    outcomes.answer(made, shown)
    envelope.say(None, [*shown, f"plan {made.id}", ""], as_json=False)
    have_typed(sentence, (made.server_name, "the server's name"), *(more(made) if more else ()))
    return made.id


def have_typed(sentence: str, *words: tuple[str, str]) -> None:
    """Ask for each word, named by what it is; anything else than it ends the matter."""
    envelope.warn(sentence)
    for word, what in words:
        sys.stderr.write(f"Type {what} to go on: ")
        sys.stderr.flush()
        if sys.stdin.readline().strip() != word:
            raise ConfirmationRequired(
                f"That was not {what}, so nothing was done.", next_step="Run it again, or pass --yes."
            )
