"""Live diagnostics: connects, checks what the program stands on, and says what to do about each fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from daoflow_core.errors import DaoflowError
from daoflow_core.model.readiness import Readiness, ReadinessStatus
from daoflow_core.services.docker_issues import DISK_NEARLY_FULL

AT_ONCE = 16
"""Servers checked at the same time."""

STILL_WORKING = frozenset({DISK_NEARLY_FULL.code})
"""Issues of a server that does all it is here for."""


class Verdict(StrEnum):
    """How one check of the doctor ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: what was looked at, how it stands, and the next step when it is not well."""

    name: str
    status: Verdict
    detail: str
    next_step: str = ""


Examination = Callable[[], Awaitable[Check]]


async def examine(name: str, examination: Examination) -> Check:
    """Run one examination; an error of the product is a finding, not an end."""
    try:
        return await examination()
    except DaoflowError as error:
        detail = f"{error.message} {error.why}".strip()
        return Check(name, Verdict.FAIL, detail, error.next_step)


def of_readiness(name: str, readiness: Readiness) -> Check:
    """A server's verdict as a finding: what only grows tight warns, what does not work now fails."""
    first = readiness.issues[0] if readiness.issues else None
    detail = " ".join(issue.message for issue in readiness.issues) or _well(readiness)
    return Check(f"Server {name}", _verdict(readiness), detail, first.next_step if first else "")


def _verdict(readiness: Readiness) -> Verdict:
    if readiness.status is ReadinessStatus.READY:
        return Verdict.OK
    works = all(issue.code in STILL_WORKING for issue in readiness.issues)
    return Verdict.WARN if works and readiness.status is ReadinessStatus.ATTENTION else Verdict.FAIL


def _well(readiness: Readiness) -> str:
    parts = [f"Docker {readiness.docker_version}", f"Compose {readiness.compose_version}"]
    if readiness.latency_ms is not None:
        parts.insert(0, f"SSH {readiness.latency_ms} ms")
    return ", ".join(parts) + (", through sudo" if readiness.uses_sudo else "") + "."


async def check_servers(
    servers: list[tuple[str, str]], check: Callable[[str], Awaitable[Readiness]]
) -> list[Check]:
    """Check every (id, name) live, sixteen at a time, in the order given."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(server_id: str, name: str) -> Check:
        async with gate:
            return await examine(f"Server {name}", lambda: _server(server_id, name, check))

    return list(await asyncio.gather(*(one(server_id, name) for server_id, name in servers)))


async def _server(server_id: str, name: str, check: Callable[[str], Awaitable[Readiness]]) -> Check:
    return of_readiness(name, await check(server_id))
