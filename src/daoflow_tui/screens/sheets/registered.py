"""What follows the form: the host key of a server that awaits trust, else what its check found."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult

from daoflow_core.model.registration import Registration
from daoflow_tui.screens.fleet import ROLES, ServerView
from daoflow_tui.screens.sheets.base import Sheet
from daoflow_tui.screens.sheets.host_key import HostKeySheet
from daoflow_tui.screens.sheets.question import server_words
from daoflow_tui.screens.words import Told, Words, labelled
from daoflow_tui.widgets.state_mark import Role, State, Toned


def next_sheet(view: ServerView, done: Registration, word: str) -> Sheet[Any]:
    """The sheet to go on with; `word` tells what was done: `registered` or `saved`."""
    if view.awaits_trust:
        return HostKeySheet(view, [*_saved(view, done, word), []])
    return SavedSheet(view, done, word)


class SavedSheet(Sheet[None]):
    """A server that needs no approval now: what its check found."""

    def __init__(self, view: ServerView, done: Registration, word: str) -> None:
        super().__init__()
        self.title_words = view.name
        self._view, self._done, self._word = view, done, word

    def words(self) -> ComposeResult:
        """Saved, and its standing with each next step."""
        ready = self._done.readiness
        lines: list[Words] = [
            labelled("Server", *server_words(self._view)),
            *_saved(self._view, self._done, self._word),
            [State(f"it is {ready.status.value}", ROLES[ready.status.value])],
        ]
        for issue in ready.issues:
            lines += [[], [State(issue.message, Role.LOOK)], ["  ", issue.next_step]]
        yield Told(lines)


def _saved(view: ServerView, done: Registration, word: str) -> list[Words]:
    """That it is saved, where its key is, and what the key's policy has to say."""
    lines: list[Words] = [[State(f"{view.name} is {word}", Role.GOOD)]]
    name = view.login_key
    if view.row.get("agent_fingerprint"):
        lines.append([State(f"it is logged in to with {name}", Role.GOOD)])
    elif name is None:
        lines.append([State("it has no SSH key yet: e gives it one", Role.LOOK)])
    else:
        known = ", which was in the inventory already" if done.key_reused else ", sealed in the vault"
        lines.append([State(f"its key is {name}{known}", Role.GOOD)])
    lines += [[State(warning, Role.LOOK)] for warning in done.warnings]
    return [*lines, [Toned("  the next step is its host key", Role.MUTED)]] if view.awaits_trust else lines
