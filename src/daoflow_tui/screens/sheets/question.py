"""What a sheet must state before anything is changed, and the lines it states it in."""

from __future__ import annotations

from dataclasses import dataclass

from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, Toned


@dataclass(frozen=True, slots=True)
class Question:
    """Which server, what changes, what stays, can it be undone, where it is recorded, how old the plan is.

    What is no server, such as a key, is told by `about` instead; `prod`: it reaches servers in prod.
    """

    title: str
    server: ServerView | None
    changes: str
    stays: str
    undo: str
    recorded: str
    apply: str
    cancel: str = "Cancel"
    plan: str = ""
    about: Words = ()
    prod: bool = False

    @property
    def is_prod(self) -> bool:
        """Whether it counts one level higher."""
        return self.prod if self.server is None else self.server.is_prod


def server_words(view: ServerView) -> list[Piece]:
    """The server a sheet is about, so that nobody mistakes it for another."""
    prod = [Toned("PROD  ", Role.PROD)] if view.is_prod else []
    where = "this machine" if view.is_local else f"{view.endpoint.user}@{view.endpoint.address}"
    return [*prod, Toned(view.name, Role.STRONG), Toned(f"  {where}", Role.MUTED)]


def question_lines(question: Question) -> list[Words]:
    """The statement, a line for each part."""
    return [
        question.about if question.server is None else labelled("Server", *server_words(question.server)),
        labelled("Changes", question.changes),
        labelled("Stays", question.stays),
        labelled("Undo", question.undo),
        labelled("Recorded", question.recorded),
        *([labelled("Plan", question.plan)] if question.plan else []),
    ]
