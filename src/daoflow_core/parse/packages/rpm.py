"""dnf, yum and zypper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from daoflow_core.model.patches import Package
from daoflow_core.model.steps import Step, StepReply
from daoflow_core.parse.packages.needs import needs_of
from daoflow_core.text import clean, decode

_UPDATE = re.compile(r"(?P<name>[^\s.]\S*)\.(?P<arch>[a-z0-9_]+)\s+(?P<version>[0-9]\S*)\s+(?P<repo>\S+)\s*")
_ADVISED = re.compile(
    r"\S+\s+\S*Sec\.?\s+(?P<name>\S+)-(?P<version>[^-\s]+-[^-\s]+)\.(?P<arch>[a-z0-9_]+)\s*"
)
UPDATES = 100
"""The exit status of `check-update` when there are some."""


def read_dnf(reply: StepReply) -> list[Package]:
    """Updates of dnf or yum; one that only shows without the excludes is held."""
    free = {(found["name"], found["arch"]) for found in _updates(reply["upgrade"])}
    installed = dict(_installed(reply["installed"]))
    advised = _advised(reply["security"])
    return [
        Package(
            name=found["name"],
            architecture=found["arch"],
            from_version=installed.get((found["name"], found["arch"])),
            to_version=found["version"],
            security=None if advised is None else found["name"] in advised,
            held=(found["name"], found["arch"]) not in free,
            origin=found["repo"],
            needs=needs_of(found["name"]),
        )
        for found in _updates(reply["all"])
    ]


def _updates(step: Step) -> Iterator[re.Match[str]]:
    """One a line; dnf breaks a line that is too long for its columns, so a lone first word is joined with the next."""
    pending = ""
    for line in step.stdout.split(b"\n"):
        text = decode(line)
        if text.startswith("Obsoleting Packages"):
            return
        if not text.strip() or text.startswith(("Security:", "Last metadata")):
            pending = ""
            continue
        text = f"{pending} {text.strip()}" if pending else text
        found = _UPDATE.fullmatch(text)
        pending = text if found is None and len(text.split()) < 3 else ""
        if found is not None:
            yield found


def _installed(step: Step) -> Iterator[tuple[tuple[str, str], str]]:
    for line in step.stdout.split(b"\n"):
        full, _, version = decode(line).partition(" ")
        name, _, arch = full.rpartition(".")
        if name and version:
            yield (name, arch), version


def _advised(step: Step) -> set[str] | None:
    """The names that a security advisory speaks of; None when advisories could not be asked."""
    if not step.succeeded:
        return None
    found = (_ADVISED.fullmatch(decode(line)) for line in step.stdout.split(b"\n"))
    return {match["name"] for match in found if match}


def read_zypper(reply: StepReply) -> list[Package]:
    """Updates of zypper; its advisories name patches, not packages, so whether one is for security is not known."""
    locked = {
        clean(name.text or "") for lock in _xml(reply["holds"]).iter("lock") for name in lock.iter("name")
    }
    return [
        Package(
            name=clean(one.get("name", "?")),
            architecture=clean(one.get("arch", "")) or None,
            from_version=clean(one.get("edition-old", "")) or None,
            to_version=clean(one.get("edition", "")) or None,
            held=clean(one.get("name", "")) in locked,
            origin=next((clean(source.get("alias", "")) for source in one.iter("source")), None),
            needs=needs_of(one.get("name", "")),
        )
        for one in _xml(reply["upgrade"]).iter("update")
        if one.get("kind") == "package"
    ]


def security_patches(step: Step) -> int | None:
    """How many security patches zypper finds needed; None when it could not be asked."""
    if not step.succeeded:
        return None
    return sum(one.get("category") == "security" for one in _xml(step).iter("update"))


def _xml(step: Step) -> ElementTree.Element:
    """The document in a step's output. Raises ValueError when it is none, or declares entities."""
    if b"<!ENTITY" in step.stdout:
        raise ValueError("zypper's answer declares entities")
    try:
        return ElementTree.fromstring(step.stdout)  # noqa: S314 - without entity declarations nothing can expand
    except ElementTree.ParseError as error:
        raise ValueError(f"zypper's answer is no XML: {error}") from None
