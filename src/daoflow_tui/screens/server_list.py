"""The list of servers: its columns, the cells of a row, its orders, and what a filter accepts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from daoflow_core.model.settings import Limit
from daoflow_core.text import cell_width
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ORDER, ServerView
from daoflow_tui.screens.times import Times, ago
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

COLUMNS = (
    Column("state", "STATE", 11),
    Column("name", "NAME", 13, flex=True, max_width=32),
    Column("host", "HOST", 18, drop=7),
    Column("env", "ENV", 7),
    Column("kind", "KIND", 13, drop=9),
    Column("ssh", "SSH", 5, "right", drop=6),
    Column("docker", "DOCKER", 6, "right", drop=8),
    Column("cpu", "CPU", 4, "right"),
    Column("mem", "MEM", 4, "right", drop=5),
    Column("disk", "DISK", 4, "right"),
    Column("checked", "CHECKED", 8),
)
WIDEST = {"name": (13, 32), "host": (12, 24), "cpu": (4, 5)}
"""Cells of the columns that are as wide as what they hold, least and most: a cut name may be taken for another."""

KINDS = {"docker-engine": "engine", "docker-swarm-manager": "swarm manager"}
UNKNOWN = Toned("?", Role.UNKNOWN)


def columns_of(views: Sequence[ServerView]) -> tuple[Column, ...]:
    """The columns, name and host as wide as these servers need; what then has no room is left out."""
    needed = {
        "name": max((cell_width(view.name) for view in views), default=0),
        "host": max((cell_width(_address(view)) for view in views), default=0),
        "cpu": 5 if any((view.row["readiness_cpu_percent"] or 0) > 99 for view in views) else 4,
    }
    return tuple(_widened(column, needed.get(column.key, 0)) for column in COLUMNS)


def _widened(column: Column, needed: int) -> Column:
    least, most = WIDEST.get(column.key, (column.width, column.width))
    return replace(column, width=min(max(needed, least), most))


def _address(view: ServerView) -> str:
    return "this machine" if view.is_local else view.endpoint.address


def row_of(view: ServerView, desk: Desk, now: datetime) -> Row:
    """One line of the list; old numbers are dim, unknown ones a question mark."""
    known, settings = view.row, desk.start.settings
    state = view.state(now, desk.interval)
    running = desk.checking_for(view.id)
    old = state.word == "stale"
    return Row(
        view.id,
        (
            State(f"asked {running}", Role.RUNNING) if running is not None else state,
            view.name,
            _address(view),
            Toned("PROD", Role.PROD) if view.is_prod else view.environment,
            KINDS.get(view.kind, view.kind),
            _latency(known["readiness_latency_ms"], old),
            _docker(known["readiness_docker_version"], old),
            _share(known["readiness_cpu_percent"], settings.cpu, old),
            _share(known["readiness_memory_percent"], settings.memory, old),
            _share(known["readiness_disk_percent"], settings.disk, old),
            _checked(view, now, desk.times, old),
        ),
    )


def _latency(value: int | None, old: bool) -> Cell:
    if value is None:
        return Toned("-", Role.MUTED)
    words = f"{value}ms" if value < 1000 else f"{value / 1000:.1f}s"
    return Toned(words, Role.OLD) if old else words


def _docker(version: str | None, old: bool) -> Cell:
    if not version:
        return Toned("-", Role.MUTED)
    words = ".".join(version.split(".")[:2])
    return Toned(words, Role.OLD) if old else words


def _share(percent: int | None, limit: Limit, old: bool) -> Cell:
    """A percentage; over a limit it ends in `!`, so that colour is not the only sign."""
    if percent is None:
        return UNKNOWN
    if old:
        return Toned(f"{percent}%", Role.OLD)
    if percent < limit.warn:
        return f"{percent}%"
    return Toned(f"{percent}%!", Role.BAD if percent >= limit.hard else Role.LOOK)


def _checked(view: ServerView, now: datetime, times: Times, old: bool) -> Cell:
    words = ago(view.checked_at, now, times)
    return Toned(words, Role.OLD) if old or not view.checked_at else words


@dataclass(frozen=True, slots=True)
class Order:
    """What the list is sorted by, and whether the order is turned around."""

    key: str = "state"
    reverse: bool = False

    def chosen(self, key: str) -> Order:
        """The order after `key` was chosen: the same again turns it around."""
        return Order(key, not self.reverse if key == self.key else False)


SortKey = Callable[[ServerView], tuple[object, ...]]
ORDERS = {
    "state": "state, then name",
    "name": "name",
    "env": "environment",
    "cpu": "CPU, busiest first",
    "mem": "memory, fullest first",
    "disk": "disk, fullest first",
    "ssh": "SSH answer, slowest first",
    "checked": "last check, oldest first",
}
_NUMBERS = {
    "cpu": "readiness_cpu_percent",
    "mem": "readiness_memory_percent",
    "disk": "readiness_disk_percent",
    "ssh": "readiness_latency_ms",
}


def in_order(views: list[ServerView], order: Order, desk: Desk) -> list[ServerView]:
    """The servers sorted; what is not known comes last in either direction."""
    now, interval = desk.now(), desk.interval
    if order.key in _NUMBERS:
        column = _NUMBERS[order.key]
        known = [view for view in views if view.row[column] is not None]
        unknown = [view for view in views if view.row[column] is None]
        known.sort(key=lambda view: (view.row[column], _name(view)), reverse=not order.reverse)
        return [*known, *sorted(unknown, key=_name)]
    keys: dict[str, SortKey] = {
        "state": lambda view: (ORDER.index(view.standing(now, interval)), *_name(view)),
        "name": _name,
        "env": lambda view: (view.environment or "~", *_name(view)),
        "checked": lambda view: (view.checked_at or "", *_name(view)),
    }
    return sorted(views, key=keys[order.key], reverse=order.reverse)


def _name(view: ServerView) -> tuple[str, ...]:
    return (view.name.casefold(), view.id)


def accepting(words: str, desk: Desk) -> Callable[[ServerView], bool] | None:
    """What a filter lets through: every word must fit; `!word` must not, `env:prod` asks one column."""
    wanted = words.casefold().split()
    if not wanted:
        return None
    now, interval = desk.now(), desk.interval
    return lambda view: all(_fits(word, view, view.standing(now, interval)) for word in wanted)


def _fits(word: str, view: ServerView, standing: str) -> bool:
    if word.startswith("!"):
        return len(word) == 1 or not _fits(word[1:], view, standing)
    column, colon, value = word.partition(":")
    columns = {
        "env": view.environment,
        "state": standing,
        "name": view.name,
        "host": view.endpoint.address,
        "kind": KINDS.get(view.kind, view.kind),
        "region": str(view.row["region"]),
        "user": view.endpoint.user,
        "issue": " ".join(view.codes),
        "via": view.hop,
    }
    if colon and column in columns:
        return columns[column].casefold().startswith(value) if value else True
    return any(word in told.casefold() for told in columns.values())
