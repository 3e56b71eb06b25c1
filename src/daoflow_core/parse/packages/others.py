"""pacman and apk: one update a line."""

from __future__ import annotations

import re

from daoflow_core.model.patches import Package
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.packages.needs import needs_of
from daoflow_core.text import decode

_PACMAN = re.compile(r"(?P<name>\S+) (?P<old>\S+) -> (?P<new>\S+)(?P<ignored> \[ignored\])?\s*")
_APK = re.compile(r"(?P<name>\S+?)-(?P<old>[0-9][^-\s]*(?:-r[0-9]+)?)\s+<\s+(?P<new>\S+)(?:\s.*)?")


def read_pacman(reply: StepReply) -> list[Package]:
    """Updates of pacman; it keeps no advisories, so whether one is for security is not known."""
    return [
        Package(
            name=found["name"],
            from_version=found["old"],
            to_version=found["new"],
            held=found["ignored"] is not None,
            needs=needs_of(found["name"]),
        )
        for found in _matches(reply, _PACMAN)
    ]


def read_apk(reply: StepReply) -> list[Package]:
    """Updates of apk; it keeps no advisories either."""
    return [
        Package(
            name=found["name"],
            from_version=found["old"],
            to_version=found["new"],
            needs=needs_of(found["name"]),
        )
        for found in _matches(reply, _APK)
    ]


def _matches(reply: StepReply, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    found = []
    for line in reply["upgrade"].stdout.split(b"\n"):
        text = decode(line)
        if not text.strip() or text.startswith(("Installed:", "WARNING", "warning")):
            continue
        match = pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"what is not understood: {text[:200]}")
        found.append(match)
    return found
