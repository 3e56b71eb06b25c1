"""The `os` and `res` sections of a probe: what the host calls itself and how busy it is."""

from __future__ import annotations

import math
import re

from daoflow_core.model.facts import LoadFacts, SystemFacts
from daoflow_core.model.host import Section

UNKNOWN = "?"

_OS = re.compile(r"kernel=(?P<kernel>\S+) name=(?P<name>.+)")
_RES = re.compile(
    r"cores=(?P<cores>\S+) load=(?P<load>\S+) "
    r"memtotal=(?P<total>\S+) memavailable=(?P<available>\S+) df=(?P<df>.+)"
)
_DF = re.compile(r"\s[0-9]{1,18}\s+(?P<used>[0-9]{1,18})\s+(?P<free>-?[0-9]{1,18})\s+(?:[0-9]{1,3}%|-)\s")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?")


def read_os(section: Section | None) -> SystemFacts:
    """The name and kernel of the host's system."""
    match = _OS.fullmatch(section.value) if section and section.status == 0 else None
    if match is None:
        return SystemFacts(None, None)
    return SystemFacts(_known(match["name"]), _known(match["kernel"]))


def read_load(section: Section | None) -> LoadFacts:
    """Load, memory and disk of the host; each part stands alone, so one that is missing hides no other."""
    match = _RES.fullmatch(section.value) if section and section.status == 0 else None
    if match is None:
        return LoadFacts()
    cores = _number(match["cores"])
    load = _number(match["load"])
    total, available = _number(match["total"]), _number(match["available"])
    return LoadFacts(
        cores=int(cores) if cores else None,
        cpu_percent=round(load / cores * 100) if cores and load is not None else None,
        memory_percent=used_percent(total, available),
        disk_percent=_disk_percent(match["df"]),
    )


def _known(text: str) -> str | None:
    return None if text == UNKNOWN else text


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def used_percent(total: float | None, available: float | None) -> int | None:
    """The part in use, in whole percent; None when the two can't belong together."""
    if not total or available is None or available > total:
        return None
    return round((total - available) / total * 100)


def _disk_percent(line: str) -> int | None:
    """The part in use as `df` counts it: rounded up, of what an ordinary user could have; 0 to 100."""
    match = _DF.search(line)
    if match is None:
        return None
    return full_percent(int(match["used"]), int(match["free"]))


def full_percent(used: int, free: int) -> int | None:
    """How full a file system is as `df` counts it; None when it has no room at all."""
    free = max(0, free)
    return math.ceil(used / (used + free) * 100) if used + free else None
