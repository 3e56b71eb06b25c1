"""Which preview a cleanup run may rest on, and every reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from daoflow_core.clock import parse_stamp, span
from daoflow_core.errors import Conflict, DaoflowError
from daoflow_core.model.cleanup import PREVIEW_MINUTES, CleanupPreview
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.server import Server
from daoflow_core.preview_errors import PreviewExpired, PreviewMismatch, PreviewRequired, PreviewUsed
from daoflow_core.store import cleanup as uses
from daoflow_core.store import operations
from daoflow_core.store.rows import Readable

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
AHEAD_SECONDS = 60.0
"""How far a clock that is being corrected may lie behind a preview's stamp."""
LOOK_BACK = 200
"""How many previews of a server are looked through for the newest that fits."""


@dataclass(frozen=True, slots=True)
class Present:
    """What a preview is held against: the options, the moment by both clocks, the host key that is approved now."""

    include_volumes: bool
    now: datetime
    monotonic: float | None = None
    fingerprint: str | None = None


async def choose(source: Readable, server: Server, present: Present, preview_id: str | None) -> Operation:
    """The preview that a run rests on: the one named, else the newest that fits.

    Raises PreviewRequired, PreviewExpired, PreviewMismatch, PreviewUsed or Conflict.
    """
    running = await uses.running(source, server.id)
    if running is not None:
        raise busy(server, running)
    if preview_id is not None:
        named = await operations.by_id(source, preview_id.strip()) if preview_id.isascii() else None
        if named is None or named.kind is not OperationKind.CLEANUP_PREVIEW:
            raise PreviewRequired(
                f"There is no cleanup preview {preview_id[:80]!a}.",
                next_step=_make(server, present.include_volumes),
                preview=preview_id[:80],
            )
        refusal = await why_not(source, named, server, present)
        if refusal is not None:
            raise refusal
        return named
    return await _newest_that_fits(source, server, present)


async def _newest_that_fits(source: Readable, server: Server, present: Present) -> Operation:
    found = await operations.newest(
        source, server_id=server.id, kind=OperationKind.CLEANUP_PREVIEW, limit=LOOK_BACK
    )
    first: DaoflowError | None = None
    for one in found:
        refusal = await why_not(source, one, server, present)
        if refusal is None:
            return one
        first = first or refusal
        if isinstance(refusal, PreviewExpired):
            break  # what is older is older still
    raise first or PreviewRequired(
        f"No cleanup preview of {server.name} was made.",
        why="A cleanup removes exactly what its preview lists, so there has to be one.",
        next_step=_make(server, present.include_volumes),
        server=server.name,
    )


async def why_not(
    source: Readable, preview: Operation, server: Server, present: Present
) -> DaoflowError | None:
    """What keeps a run from resting on a preview; None when nothing does."""
    again = _make(server, present.include_volumes)
    named = {"preview": preview.id, "server": server.name}
    if preview.server_id != server.id:
        return PreviewMismatch(
            f"The preview {preview.id} is of another server, not of {server.name}.",
            next_step=again,
            **named,
        )
    if preview.status is not OperationStatus.COMPLETED:
        return PreviewMismatch(
            f"The preview {preview.id} did not complete: it is {preview.status}.",
            why=preview.error or "",
            next_step=again,
            **named,
        )
    used = await uses.use_of(source, preview.id)
    if used is not None:
        return PreviewUsed(
            f"The preview {preview.id} was used by the run {used}.", next_step=again, run=used, **named
        )
    planned = CleanupPreview.of(preview.result)
    if (old := _too_old(preview, planned, present)) is not None:
        return PreviewExpired(old, next_step=again, **named)
    other = _other_ground(preview, planned, server, present)
    return None if other is None else PreviewMismatch(other, next_step=again, **named)


def _other_ground(
    preview: Operation, planned: CleanupPreview, server: Server, present: Present
) -> str | None:
    """A sentence when a preview was made with other options, or of a host that had another key."""
    if planned.include_volumes is not present.include_volumes:
        words = ("with", "without") if planned.include_volumes else ("without", "with")
        return f"The preview {preview.id} was made {words[0]} volumes, and this run is {words[1]} them."
    if planned.host_key_fingerprint != present.fingerprint:
        return f"The host key of {server.name} was replaced since the preview {preview.id}."
    return None


def age_of(preview: Operation, planned: CleanupPreview, present: Present) -> float:
    """Seconds since a preview began: by the wall clock, or by the one that nobody can set back if that says more."""
    by_wall = (present.now - parse_stamp(preview.started_at)).total_seconds()
    same_boot = planned.boot_id is not None and planned.boot_id == boot_id()
    if not same_boot or present.monotonic is None or planned.monotonic_seconds is None:
        return by_wall
    return max(by_wall, present.monotonic - planned.monotonic_seconds)


def _too_old(preview: Operation, planned: CleanupPreview, present: Present) -> str | None:
    """A sentence when a preview is over its half hour, or from a future that only a clock set back can make."""
    age = age_of(preview, planned, present)
    if age > PREVIEW_MINUTES * 60:
        return f"The preview {preview.id} is {span(age)} old; a run may rest on one of {PREVIEW_MINUTES} minutes."
    if (present.now - parse_stamp(preview.started_at)).total_seconds() < -AHEAD_SECONDS:
        return f"The preview {preview.id} is from the future: the clock of this machine was set back."
    return None


def boot_id() -> str | None:
    """Which start of this machine it is; None where the kernel does not tell."""
    try:
        return BOOT_ID.read_text("ascii").strip()
    except OSError:
        return None


def busy(server: Server, running: str) -> Conflict:
    """The refusal of a second cleanup on one server."""
    return Conflict(
        f"A cleanup is running on {server.name} already.",
        next_step=f"Wait for it: `server ops logs --operation {running} --follow`.",
        operation=running,
        server=server.name,
    )


def _make(server: Server, include_volumes: bool) -> str:
    volumes = " --include-volumes" if include_volumes else ""
    return f"Make a new preview: `server ops cleanup --server {server.name} --dry-run{volumes}`."
