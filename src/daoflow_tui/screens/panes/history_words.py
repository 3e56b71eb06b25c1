"""The history's rows, and what its filter asks the store for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_tui.screens.operations import STATES, OperationView
from daoflow_tui.screens.times import Times, short_time
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row

if TYPE_CHECKING:
    from daoflow_core.console import Console

COLUMNS = (
    Column("when", "WHEN", 8, "right"),
    Column("kind", "KIND", 15, flex=True, max_width=24),
    Column("state", "STATE", 13),
    Column("by", "BY", 6, drop=2),
    Column("took", "TOOK", 5, "right"),
)
PAGE = 100
HINT = "kind=cleanup state=failed; kinds: " + ", ".join(
    kind.value.replace("_", "-") for kind in OperationKind
)
_WORDS = {status: STATES[status.value].word for status in OperationStatus}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Kinds and states to show, each empty for any; `unknown` are words that are neither."""

    kinds: tuple[OperationKind, ...] = ()
    states: tuple[OperationStatus, ...] = ()
    unknown: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """As the status line says it."""
        kinds = "|".join(kind.value for kind in self.kinds) if "kind" in self.asked else "any"
        states = "|".join(_WORDS[state] for state in self.states) if "state" in self.asked else "any"
        wrong = f"   not understood: {' '.join(self.unknown)}" if self.unknown else ""
        return f"kind={kinds or 'none'} state={states or 'none'}{wrong}"

    @property
    def is_any(self) -> bool:
        """Whether everything is shown."""
        return not self.asked

    def pairs(self) -> Iterator[tuple[OperationKind | None, OperationStatus | None]]:
        """What the store has to be asked for, each pair once."""
        kinds: Sequence[OperationKind | None] = self.kinds if "kind" in self.asked else (None,)
        states: Sequence[OperationStatus | None] = self.states if "state" in self.asked else (None,)
        yield from ((kind, state) for kind in kinds for state in states)


def wanted(words: str) -> Wanted:
    """What the words of the filter ask for; `kind=clean` is every kind that begins so."""
    kinds: list[OperationKind] = []
    states: list[OperationStatus] = []
    unknown, asked = [], []
    for word in words.casefold().split():
        name, sign, value = word.replace(":", "=").partition("=")
        plain = value.replace("-", "_")
        if name == "kind" and sign:
            asked.append("kind")
            kinds += [kind for kind in OperationKind if kind.value.startswith(plain)]
        elif name == "state" and sign:
            asked.append("state")
            states += [
                one for one in OperationStatus if value in (one.value, _WORDS[one]) or _begins(one, value)
            ]
        else:
            unknown.append(word)
    return Wanted(tuple(dict.fromkeys(kinds)), tuple(dict.fromkeys(states)), tuple(unknown), tuple(asked))


def _begins(status: OperationStatus, value: str) -> bool:
    return status.value.startswith(value) or _WORDS[status].startswith(value)


async def page(console: Console, server_id: str, want: Wanted, before: str | None) -> list[Operation]:
    """The next page of what is wanted, newest first."""
    found = [
        one
        for kind, status in want.pairs()
        for one in await console.history.operations(
            server_id, kind=kind, status=status, before=before, limit=PAGE
        )
    ]
    return sorted(found, key=lambda one: one.id, reverse=True)[:PAGE]


def row_of(operation: Operation, now: datetime, times: Times) -> Row:
    """One line of the list."""
    view = OperationView.of(operation)
    return Row(
        operation.id,
        (
            short_time(operation.started_at, now, times),
            view.words,
            view.state,
            operation.requested_by,
            view.took(now),
        ),
    )


def log_title(operation: Operation) -> tuple[str, str]:
    """Name and note of the log's pane."""
    view = OperationView.of(operation)
    preview = operation.result.get("previewId")
    source = f"from preview {short(preview)}" if isinstance(preview, str) else ""
    return f"{view.short_id} {view.words}", source


def empty_words(want: Wanted) -> str:
    """What an empty list says."""
    if want.is_any:
        return "Nothing was recorded for this server yet."
    return f"No operation with {want.told}; esc shows all."
