"""How a cleanup went, item by item, from what each command said and what is there afterwards; pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from daoflow_core.model.cleanup import (
    CleanupPreview,
    CleanupRun,
    CommandResult,
    Item,
    ItemKind,
    ItemOutcome,
    ItemResult,
)
from daoflow_core.model.docker_things import Observation
from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.resources import Disk
from daoflow_core.model.steps import TIMED_OUT, Step, StepReply
from daoflow_core.services.cleanup_judgement import preview_of
from daoflow_core.services.cleanup_script import items_of, step_of
from daoflow_core.text import decode

GONE, CHANGED, IN_USE, NOT_ASKED = 200, 201, 202, 203
OUTPUT_LINES = 80


def run_of(
    preview_id: str,
    preview: CleanupPreview,
    reply: StepReply,
    after: Observation | None,
    before_disk: Disk | None,
) -> CleanupRun:
    """The result of a run; `after` is what was seen when it was over, None when nobody could look."""
    left = None if after is None or not after.is_complete else _ids(after)
    results = tuple(
        _result(item, reply[step_of(number)], left) for number, item in enumerate(items_of(preview))
    )
    counts = Counter(result.outcome for result in results)
    return CleanupRun(
        preview_id=preview_id,
        include_volumes=preview.include_volumes,
        results=results,
        removed=counts[ItemOutcome.REMOVED],
        gone=counts[ItemOutcome.GONE],
        kept=counts[ItemOutcome.KEPT],
        failed=counts[ItemOutcome.FAILED],
        unknown=counts[ItemOutcome.UNKNOWN],
        newcomers=_newcomers(preview, after),
        foretold_bytes=preview.foretold_bytes,
        foretold_at_most=preview.foretold_at_most,
        freed_bytes=_freed(before_disk, after.disk if after else None),
        disk_before=before_disk,
        disk_after=after.disk if after else None,
        command_results=tuple(_commands(reply)),
    )


def status_of(run: CleanupRun) -> OperationStatus:
    """Completed only when nothing failed and nothing is unknown; failed when, beside that, nothing was removed."""
    if not run.failed and not run.unknown:
        return OperationStatus.COMPLETED
    return OperationStatus.PARTIAL if run.removed or run.gone or run.unknown else OperationStatus.FAILED


def _result(item: Item, step: Step, left: set[tuple[ItemKind, str]] | None) -> ItemResult:
    outcome, reason = _judge(step)
    there = None if left is None else (item.kind, item.id) in left
    if outcome is ItemOutcome.REMOVED and there:
        outcome, reason = ItemOutcome.FAILED, "Docker said it was removed, but it is still there"
    elif outcome is ItemOutcome.FAILED and there is False and step.status == NOT_ASKED:
        outcome, reason = ItemOutcome.GONE, "it is gone; nothing of this run removed it"
    elif outcome in (ItemOutcome.FAILED, ItemOutcome.UNKNOWN) and there is False:
        began = bool(step.command)
        outcome = ItemOutcome.REMOVED
        reason = f"its command's {'end' if began else 'turn'} was not seen; it is gone"
    elif outcome is ItemOutcome.UNKNOWN and there:
        reason = f"{reason}; it is still there"
    return ItemResult(
        kind=item.kind,
        id=item.id,
        name=item.name,
        size_bytes=item.size_bytes,
        outcome=outcome,
        reason=reason,
    )


def _judge(step: Step) -> tuple[ItemOutcome, str | None]:
    """What the step alone tells."""
    words = _last_line(step.stderr) or _last_line(step.stdout)
    match step.status:
        case None:
            why = "its command began and its end was not seen" if step.command else "its turn did not come"
            return ItemOutcome.UNKNOWN, why
        case 0:
            return ItemOutcome.REMOVED, None
        case _ if step.status == GONE:
            return ItemOutcome.GONE, "it was gone already"
        case _ if step.status in (CHANGED, IN_USE):
            return ItemOutcome.KEPT, words or "it is in use now"
        case _ if step.status == NOT_ASKED:
            return ItemOutcome.FAILED, f"it could not be looked at first: {words}"
        case _ if step.status == TIMED_OUT:
            return ItemOutcome.UNKNOWN, "Docker did not answer in time: it may still remove it"
        case status:
            return ItemOutcome.FAILED, f"exit {status}: {words}" if words else f"exit {status}"


def _last_line(data: bytes) -> str:
    return decode(data.strip().split(b"\n")[-1])


def _ids(seen: Observation) -> set[tuple[ItemKind, str]]:
    return {
        *((ItemKind.CONTAINER, one.id) for one in seen.containers),
        *((ItemKind.IMAGE, one.id) for one in seen.images),
        *((ItemKind.IMAGE, one.id) for one in seen.nodes),
        *((ItemKind.BUILD_CACHE, one.id) for one in seen.cache),
        *((ItemKind.VOLUME, one.name) for one in seen.volumes),
    }


def _newcomers(preview: CleanupPreview, after: Observation | None) -> int | None:
    """How many things of the kinds that were removed could go now and were not there at the preview."""
    if after is None or not after.is_complete:
        return None
    listed = {(group.kind, item.id) for group in preview.groups for item in group.items}
    listed |= {(one.kind, one.id) for one in preview.kept}
    now = preview_of(after, include_volumes=preview.include_volumes, began_at=preview.previewed_at)
    return sum((item.kind, item.id) not in listed for item in items_of(now))


def _freed(before: Disk | None, after: Disk | None) -> int | None:
    if before is None or after is None or before.used_bytes is None or after.used_bytes is None:
        return None
    freed = before.used_bytes - after.used_bytes
    return freed if freed >= 0 else None


def _commands(reply: StepReply) -> Iterator[CommandResult]:
    for step in reply.steps.values():
        lines = [decode(line) for line in (step.stdout + b"\n" + step.stderr).split(b"\n") if line]
        if step.name.startswith("item-"):
            yield CommandResult(
                command=step.command,
                exit_code=step.status,
                output=tuple(lines[:OUTPUT_LINES]),
                seconds=step.seconds,
            )


def summary_of(run: CleanupRun, server_name: str) -> str:
    """One sentence of how it went, with every count that is not zero."""
    counts = [
        (run.removed, "removed"),
        (run.gone, "already gone"),
        (run.kept, "left alone"),
        (run.failed, "failed"),
        (run.unknown, "unknown"),
    ]
    told = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to remove"
    newer = f"; {run.newcomers} newer left alone" if run.newcomers else ""
    return f"Cleanup of {server_name}: {told}{newer}."
