"""The keys of sheets: a way out that is always there, and a yes that no habit presses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.sheets.base import Sheet, SheetButton
    from daoflow_tui.screens.sheets.host_key import HostKeySheet
    from daoflow_tui.screens.sheets.message import TextSheet
    from daoflow_tui.screens.sheets.server_form import ServerForm


class Cancel(Command["Sheet[Any]"]):
    """Close the sheet and change nothing."""

    id, keys, title, group, in_palette = "sheet.cancel", ("escape",), "cancel", "Sheets", False

    def run(self, sheet: Sheet[Any]) -> None:
        """Away with it."""
        sheet.cancel()


class NextField(Command["Sheet[Any]"]):
    """Go to the next field or button."""

    id, keys, title, group, in_palette = "sheet.next", ("tab", "down"), "next", "Sheets", False
    ahead = ("tab",)

    def run(self, sheet: Sheet[Any]) -> None:
        """Move the focus on."""
        sheet.go_on()


class PreviousField(Command["Sheet[Any]"]):
    """Go to the field or button before."""

    id, keys, title, group, in_palette = "sheet.previous", ("shift+tab", "up"), "previous", "Sheets", False
    ahead = ("shift+tab",)

    def run(self, sheet: Sheet[Any]) -> None:
        """Move the focus back."""
        sheet.focus_previous()


class Submit(Command["ServerForm"]):
    """Send the form as it stands when the key is pressed; what is typed after it comes too late."""

    id, keys, title, group, in_palette = "form.submit", ("enter",), "send", "Sheets", False
    ahead = ("enter",)

    def applies(self, form: ServerForm) -> bool:
        """On a button or an answer, enter is theirs."""
        return form.is_typing

    def run(self, form: ServerForm) -> None:
        """Send it."""
        form.submit()


class Press(Command["SheetButton"]):
    """Press the button that has the keyboard; a dangerous one can't have it."""

    id, keys, title, group, in_palette = "button.press", ("enter", "space"), "press", "Sheets", False

    def run(self, button: SheetButton) -> None:
        """Press it."""
        button.press()


class Asks(Protocol):
    """A sheet that `y` says yes to."""

    def why_no_yes(self) -> str | None:
        """Why y does nothing now."""

    def say_yes(self) -> None:
        """Do what was asked."""


class Yes(Command[Asks]):
    """Apply what the sheet describes; enter never does."""

    id, keys, title, group, in_palette, danger = "sheet.yes", ("y",), "apply", "Sheets", False, Danger.CHANGES

    def why_off(self, sheet: Asks) -> str | None:
        """The sheet knows."""
        return sheet.why_no_yes()

    def run(self, sheet: Asks) -> None:
        """Yes."""
        sheet.say_yes()


class LookAgain(Command["HostKeySheet"]):
    """Ask the server for its host keys again; nothing else is sent."""

    id, keys, title, group, in_palette = "host-key.scan", ("c",), "look again", "Host key", False
    scope = "server.ssh-host-identity.observe"

    def why_off(self, sheet: HostKeySheet) -> str | None:
        """Not while an answer is under way."""
        return "An answer is under way already." if sheet.busy else None

    def run(self, sheet: HostKeySheet) -> None:
        """Scan."""
        sheet.scan()


class CopyText(Command["TextSheet"]):
    """Copy the whole text."""

    id, keys, title, group, in_palette = "text.copy", ("y",), "copy all", "Sheets", False

    def run(self, sheet: TextSheet) -> None:
        """To the clipboard of the terminal."""
        sheet.copy_all()


SHEET_COMMANDS: tuple[AnyCommand, ...] = (Cancel, NextField, PreviousField)
