"""Operations in the words of the screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from daoflow_core.ids import short
from daoflow_core.stamps import parse_stamp, span
from daoflow_tui.widgets.state_mark import Role, State

if TYPE_CHECKING:
    from daoflow_core.model.operation import Operation

STATES = {
    "running": State("running", Role.RUNNING),
    "completed": State("done", Role.GOOD),
    "partial": State("partial", Role.LOOK),
    "failed": State("failed", Role.BAD),
    "interrupted": State("interrupted", Role.LOOK),
    "cancelled": State("cancelled", Role.OLD),
}


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation for the lists."""

    id: str
    server_id: str
    server_name: str
    kind: str
    status: str
    summary: str
    requested_by: str
    started_at: str
    completed_at: str | None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> OperationView:
        """From a row of the light reader."""
        return cls(*(row[name] for name in cls.__dataclass_fields__))

    @classmethod
    def of(cls, operation: Operation) -> OperationView:
        """From the core's own value."""
        return cls(*(getattr(operation, name) for name in cls.__dataclass_fields__))

    @property
    def state(self) -> State:
        """How it stands, in a word with its meaning."""
        return STATES.get(self.status, State(self.status, Role.UNKNOWN))

    @property
    def words(self) -> str:
        """What it is: `readiness check`."""
        return self.kind.replace("_", " ")

    @property
    def short_id(self) -> str:
        """The id for a narrow column."""
        return short(self.id)

    def took(self, now: datetime) -> str:
        """How long it ran, or has been running."""
        end = parse_stamp(self.completed_at) if self.completed_at else now
        seconds = max(0.0, (end - parse_stamp(self.started_at)).total_seconds())
        return f"{seconds:.1f}s" if seconds < 10 else span(seconds)
