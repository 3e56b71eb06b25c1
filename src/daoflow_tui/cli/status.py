"""`status`: the fleet as the store knows it, once or as it changes; it never asks a server."""

from __future__ import annotations

import asyncio
import select
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core import documents
from daoflow_core.expiry import in_words
from daoflow_tui.cli import envelope, lines
from daoflow_tui.cli.call import Result, current, with_console
from daoflow_tui.cli.filters import Check, compile_filter
from daoflow_tui.cli.reading import reading

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.ports import Row

LOOK_EVERY = 1.0
"""Seconds between two looks into the store while watching."""

Filter = Annotated[
    str,
    typer.Option(
        "--filter",
        metavar="TEXT",
        help="Words that must match; !word leaves out; state: env: kind: name: host:.",
    ),
]
Watch = Annotated[
    bool,
    typer.Option("--watch", help="Go on: one JSON document a line, at every change and every poll interval."),
]


def status(filter_text: Filter = "", watch: Watch = False) -> Result | int:
    """Show every server's last check, worst first, and how old it is."""
    wanted = compile_filter(filter_text)
    if not watch:
        return reading("status", lambda console: once(console, wanted), lambda data: _result(data, wanted))
    current().streaming = True
    return with_console(lambda console: _follow(console, wanted))


async def once(console: Console, wanted: Callable[[Check], bool] = bool) -> Result:
    """The fleet as it stands now; without a filter, every server."""
    rows = await console.fleet.rows("server.status")
    return _result(_whole(console, rows, await console.fleet.certificates()), wanted)


async def _follow(console: Console, wanted: Callable[[Check], bool]) -> int:
    """Write a line whenever the store changed, and at least once a poll interval; end when the reader goes."""
    interval = console.settings.poll_interval_ms / 1000
    last: tuple[list[Row], list[Row]] | None = None
    due = 0.0
    while not _reader_left():
        rows = await console.fleet.rows("server.status")
        now = (rows, await console.fleet.certificates())
        if now != last or console.clock.monotonic() >= due:
            last, due = now, console.clock.monotonic() + interval
            if not envelope.write_line(envelope.document(_narrowed(_whole(console, *now), wanted))):
                break
        await asyncio.sleep(LOOK_EVERY)
    return 0


def _whole(console: Console, rows: list[Row], certificates: list[Row]) -> dict[str, Any]:
    interval, now = console.settings.poll_interval_ms, console.clock.now()
    return documents.status(rows, now=now, poll_interval_ms=interval, certificates=certificates)


def _narrowed(data: dict[str, Any], wanted: Callable[[Check], bool]) -> dict[str, Any]:
    """The answer with the wanted servers only; the summary counts those."""
    checks = [one for one in data["servers"]["checks"] if wanted(one)]
    interval = data["servers"]["summary"]["pollIntervalMs"]
    return {**data, "servers": {"summary": documents.summary(checks, interval), "checks": checks}}


def _result(data: dict[str, Any], wanted: Callable[[Check], bool]) -> Result:
    narrowed = _narrowed(data, wanted)
    return Result(narrowed, describe(narrowed), [one["id"] for one in narrowed["servers"]["checks"]])


def describe(data: dict[str, Any]) -> list[str]:
    """The answer for people: the fleet in one line, then a row a server."""
    total, checks = data["servers"]["summary"], data["servers"]["checks"]
    latency = "" if total["averageLatencyMs"] is None else f" · {total['averageLatencyMs']} ms on average"
    head = (
        f"{_counted(total['totalServers'])}: {total['blockedServers']} blocked, {total['attentionServers']} attention, "
        f"{total['unknownServers']} unknown, {total['readyServers']} ready{_old(total['staleServers'])}{latency}"
    )
    head_lines = [head, *(_ending(one) for one in data["certificates"]["ending"])]
    if not checks:
        return head_lines
    titles = ("STATUS", "NAME", "ADDRESS", "ENV", "DOCKER", "CPU", "MEM", "DISK", "CHECKED", "WHY")
    return [*head_lines, *lines.table(titles, [_row(one) for one in checks])]


def _ending(one: dict[str, Any]) -> str:
    verb = "ended" if one["daysLeft"] < 0 else "ends"
    return f"certificate {one['name']} {verb} {in_words(one['daysLeft'])} ({one['validUntil']})"


def _old(number: int) -> str:
    """Verdicts that are too old to count are told beside those they are counted among."""
    return f" · {number} stale" if number else ""


def _row(one: Check) -> tuple[object, ...]:
    old = " (stale)" if one["stale"] else ""
    where = "this machine" if one["local"] else f"{one['serverHost']}:{one['sshPort']}"
    percent = [
        None if one[name] is None else f"{one[name]}%" for name in ("cpuPercent", "memPercent", "diskPercent")
    ]
    why = one["issues"][0] if one["issues"] else None
    return (
        one["status"],
        one["name"],
        where,
        one["environment"],
        one["dockerVersion"] and one["dockerVersion"].partition("+")[0],
        *percent,
        lines.age(one["ageSeconds"]) + old,
        why,
    )


def _reader_left() -> bool:
    """Whether the other end of a pipe on stdout is closed; a terminal or a file never is."""
    try:
        poller = select.poll()
        poller.register(sys.stdout.fileno(), select.POLLERR)
        return any(event & select.POLLERR for _, event in poller.poll(0))
    except (OSError, ValueError):
        return False


def _counted(servers: int) -> str:
    return "1 server" if servers == 1 else f"{servers} servers"
