"""When the console can't be opened: what, why, what next, full screen; and the sheet for a locked vault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Center, Middle
from textual.screen import Screen
from textual.widgets import Input

from daoflow_core.errors import DaoflowError
from daoflow_core.secret import Secret
from daoflow_tui.commands.listing import footer_keys
from daoflow_tui.commands.node import CommandNode
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.message import error_lines
from daoflow_tui.screens.words import Told, Words, labelled
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.footer import KeyFooter
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, State
from daoflow_tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from daoflow_core.services.vault_service import VaultStatus
    from daoflow_tui.app import DaoFlowApp


class OpeningFailed(CommandNode, Screen[None]):
    """Nothing can be shown or done; quitting works."""

    DEFAULT_CSS = """
    OpeningFailed Pane { width: 84; max-width: 100%; height: auto; padding: 1 2; }
    OpeningFailed Middle { height: 1fr; }
    """

    def __init__(self, error: DaoflowError) -> None:
        super().__init__()
        self.error = error

    def compose(self) -> ComposeResult:
        """The error in words."""
        with Middle(), Center(), Pane("DaoFlow can't open its store", classes="-danger"):
            yield Told([*error_lines(self.error), [], ["Nothing was changed. q quits."]])
        yield KeyFooter(lambda: footer_keys(self))
        yield TooSmall()


class PassphraseSheet(Sheet[Secret]):
    """Asks for the passphrase of the vault; without it the store can be read, and nothing more."""

    title_words = "The vault is locked"
    DEFAULT_CSS = "PassphraseSheet Field { margin-top: 1; }"

    def __init__(self, reason: str, takes_passphrase: bool) -> None:
        super().__init__()
        self._reason, self._takes = reason, takes_passphrase
        self.field = Field("Passphrase", secret=True, max_length=1024)

    def words(self) -> ComposeResult:
        """Why, and what goes on without it."""
        lines: list[Words] = [
            [State(self._reason, Role.LOOK)],
            [],
            labelled("Works", "the list, logs and the audit trail can be read"),
            labelled("Off", "checks, approvals and changes: each needs a sealed key, or a signed record"),
        ]
        yield Told(lines)

    def asks(self) -> ComposeResult:
        """The field, when a passphrase opens it."""
        if self._takes:
            yield self.field

    def buttons(self) -> Iterable[SheetButton]:
        """Read only, or unlock."""
        yield SheetButton("cancel", "Only read", "esc")
        if self._takes:
            yield SheetButton("apply", "Unlock", "enter")

    def begin(self) -> None:
        """Begin in the field: typing a passphrase can do no harm."""
        if self._takes:
            self.field.focus_input()
        else:
            super().begin()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self.field.value:
            self.dismiss(Secret(self.field.value.encode()))
        else:
            self.field.error = "Type the passphrase, or esc to read only."

    def pressed(self, name: str) -> None:
        """Unlock was pressed."""
        self._submitted()


def ask_passphrase(app: DaoFlowApp, vault: VaultStatus, go_on: Callable[[Secret], object]) -> None:
    """Put the sheet over the list; `go_on` gets the passphrase."""
    takes = any(slot.kind == "passphrase" and slot.status == "active" for slot in vault.slots)

    def answered(passphrase: Secret | None) -> None:
        if passphrase is not None:
            go_on(passphrase)

    app.push_screen(PassphraseSheet(vault.reason or "No key opened it.", takes), answered)
