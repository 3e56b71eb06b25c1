"""Plans, changes and revisions of stacks as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daoflow_tui.cli import lines

if TYPE_CHECKING:
    from daoflow_core.model.operation import Operation
    from daoflow_core.model.stack import FieldChange, RunningService, StackPlan, StackRevision, StackStanding


def plan(operation: Operation) -> list[str]:
    """What a plan would do, refuses and warns of."""
    from daoflow_core.model.stack import StackPlan, StackVerb

    if not operation.result:
        return [operation.summary]
    planned = StackPlan.of(operation.result)
    rows = [
        (one.code, one.service, one.message, word)
        for word, found in (("refused", planned.refusals), ("note", planned.warnings))
        for one in found
    ]
    told = ["", *lines.table(("CODE", "SERVICE", "WHAT", "IS"), rows)] if rows else []
    body = _removal(planned) if planned.verb is StackVerb.REMOVE else _changes(planned)
    return [operation.summary, *told, *body, *_around(planned)]


def _changes(planned: StackPlan) -> list[str]:
    rows: list[tuple[object, ...]] = []
    for one in planned.changes:
        if not one.fields:
            rows.append((one.service, one.change, "", "", ""))
        for number, field in enumerate(one.fields):
            first = number == 0
            rows.append((one.service if first else "", one.change if first else "", *_field(field)))
    cells = [tuple(cell or " " for cell in row) for row in rows]
    return ["", *lines.table(("SERVICE", "CHANGE", "WHAT", "FROM", "TO"), cells)] if rows else []


def _field(field: FieldChange) -> tuple[str, str, str]:
    return field.field, field.before, field.after


def _removal(planned: StackPlan) -> list[str]:
    rows = [
        ("service", one.service, f"{one.running} running of {one.image or '-'}")
        for one in planned.running or ()
    ]
    rows += [("network", one, "goes") for one in planned.networks]
    rows += [("volume", one, "stays") for one in planned.volumes or ()]
    return ["", *lines.table(("KIND", "NAME", "WHAT"), rows)] if rows else []


def _around(planned: StackPlan) -> list[str]:
    from daoflow_core.model.stack import StackVerb

    told = []
    if planned.verb is not StackVerb.REMOVE:
        if planned.drift is None:
            told.append(
                f"Whether what runs differs from the last revision is not known: {planned.drift_reason}."
            )
        elif planned.drift:
            told.append(
                f"What runs differs from revision {planned.base_revision}: {'; '.join(planned.drift)}."
            )
        else:
            told.append(f"What runs is as revision {planned.base_revision} says, as far as it can be seen.")
        told.append(f"Read by: {planned.validated_by or 'nothing on the host'}.")
    if not planned.refusals:
        told += [f"Runs: {one}" for one in planned.commands]
        told.append(f"Good until {planned.expires_at}, once.")
    return ["", *told]


def run(operation: Operation) -> list[str]:
    """How a change went, and what runs now."""
    from daoflow_core.model.stack import StackRun

    if not operation.result:
        return [operation.summary]
    done = StackRun.of(operation.result)
    probes = [(one.probe, lines.yes_no(one.passed), one.detail) for one in done.probes]
    return [
        operation.summary,
        *_running(done.running),
        *(lines.table(("PROBE", "PASSED", "WHAT CAME"), probes) if probes else []),
        *(f"volume {one} stays" for one in done.volumes or ()),
    ]


def _running(found: Sequence[RunningService] | None) -> list[str]:
    if found is None:
        return ["What runs now is not known."]
    rows = [
        (
            one.service,
            f"{one.running}/{'?' if one.desired is None else one.desired}",
            one.image,
            one.state,
            one.detail,
        )
        for one in found
    ]
    return lines.table(("RUNS NOW", "COUNT", "IMAGE", "STATE", "WHAT IT SAYS"), rows) if rows else []


def standings(found: Sequence[StackStanding]) -> list[str]:
    """One line a stack."""
    if not found:
        return ["No stack was deployed from here."]
    rows = [
        (
            one.stack,
            one.target.value,
            one.newest.number,
            f"removed {one.removed_at}" if one.removed_at else one.newest.outcome,
            one.good,
            one.newest.at,
            one.newest.by,
        )
        for one in found
    ]
    return lines.table(("STACK", "BY", "REVISION", "OUTCOME", "LAST GOOD", "AT", "WHO"), rows)


def revisions(standing: StackStanding, found: Sequence[StackRevision]) -> list[str]:
    """The revisions, then what the newest asks for."""
    rows = [
        (
            one.number,
            one.at,
            one.by,
            one.outcome,
            f"again {one.again_of}" if one.again_of else "",
            one.operation_id,
        )
        for one in found
    ]
    services = [
        (one.name, one.image, "one a node" if one.replicas is None else one.replicas, ", ".join(one.ports))
        for one in standing.newest.services
    ]
    head = f"{standing.stack} ({standing.target.value})"
    gone = [f"removed {standing.removed_at}"] if standing.removed_at else []
    return [
        head,
        *gone,
        *lines.table(("REVISION", "AT", "WHO", "OUTCOME", "OF", "OPERATION"), rows),
        "",
        *lines.table(("SERVICE", "IMAGE", "REPLICAS", "PORTS"), services),
    ]
