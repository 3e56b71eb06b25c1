"""Which of its states the cleanup tab is in, and what it shows then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from daoflow_core.model.operation import OperationKind, OperationStatus
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes.cleanup_news import AGAIN, CleanupNews
from daoflow_tui.screens.panes.cleanup_result import result_branches, result_lines
from daoflow_tui.screens.panes.cleanup_words import branches, summary_lines, title_of
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.blank import Denied, Empty, Failed, Loading, NextKey, PaneState
from daoflow_tui.widgets.plan_tree import Branch
from daoflow_tui.widgets.state_mark import State

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.cleanup import CleanupPane

READING = Loading("reading what the store knows of this server's cleanups")
KINDS = (OperationKind.CLEANUP_PREVIEW.value, OperationKind.CLEANUP_RUN.value)
NEVER = Empty(
    "No cleanup was previewed on this server yet.",
    "A preview lists what Docker keeps and nobody uses, item by item. It changes nothing.",
    (NextKey("p", "preview a cleanup"), NextKey("v", "preview one with unused volumes, too")),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in the pane: a state in words, a tree, lines below it, or the log of what runs."""

    blank: PaneState | None = None
    branches: Sequence[Branch] = ()
    lines: Sequence[Words] = ()
    live: str | None = None


def of(pane: CleanupPane) -> Shown:
    """What this pane shows now."""
    news = pane.news
    if news is None:
        return Shown(READING)
    if news.running is not None:
        return Shown(live=news.running.id)
    asked = next((one for kind in KINDS if (one := pane.desk.asked_for(pane.server_id, kind))), None)
    if asked is not None:
        return Shown(Loading(f"asking the server for it, {asked}"))
    return _ended(pane, news)


def _ended(pane: CleanupPane, news: CleanupNews) -> Shown:
    trouble = _refusal(pane) or news.failure
    if news.newest is not None and (ran := news.ran) is not None:
        return Shown(_refusal(pane), result_branches(ran), result_lines(news.newest, ran))
    if (planned := news.planned) is not None:
        return Shown(trouble, branches(planned), summary_lines(planned, failed=trouble is not None))
    denied = pane.hub.why_refused("server.cleanup.preview")
    return Shown(trouble or (Denied(denied) if denied else NEVER))


def _refusal(pane: CleanupPane) -> Failed | None:
    """What kept the last one from being recorded at all."""
    for kind in KINDS:
        if error := pane.desk.refused.get((pane.server_id, kind)):
            return Failed(" ".join(filter(None, (error.message, error.why, error.next_step))), keys=AGAIN)
    return None


def title(pane: CleanupPane) -> tuple[str, str, State | None]:
    """Name, note and state of the pane."""
    news = pane.news or CleanupNews()
    now = pane.desk.now()
    if (running := news.running) is not None:
        view = OperationView.of(running)
        state = State(f"running {view.took(now)}", view.state.role)
        return view.words.capitalize(), view.short_id, state
    if news.newest is not None and news.ran is not None:
        view = OperationView.of(news.newest)
        return "Cleanup run", f"{view.short_id}  took {view.took(now)}, by {view.requested_by}", view.state
    if news.shown is not None and (planned := news.planned) is not None:
        if news.shown.status is not OperationStatus.COMPLETED:
            view = OperationView.of(news.shown)
            age = span(seconds_between(planned.previewed_at, now))
            return "Cleanup preview", f"{view.short_id}  made {age} ago, can't be run", view.state
        note = title_of(news.shown, planned, now, narrow=pane.is_thin)
        return "Cleanup preview", note, None
    return "Cleanup", "", None
