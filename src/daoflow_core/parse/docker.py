"""The `docker`, `compose` and `swarm` sections of a probe, and the versions in them."""

from __future__ import annotations

import re

from daoflow_core.model.facts import ComposeFacts, EngineFacts, Fault, SwarmFacts
from daoflow_core.model.host import Section

DOCKER_FLOOR = (20, 10)
COMPOSE_FLOOR = (2, 0)

TIMED_OUT, DENIED, MISSING = 124, 126, 127  # what probe.sh says in a section's status

_VERSION = re.compile(r"v?(?P<text>(?P<major>[0-9]{1,5})\.(?P<minor>[0-9]{1,5})[0-9A-Za-z.+~_-]{0,60})")
_ENGINE = re.compile(r"(?P<way>plain|rootless|sudo) (?P<version>\S+)")
_SWARM = re.compile(
    r"(?P<state>[a-z]{1,20}) (?P<manager>true|false)"
    r"(?: managers=(?P<managers>\d{1,6}) reachable=(?P<reachable>\d{1,6})| (?P<words>.*))?",
    re.DOTALL,
)
_NO_DAEMON = re.compile(
    r"cannot connect to the docker daemon|failed to connect to the docker api|is the docker daemon running"
    r"|error during connect|connection refused|dial unix [^ ]+: connect: no such file",
    re.IGNORECASE,
)
_SKIPPED = "not asked:"


def version_text(text: str) -> str | None:
    """A version as people write it, without a leading v (`v2.23.0` → `2.23.0`); None for anything else."""
    match = _VERSION.fullmatch(text)
    return match["text"] if match else None


def meets(version: str, floor: tuple[int, int]) -> bool:
    """Whether a version is at least a floor; nothing behind the minor number (`+dfsg1`, `-rc.1`) counts."""
    match = _VERSION.fullmatch(version)
    return match is not None and (int(match["major"]), int(match["minor"])) >= floor


def read_engine(section: Section) -> EngineFacts:
    """What Docker answered, or the fault that kept it from answering."""
    match = _ENGINE.fullmatch(section.value)
    if section.status == 0 and match and (version := version_text(match["version"])):
        return EngineFacts(version=version, way=match["way"])
    return EngineFacts(fault=_fault(section), words=section.value)


def read_compose(section: Section) -> ComposeFacts:
    """What the Compose plugin answered, or the fault that kept it from answering."""
    if section.status == 0 and (version := version_text(section.value)):
        return ComposeFacts(version=version)
    kind, _, rest = section.value.partition(" ")
    if section.status == MISSING and kind == "standalone":
        return ComposeFacts(fault=Fault.STANDALONE, words=version_text(rest) or "")
    return ComposeFacts(fault=_fault(section), words=section.value)


def read_swarm(section: Section) -> SwarmFacts:
    """What the engine says of its place in a swarm, or the fault that kept it from saying so."""
    match = _SWARM.fullmatch(section.value)
    if section.status == 0 and match:
        return SwarmFacts(
            state=match["state"],
            manager=match["manager"] == "true",
            managers=int(match["managers"]) if match["managers"] else None,
            reachable=int(match["reachable"]) if match["reachable"] else None,
            words=match["words"] or "",
        )
    return SwarmFacts(fault=_fault(section), words=section.value)


def _fault(section: Section) -> Fault:
    """The reason behind an answer that is none; the status speaks first, then the tool's words."""
    by_status = {TIMED_OUT: Fault.HUNG, DENIED: Fault.DENIED, MISSING: Fault.MISSING}
    if section.value.startswith(_SKIPPED):
        return Fault.SKIPPED
    if section.status in by_status:
        return by_status[section.status]
    if "permission denied" in section.value.lower():
        return Fault.DENIED
    return Fault.DOWN if _NO_DAEMON.search(section.value) else Fault.OTHER
