"""What this server needs: everything known of it, judged against the limits, each finding with its next step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from shlex import quote

from daoflow_core.model.facts import EngineFacts, Fault
from daoflow_core.model.identity import HostKey
from daoflow_core.model.needs import Need, NeedLevel
from daoflow_core.model.patches import PatchPlan, PatchStatus
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.model.samples import Sample
from daoflow_core.model.server import Server
from daoflow_core.model.settings import Limit, Settings
from daoflow_core.parse.docker import COMPOSE_FLOOR, DOCKER_FLOOR, meets
from daoflow_core.services.docker_issues import engine_issue
from daoflow_core.stamps import seconds_between, span

FAULT, WARN, NOTE, GOOD = NeedLevel.FAULT, NeedLevel.WARN, NeedLevel.NOTE, NeedLevel.GOOD
ORDER = (FAULT, WARN, NOTE, GOOD)
LASTING = 3
"""Checks in a row over a limit from which it is told how long it has lasted."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a server: its newest snapshot, trend (oldest first), trust, readiness, patch plan."""

    server: Server
    settings: Settings
    snapshot: ResourceSnapshot | None
    samples: Sequence[Sample]
    approved: HostKey | None
    readiness: Readiness
    plan: PatchPlan | None
    planned_at: str
    now: datetime

    def ops(self, words: str) -> str:
        """A command line about this server."""
        return f"server ops {words} --server {quote(self.server.name)}"


def needs(known: Known) -> tuple[Need, ...]:
    """Every finding, what is worst first; what is well stands last."""
    parts = (_trust, _disk, _memory, _cpu, _gaps, _engine, _compose, _patches)
    found = [need for part in parts for need in part(known)]
    return tuple(sorted(found, key=lambda need: ORDER.index(need.level)))


def _trust(known: Known) -> Iterator[Need]:
    name, key = quote(known.server.name), known.approved
    if known.server.is_local:
        return
    if key is None:
        yield Need(
            code="host-key-unapproved",
            level=FAULT,
            message="The host key is not approved, so nothing is sent to this server.",
            next_step="compare its fingerprint with the server's own console, and approve it",
            command=f"server host-key scan --server {name}",
            key="8",
        )
        return
    by = f" by {key.approved_by}" if key.approved_by else ""
    at = f" on {key.approved_at[:10]}" if key.approved_at else ""
    yield Need(code="host-key-approved", level=GOOD, message=f"Host key approved{by}{at} ({key.fingerprint})")


def _disk(known: Known) -> Iterator[Need]:
    snapshot = known.snapshot
    percent = snapshot.disk.used_percent if snapshot else known.readiness.disk_percent
    usage = (snapshot.docker.disk_usage if snapshot else None) or ()
    gains = [f"{one.type.lower()} {one.reclaimable}" for one in usage if one.reclaimable_bytes]
    docker = f"; Docker could give back of {', '.join(gains)}" if gains else ""
    found = _over("disk", "Disk /", percent, known.settings.disk, lambda one: one.disk_percent, known)
    for need in found:
        yield need.model_copy(
            update={
                "next_step": f"preview a cleanup{docker}",
                "command": known.ops("cleanup --dry-run"),
                "key": "p",
            }
        )


def _memory(known: Known) -> Iterator[Need]:
    percent = known.snapshot.memory.used_percent if known.snapshot else known.readiness.memory_percent
    yield from _over(
        "memory", "Memory", percent, known.settings.memory, lambda one: one.memory_percent, known
    )


def _cpu(known: Known) -> Iterator[Need]:
    percent = known.snapshot.cpu.load_percent if known.snapshot else known.readiness.cpu_percent
    yield from _over("cpu", "CPU load", percent, known.settings.cpu, lambda one: one.cpu_percent, known)


def _over(
    code: str,
    what: str,
    percent: int | None,
    limit: Limit,
    of: Callable[[Sample], int | None],
    known: Known,
) -> Iterator[Need]:
    """A resource at or over its limit, and for how many checks in a row it has been there."""
    if percent is None or percent < limit.warn:
        return
    hard = percent >= limit.hard
    bound, name = (limit.hard, "hard limit") if hard else (limit.warn, "limit")
    message = f"{what} is at {percent}%, {'over' if percent > bound else 'at'} the {name} of {bound}%"
    lasted = sum(1 for _ in takewhile(lambda one: (of(one) or 0) >= bound, reversed(known.samples)))
    if lasted >= LASTING:
        message = f"{message}, for {lasted} checks in a row"
    yield Need(
        code=f"{code}-{'hard' if hard else 'warn'}",
        level=FAULT if hard else WARN,
        message=message,
        next_step="read what ran last; `top` on the server says what uses it",
        command=known.ops("history"),
        key="6",
    )


def _gaps(known: Known) -> Iterator[Need]:
    """What a check could not read; Docker has a finding of its own."""
    if known.snapshot is None:
        yield Need(
            code="resources-unchecked",
            level=NOTE,
            message="The resources were not checked yet",
            next_step="check them",
            command=known.ops("resources"),
            key="c",
        )
        return
    for gap in known.snapshot.unknown():
        if not (gap.startswith("Docker: ") and known.snapshot.docker.fault):
            yield Need(
                code="not-known",
                level=WARN,
                message=f"Not known: {gap}",
                next_step="check again; the log shows what was asked",
                command=known.ops("resources"),
                key="c",
            )


def _engine(known: Known) -> Iterator[Need]:
    """A fault of Docker as the newest check saw it, in the words of readiness."""
    docker = known.snapshot.docker if known.snapshot else None
    if docker is None or (docker.version is None and docker.fault is None):
        return
    fault = Fault(docker.fault) if docker.fault else None
    issue = engine_issue(
        known.server, EngineFacts(docker.version, docker.way, fault, words=docker.reason or "")
    )
    if issue is not None:
        yield Need(
            code=issue.code,
            level=FAULT,
            message=issue.message.removesuffix("."),
            next_step=issue.next_step,
        )


def _compose(known: Known) -> Iterator[Need]:
    """Compose is asked by readiness checks only; with a good Docker the two meet the floor together."""
    readiness = known.readiness
    for issue in readiness.issues:
        if issue.code.startswith("compose-"):
            yield Need(
                code=issue.code,
                level=WARN,
                message=issue.message.removesuffix("."),
                next_step=issue.next_step,
            )
    docker = (known.snapshot.docker.version if known.snapshot else None) or readiness.docker_version
    compose = readiness.compose_version
    if docker and compose and meets(docker, DOCKER_FLOOR) and meets(compose, COMPOSE_FLOOR):
        floors = ", ".join(".".join(map(str, floor)) for floor in (DOCKER_FLOOR, COMPOSE_FLOOR))
        yield Need(
            code="floor-met",
            level=GOOD,
            message=f"Docker {docker} and Compose {compose} meet the floor ({floors})",
        )


def _patches(known: Known) -> Iterator[Need]:
    plan, planned = known.plan, {"command": known.ops("patch"), "key": "4"}
    if plan is None:
        yield Need(
            code="patches-unplanned",
            level=NOTE,
            message="Package updates are not known: no plan was made yet",
            next_step="plan them; planning changes nothing",
            **planned,
        )
        return
    ago = f"planned {span(seconds_between(known.planned_at, known.now))} ago"
    if plan.status is PatchStatus.NONE:
        yield Need(code="patches-none", level=GOOD, message=f"No package update is waiting ({ago})")
    elif plan.status is PatchStatus.AVAILABLE:
        yield _updates(plan, ago, planned)
    else:
        yield Need(
            code=f"patches-{plan.status}",
            level=WARN if plan.status is PatchStatus.FAILED else NOTE,
            message=f"Package updates are not known: {plan.summary or plan.status.value} ({ago})",
            next_step="plan again",
            **planned,
        )
    if plan.reboot_required:
        because = f": {plan.reboot_reason}" if plan.reboot_reason else ""
        yield Need(
            code="reboot-required",
            level=WARN,
            message=f"A reboot is required{because} ({ago})",
            next_step="reboot it in your change window",
            **planned,
        )


def _updates(plan: PatchPlan, ago: str, planned: dict[str, str]) -> Need:
    count = plan.package_count if plan.package_count is not None else len(plan.packages)
    security = plan.security_count
    of_them = f", {security} of them security" if security else "" if security == 0 else ", security not told"
    return Need(
        code="patches-security" if security else "patches-available",
        level=WARN if security else NOTE,
        message=f"{count} package update{'' if count == 1 else 's'}{of_them} ({ago})",
        next_step="open the patch plan",
        **planned,
    )
