"""What a server needs, most pressing first, each with the key that leads to it; and what stands well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from daoflow_core.model.patches import PatchPlan, PatchStatus
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.model.settings import Limit, Settings
from daoflow_core.stamps import parse_stamp, span
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.hub_core import Sample
from daoflow_tui.screens.panes.resource_news import ResourceNews
from daoflow_tui.screens.sizes import counted, size
from daoflow_tui.screens.times import clock_time
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, State, Toned

FULL = ("memory", "disk")


@dataclass(frozen=True, slots=True)
class Need:
    """One line: what stands how, the key that leads on, and what it does."""

    state: State
    key: str = ""
    does: str = ""


def needs(view: ServerView, news: ResourceNews, desk: Desk) -> list[Need]:
    """Faults, then what to look at, then what is merely to know, then what is good."""
    found = [
        *_measured(news, desk.start.settings),
        *_patches(news.plan, desk),
        *_docker(news),
        *_standing(view, desk),
    ]
    order = {Role.BAD: 0, Role.LOOK: 1, Role.UNKNOWN: 2, Role.OLD: 3, Role.GOOD: 4}
    return sorted(found, key=lambda need: order.get(need.state.role, 3))


def need_line(need: Need, width: int) -> list[Piece]:
    """The line, its key in a column of its own when there is room."""
    if not need.key:
        return [need.state]
    room = max(width // 2 - 2, len(need.state.word))
    gap = " " * (room - len(need.state.word) + 2)
    return [need.state, gap, Toned(f"{need.key}  ", Role.KEY), need.does]


def _measured(news: ResourceNews, settings: Settings) -> Iterator[Need]:
    snapshot = news.snapshot
    if snapshot is None:
        return
    yield from _over(
        snapshot.disk.used_percent, settings.disk, f"Disk {snapshot.disk.mount}", *_freeing(news)
    )
    yield from _over(snapshot.memory.used_percent, settings.memory, "Memory", "6", "read what ran last")
    yield from _busy(snapshot, news.samples, settings.cpu)
    swap = snapshot.swap.used_percent
    if swap is not None and swap >= settings.memory.hard:
        yield Need(State(f"Swap is at {swap}%", Role.LOOK), "6", "read what ran last")


def _over(percent: int | None, limit: Limit, what: str, key: str, does: str) -> Iterator[Need]:
    if percent is None:
        yield Need(State(f"{what} is not known", Role.UNKNOWN), "c", "check again")
    elif percent >= limit.hard:
        yield Need(
            State(f"{what} is at {percent}%, over the hard limit of {limit.hard}%", Role.BAD), key, does
        )
    elif percent >= limit.warn:
        yield Need(State(f"{what} is at {percent}%, over {limit.warn}%", Role.LOOK), key, does)


def _freeing(news: ResourceNews) -> tuple[str, str]:
    foretold = news.preview.foretold_bytes if news.preview is not None else None
    if foretold:
        return "3", f"the newest preview foretells {size(foretold)}"
    return "p", "preview a cleanup"


def _busy(snapshot: ResourceSnapshot, samples: Sequence[Sample], limit: Limit) -> Iterator[Need]:
    percent = snapshot.cpu.load_percent
    if percent is None:
        yield Need(State("CPU load is not known", Role.UNKNOWN), "c", "check again")
    elif percent >= limit.warn:
        role, over = (Role.BAD, limit.hard) if percent >= limit.hard else (Role.LOOK, limit.warn)
        times = _running_over([one.cpu_percent for one in samples], limit.warn)
        lasting = f" has been over {limit.warn}% for {times} checks" if times > 1 else f" is over {over}%"
        yield Need(State(f"CPU load{lasting}", role), "6", "read what ran last")


def _running_over(values: Sequence[int | None], limit: int) -> int:
    """How many of the newest values in a row are over it."""
    count = 0
    for value in reversed(values):
        if value is None or value < limit:
            break
        count += 1
    return count


def _patches(plan: PatchPlan | None, desk: Desk) -> Iterator[Need]:
    if plan is None:
        yield Need(State("package updates were never asked for", Role.OLD), "4", "plan them")
        return
    age = span((desk.now() - parse_stamp(plan.planned_at)).total_seconds())
    if plan.status is PatchStatus.AVAILABLE:
        known = counted(plan.package_count or len(plan.packages), "package update")
        secure = f", {plan.security_count} of them security" if plan.security_count else ""
        role = Role.LOOK if plan.security_count else Role.OLD
        yield Need(State(f"{known}{secure} (planned {age} ago)", role), "4", "open the patch plan")
    elif plan.status is PatchStatus.NONE:
        yield Need(State(f"No package update is waiting (asked {age} ago)", Role.GOOD))
    if plan.reboot_required:
        yield Need(
            State(
                "It waits for a reboot" + (f": {plan.reboot_reason}" if plan.reboot_reason else ""), Role.LOOK
            )
        )


def _docker(news: ResourceNews) -> Iterator[Need]:
    docker = None if news.snapshot is None else news.snapshot.docker
    if docker is not None and docker.reachable is False:
        yield Need(
            State(f"Docker does not answer: {docker.reason or 'no reason was given'}", Role.BAD),
            "1",
            "see why",
        )


def _standing(view: ServerView, desk: Desk) -> Iterator[Need]:
    row = view.row
    if row["approved_key_id"] is not None:
        when = clock_time(row["approved_at"], desk.times)[:10]
        yield Need(State(f"Host key approved by {row['approved_by']} on {when}", Role.GOOD))
    if view.status == "ready" and row["readiness_docker_version"]:
        compose = row["readiness_compose_version"]
        also = f" and Compose {compose}" if compose else ""
        yield Need(State(f"Docker {row['readiness_docker_version']}{also} meet the floor", Role.GOOD))
