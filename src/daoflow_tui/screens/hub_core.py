"""The services behind the hub's tabs as the screens see them; one that this core lacks is None."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import datetime
from inspect import isawaitable
from typing import TYPE_CHECKING, Protocol, cast

from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus, Stream
from daoflow_tui.widgets.blank import Failed, NextKey

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.needs import Need
    from daoflow_core.model.resources import ResourceSnapshot

LOG_TAIL = 400
"""Lines at the end of a failed log in which its failing command is looked for."""


class Sample(Protocol):
    """One point of a server's trend; None is a check without an answer."""

    @property
    def at(self) -> str:
        """When, as a stamp."""

    @property
    def cpu_percent(self) -> int | None:
        """Load against the cores."""

    @property
    def memory_percent(self) -> int | None:
        """Memory that is not available."""

    @property
    def disk_percent(self) -> int | None:
        """The root disk's fill."""


class Resources(Protocol):
    """`console.resources`."""

    async def check(self, reference: str) -> Operation:
        """One recorded resource check."""

    async def latest(self, server_id: str) -> ResourceSnapshot | None:
        """The newest snapshot."""

    async def samples(self, server_id: str, limit: int = 60) -> Sequence[Sample]:
        """The trend, oldest first."""

    async def needs(self, server_id: str) -> Sequence[Need]:
        """What the server needs by all that is known of it."""


class Cleanup(Protocol):
    """`console.cleanup`."""

    async def preview(self, reference: str, *, include_volumes: bool = False) -> Operation:
        """Record what a run would remove."""

    async def run(
        self, reference: str, *, include_volumes: bool = False, preview: str | None = None
    ) -> Operation:
        """Remove what a preview lists."""

    async def newest_preview(self, server_id: str) -> Operation | None:
        """The newest completed preview."""

    def why_not_run(self, operation: Operation, now: datetime) -> str | Awaitable[str | None] | None:
        """Why a preview can't be run now, or None; may have to be awaited."""


class Patches(Protocol):
    """`console.patches`."""

    async def plan(self, reference: str) -> Operation:
        """Record which updates the host could take."""

    async def latest(self, server_id: str) -> Operation | None:
        """The newest plan that was made."""


def resources_of(console: Console) -> Resources | None:
    """The resource service."""
    return cast("Resources | None", getattr(console, "resources", None))


def cleanup_of(console: Console) -> Cleanup | None:
    """The cleanup service."""
    return cast("Cleanup | None", getattr(console, "cleanup", None))


def patches_of(console: Console) -> Patches | None:
    """The patch service."""
    return cast("Patches | None", getattr(console, "patches", None))


async def newest_of(
    console: Console, server_id: str, *kinds: OperationKind, limit: int = 1
) -> list[Operation]:
    """The newest operations of some kinds, newest first."""
    found = [
        one for kind in kinds for one in await console.history.operations(server_id, kind=kind, limit=limit)
    ]
    return sorted(found, key=lambda one: one.id, reverse=True)[:limit]


async def why_not_run(service: Cleanup, preview: Operation, now: datetime) -> str | None:
    """Why a preview can't be run, however the service tells it."""
    told = service.why_not_run(preview, now)
    return await told if isawaitable(told) else told


async def failure_of(console: Console, operation: Operation, *keys: NextKey) -> Failed | None:
    """What made an operation fail: the last command in its log, its exit code and first stderr line."""
    if operation.status not in (
        OperationStatus.FAILED,
        OperationStatus.INTERRUPTED,
        OperationStatus.CANCELLED,
    ):
        return None
    lines = await console.history.tail(operation.id, limit=LOG_TAIL)
    return failure_in(operation, lines, keys)


def failure_in(operation: Operation, lines: Sequence[LogLine], keys: Sequence[NextKey]) -> Failed:
    """The same, from the lines themselves; the first command that failed, else the one whose end was not seen."""
    runs = [index for index, line in enumerate(lines) if line.stream is Stream.RUN]
    ends = [*runs[1:], len(lines)] if runs else []  # an operation may fail before it ran anything
    steps = [lines[start:end] for start, end in zip(runs, ends, strict=True)]
    failed = next((step for step in steps if _exit_code(step) not in (0, None)), None)
    unseen = steps[-1] if steps and _exit_code(steps[-1]) is None else []
    step = failed or unseen
    stderr = next(
        (line.message for line in step if line.stream is Stream.STDERR and line.message.strip()), ""
    )
    what = operation.error or operation.summary
    return Failed(what, step[0].message if step else "", _exit_code(step), stderr, keys)


def _exit_code(step: Sequence[LogLine]) -> int | None:
    for line in step:
        words = line.message.split()
        if line.stream is Stream.EXIT and len(words) > 1 and words[0] == "exit" and words[1].isdigit():
            return int(words[1])
    return None
