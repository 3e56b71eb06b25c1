"""apt: the simulated upgrade, the simulated fuller upgrade without holds, and the holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from daoflow_core.model.patches import Package
from daoflow_core.model.steps import Step, StepReply
from daoflow_core.parse.packages.needs import needs_of
from daoflow_core.text import decode

_INST = re.compile(
    r"Inst (?P<name>\S+) (?:\[(?P<old>[^\]]+)\] )?\((?P<new>\S+) (?P<origin>.*?)(?: \[(?P<arch>[^\]]+)\])?\)(?: .*)?"
)


def read(reply: StepReply) -> list[Package]:
    """Every package of the fuller upgrade; what the plain one leaves out is held or kept back."""
    plain = {found["name"] for found in _inst(reply["upgrade"])}
    holds = set(_holds(reply["holds"]))
    packages = [_package(found, plain, holds) for found in _inst(reply["all"])]
    listed = {package.name for package in packages}
    packages += [_package(one, plain, holds) for one in _inst(reply["upgrade"]) if one["name"] not in listed]
    return packages


def _inst(step: Step) -> Iterator[re.Match[str]]:
    for line in step.stdout.split(b"\n"):
        if line.startswith(b"Inst "):
            text = decode(line)
            found = _INST.fullmatch(text)
            if found is None:
                raise ValueError(f"apt-get said what is not understood: {text[:200]}")
            yield found


def _holds(step: Step) -> Iterator[str]:
    for line in step.stdout.split(b"\n"):
        wanted, _, name = decode(line).partition(" ")
        if wanted == "hold":
            yield name


def _package(found: re.Match[str], plain: set[str], holds: set[str]) -> Package:
    name, origin = found["name"], found["origin"]
    # dpkg names the architecture where a package may be there for several; apt only where it is a foreign one.
    held = name in holds or f"{name}:{found['arch']}" in holds
    return Package(
        name=name,
        architecture=found["arch"],
        from_version=found["old"],
        to_version=found["new"],
        security="security" in origin.lower(),
        held=held,
        kept_back=not held and name not in plain and found["old"] is not None,
        new=found["old"] is None,
        origin=origin,
        needs=needs_of(name),
    )
