"""Stacks, their revisions, plans and changes in rows and lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation, OperationStatus
from daoflow_core.model.stack import (
    FieldChange,
    RunningService,
    ServiceChange,
    StackPlan,
    StackRevision,
    StackRun,
    StackStanding,
    StackVerb,
)
from daoflow_tui.desk import Desk
from daoflow_tui.screens.times import short_time
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

STACKS = (
    Column("stack", "STACK", 12, flex=True),
    Column("state", "NEWEST", 13),
    Column("revision", "REV", 4, "right"),
    Column("good", "GOOD", 5, "right", drop=1),
    Column("when", "WHEN", 7, "right", drop=2),
)
REVISIONS = (
    Column("number", "REV", 4, "right"),
    Column("state", "OUTCOME", 13),
    Column("when", "WHEN", 8, "right"),
    Column("of", "AGAIN", 6, "right", drop=2),
    Column("who", "WHO", 8, flex=True, drop=1),
)
_OUTCOMES = {
    "completed": ("done", Role.GOOD),
    "partial": ("partial", Role.LOOK),
    "failed": ("failed", Role.BAD),
    "running": ("running", Role.RUNNING),
    "interrupted": ("interrupted", Role.UNKNOWN),
    "cancelled": ("cancelled", Role.LOOK),
}
_CHANGES = {
    "added": ("+", Role.GOOD),
    "changed": ("~", Role.LOOK),
    "removed": ("-", Role.BAD),
    "same": (" ", Role.MUTED),
}


def outcome(word: str) -> State:
    """How a revision stands, mark and word."""
    return State(*_OUTCOMES.get(word, (word, Role.UNKNOWN)))


def stack_row(one: StackStanding, desk: Desk) -> Row:
    """One stack."""
    state: Piece = State("removed", Role.OLD) if one.removed_at else outcome(one.newest.outcome)
    when = short_time(one.removed_at or one.newest.at, desk.now(), desk.times)
    return Row(
        one.stack,
        (one.stack, state, str(one.newest.number), "-" if one.good is None else str(one.good), when),
    )


def revision_row(one: StackRevision, desk: Desk) -> Row:
    """One revision."""
    again = f"of {one.again_of}" if one.again_of else ""
    when = short_time(one.at, desk.now(), desk.times)
    return Row(str(one.number), (str(one.number), outcome(one.outcome), when, again, one.by))


def revision_lines(one: StackRevision) -> list[Words]:
    """All that is known of a revision: names, never values."""
    lines: list[Words] = [
        labelled("Outcome", outcome(one.outcome)),
        labelled("Recorded", f"{one.at} by {one.by}"),
        labelled("Operation", one.operation_id),
        *([labelled("Again", f"revision {one.again_of} was applied again")] if one.again_of else []),
        *([labelled("Probes", ", ".join(one.probes))] if one.probes else []),
    ]
    for service in one.services:
        count = "one a node" if service.replicas is None else f"{service.replicas} x"
        lines += [[], [Toned(service.name, Role.STRONG), f"  {count} {service.image or 'built on the host'}"]]
        for label, values in (
            ("ports", service.ports),
            ("mounts", service.mounts),
            ("variables", service.environment),
        ):
            if values:
                lines.append(labelled(label, ", ".join(values)))
    return lines


def plan_lines(plan: StackPlan) -> list[Words]:
    """What a plan refuses, warns of and would change."""
    lines: list[Words] = []
    for one in plan.refusals:
        who = f"{one.service}: " if one.service else ""
        lines.append([State("refused", Role.BAD), f"  {who}{one.message}"])
    for one in plan.warnings:
        who = f"{one.service}: " if one.service else ""
        lines.append([State("note", Role.LOOK), f"  {who}{one.message}"])
    if lines:
        lines.append([])
    lines += list(_removal(plan)) if plan.verb is StackVerb.REMOVE else list(_changes(plan.changes))
    return [*lines, [], *_around(plan)]


def _changes(changes: Sequence[ServiceChange]) -> Iterator[Words]:
    for one in changes:
        mark, role = _CHANGES.get(one.change, ("?", Role.UNKNOWN))
        yield [
            Toned(f"{mark} {one.service}", role if one.fields else Role.MUTED),
            Toned(f"  {one.change}", Role.MUTED),
        ]
        for field in one.fields:
            yield ["    ", Toned(f"{field.field:<12} ", Role.MUTED), *_field(field)]


def _field(field: FieldChange) -> list[Piece]:
    if not field.before:
        return [Toned("+ ", Role.GOOD), field.after]
    if not field.after:
        return [Toned("- ", Role.BAD), field.before]
    return [field.before, Toned("  becomes  ", Role.MUTED), field.after]


def _removal(plan: StackPlan) -> Iterator[Words]:
    for one in plan.running or ():
        yield [Toned(f"- {one.service}", Role.BAD), f"  {one.running} running of {one.image or '-'}"]
    for name in plan.networks:
        yield [Toned(f"- network {name}", Role.BAD)]
    for name in plan.volumes or ():
        yield [Toned(f"  volume {name}", Role.STRONG), "  stays"]


def _around(plan: StackPlan) -> Iterator[Words]:
    if plan.verb is not StackVerb.REMOVE:
        if plan.drift is None:
            yield labelled("Drift", Toned(f"not known: {plan.drift_reason}", Role.MUTED))
        elif plan.drift:
            yield labelled("Drift", State("drifted", Role.LOOK), f"  {'; '.join(plan.drift)}")
        else:
            yield labelled("Drift", f"none seen: what runs is as revision {plan.base_revision} says")
        yield labelled("Read by", plan.validated_by or "nothing on the host")
    if plan.probes:
        yield labelled("Probes", ", ".join(plan.probes))
    for command in plan.commands:
        yield labelled("Runs", command)


def run_lines(operation: Operation, run: StackRun) -> list[Words]:
    """How a change went, and what runs now."""
    good = operation.status is OperationStatus.COMPLETED
    lines: list[Words] = [[outcome(operation.status.value), f"  {operation.summary}"]]
    if not good and operation.error:
        lines.append([operation.error])
    lines += [[], [Toned("Runs now", Role.STRONG)], *_running(run.running)]
    for one in run.probes:
        word = (
            ("passed", Role.GOOD)
            if one.passed
            else ("failed", Role.BAD)
            if one.passed is False
            else ("?", Role.UNKNOWN)
        )
        lines.append([State(*word), f"  {one.probe}: {one.detail}"])
    if run.volumes:
        lines.append(labelled("Volumes", f"{', '.join(run.volumes)} stay"))
    return lines


def _running(found: Sequence[RunningService] | None) -> Iterator[Words]:
    if found is None:
        yield [State("not known", Role.UNKNOWN)]
        return
    if not found:
        yield ["  nothing of it"]
    for one in found:
        role = Role.UNKNOWN if one.good is None else Role.GOOD if one.good else Role.BAD
        desired = "?" if one.desired is None else str(one.desired)
        tail = "  ".join(
            part for part in (one.image or "", one.state if not one.good else "", one.detail) if part
        )
        yield ["  ", State(f"{one.running}/{desired}", role), f"  {one.service}  ", Toned(tail, Role.MUTED)]


def plan_title(plan: StackPlan, operation: Operation) -> str:
    """The plan in a few words."""
    word = {
        StackVerb.DEPLOY: f"deploy of {plan.stack}",
        StackVerb.ROLLBACK: f"rollback of {plan.stack} to revision {plan.to_revision}",
        StackVerb.REMOVE: f"removal of {plan.stack}",
    }[plan.verb]
    return f"Plan: {word} ({short(operation.id)})"


def changes_words(plan: StackPlan) -> str:
    """What a plan changes, in one sentence for the sheet."""
    if plan.verb is StackVerb.REMOVE:
        names = [one.service for one in plan.running or ()] + [f"network {one}" for one in plan.networks]
        return f"ends and removes {', '.join(names)}"
    parts = []
    for word in ("added", "changed", "removed"):
        found = [one.service for one in plan.changes if one.change == word]
        if found:
            parts.append(f"{', '.join(found)} {word}")
    return "; ".join(parts) or "nothing that the files tell; every service is looked at again"
