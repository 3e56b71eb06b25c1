"""From what a package manager said to a patch plan; pure functions."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import unescape

from daoflow_core.clock import parse_stamp, stamp
from daoflow_core.model.patches import Asked, Package, PatchPlan, PatchStatus
from daoflow_core.model.steps import TIMED_OUT, Step, StepReply
from daoflow_core.parse.packages import READERS
from daoflow_core.parse.packages.rpm import UPDATES, security_patches
from daoflow_core.text import decode

REQUIRED = {
    "apt": ("upgrade", "all", "holds"),
    "dnf": ("shield", "upgrade", "all", "installed"),
    "yum": ("shield", "upgrade", "all", "installed"),
    "zypper": ("shield", "upgrade", "holds"),
    "pacman": ("upgrade",),
    "apk": ("upgrade",),
}
"""The steps without which a plan would not be whole."""
OPTIONAL = ("security", "restart", "needs")
_ERROR = re.compile(rb"(?i)E: |error\b|<message type=\"error\">")
_NO_DATABASE = re.compile(rb"(?m)^warning: database file for .*")
_ERROR_TAG = re.compile(r"</?message[^>]*>")
_WRITTEN = re.compile(rb"(\d{1,12}) .+")
NO_LISTS = "The host has no package lists, so nothing can be said about updates."


def plan_of(reply: StepReply, *, planned_at: str, is_root: bool) -> PatchPlan:
    """The plan behind one script; its status says whether it could be made at all."""
    facts = dict(_facts(reply["system"]))
    manager = facts.get("manager", "none")
    system: dict[str, Any] = {"os_name": facts.get("PRETTY_NAME"), "planned_at": planned_at}
    if not reply["system"].succeeded:
        return PatchPlan(status=PatchStatus.FAILED, summary="The host did not say what it is.", **system)
    if manager not in READERS:
        words = "No known package manager (apt, dnf, yum, zypper, pacman, apk) was found."
        return PatchPlan(status=PatchStatus.UNSUPPORTED, summary=words, **system)
    asked = tuple(_asked(manager, reply))
    fault = next((one for one in asked if one.reason), None)
    packages: tuple[Package, ...] = ()
    words = f"`{fault.command}`: {fault.reason}." if fault else ""
    try:
        packages = tuple(READERS[manager](reply))
    except ValueError as error:
        words = words or f"{manager}'s answer could not be read: {error}."
    if not words and manager == "apt" and not reply["indexes"].stdout.strip():
        words = NO_LISTS
    status = PatchStatus.FAILED if words else PatchStatus.AVAILABLE if packages else PatchStatus.NONE
    return PatchPlan(
        status=status,
        package_manager=manager,
        packages=packages,
        asked=asked,
        summary=words or _summary(packages),
        commands=tuple(_commands(manager, packages, is_root=is_root)) if not words else (),
        **_counts(status, manager, packages, reply),
        **(_lists(reply["lists"], planned_at) if words != NO_LISTS else {}),
        **_restarts(reply, facts),
        **system,
    )


def _facts(step: Step) -> Iterator[tuple[str, str]]:
    for line in step.stdout.split(b"\n"):
        key, mark, value = decode(line).partition("=")
        if mark:
            yield key, value.strip("\"'")


def _asked(manager: str, reply: StepReply) -> Iterator[Asked]:
    for name in (*REQUIRED[manager], *OPTIONAL):
        step = reply[name]
        if name in OPTIONAL:
            if step.command and name != "needs":
                yield Asked(command=step.command, exit_code=step.status, seconds=step.seconds)
            continue
        yield Asked(
            command=step.command or name,
            exit_code=step.status,
            seconds=step.seconds,
            reason=_fault(manager, name, step),
        )


def _fault(manager: str, name: str, step: Step) -> str | None:
    """Why a step does not count as answered; None when it does."""
    if manager == "pacman" and (missing := _NO_DATABASE.search(step.stderr)):
        return decode(missing[0])  # the others are told, with a status as if they were all
    if step.status == 0 or (step.status == UPDATES and manager in ("dnf", "yum")):
        return None
    words = _complaint(step)
    if step.status is None:
        return "it was not asked" if not step.command else "its answer did not come"
    if name == "shield":
        return (
            f"{manager} writes even when it only looks, and this host lets nobody shield it "
            f"(mount namespaces; exit {step.status}: {words})"
        )
    if manager == "pacman" and name == "upgrade" and step.status == 1 and not step.stderr.strip():
        return None  # pacman's way to say that there is none
    if step.status == TIMED_OUT:
        return "no answer within its time"
    return f"exit {step.status}: {words}" if words else f"exit {step.status}"


def _complaint(step: Step) -> str:
    """What a command said is wrong: its first line that says so, else its first line."""
    told = [line.strip() for line in (*step.stderr.split(b"\n"), *step.stdout.split(b"\n")) if line.strip()]
    marked = [line for line in told if _ERROR.match(line)]
    words = decode((marked or told or [b""])[0])
    return unescape(_ERROR_TAG.sub("", words))


def _counts(
    status: PatchStatus, manager: str, packages: tuple[Package, ...], reply: StepReply
) -> dict[str, Any]:
    if status is PatchStatus.FAILED:
        return {}
    knows = all(package.security is not None for package in packages)
    security = (
        security_patches(reply["security"])
        if manager == "zypper"
        else sum(bool(package.security) for package in packages)
        if knows
        else None
    )
    return {
        "package_count": len(packages),
        "security_count": security,
        "held_count": sum(package.held or package.kept_back for package in packages),
    }


def _lists(step: Step, planned_at: str) -> dict[str, Any]:
    found = (_WRITTEN.fullmatch(line) for line in step.stdout.split(b"\n"))
    times = [int(match[1]) for match in found if match]
    if not times:
        return {}
    moment = datetime.fromtimestamp(max(times), UTC)
    age = max(0, int((parse_stamp(planned_at) - moment).total_seconds()))
    return {"lists_refreshed_at": stamp(moment), "lists_age_seconds": age}


def _restarts(reply: StepReply, facts: dict[str, str]) -> dict[str, Any]:
    """Whether the host waits for a reboot, as far as it tells."""
    lines = [decode(line) for line in reply["reboot"].stdout.split(b"\n") if line]
    wanted = [line.removeprefix("for=") for line in lines if line.startswith("for=")]
    kernels = [line.removeprefix("installed=") for line in lines if line.startswith("installed=")]
    running = facts.get("kernel", "")
    if "required" in lines:
        found: dict[str, Any] = {"reboot_required": True, "reboot_reason": ", ".join(wanted) or None}
    elif reply["needs"].command:
        found = {
            "reboot_required": {0: False, 1: True}.get(reply["needs"].status or 0),
            "reboot_reason": None,
        }
    elif kernels and running and running not in kernels:
        reason = f"kernel {running} runs, and is no longer installed"
        found = {"reboot_required": True, "reboot_reason": reason}
    else:
        found = {"reboot_required": False if "marks" in lines else None, "reboot_reason": None}
    return {**found, "restart_services": _services(reply["restart"])}


def _services(step: Step) -> tuple[str, ...] | None:
    if not step.succeeded:
        return None
    lines = [decode(line) for line in step.stdout.split(b"\n")]
    return tuple(
        line.removeprefix("NEEDRESTART-SVC:").strip() for line in lines if line.startswith("NEEDRESTART-SVC:")
    )


def _summary(packages: tuple[Package, ...]) -> str:
    if not packages:
        return "Nothing to update."
    security = sum(bool(package.security) for package in packages)
    held = sum(package.held or package.kept_back for package in packages)
    parts = [f"{len(packages)} updates", *([f"{security} for security"] if security else [])]
    return ", ".join([*parts, *([f"{held} held or kept back"] if held else [])]) + "."


def _commands(manager: str, packages: tuple[Package, ...], *, is_root: bool) -> Iterator[str]:
    """What an operator runs in a change window of their own."""
    sudo = "" if is_root else "sudo "
    secure = [shlex.quote(one.name) for one in packages if one.security and not one.held]
    match manager:
        case "apt":
            yield f"{sudo}apt-get update"
            yield f"{sudo}apt-get upgrade"
            if secure:
                yield f"{sudo}apt-get install --only-upgrade {' '.join(secure)}"
        case "dnf" | "yum":
            yield f"{sudo}{manager} upgrade"
            yield f"{sudo}{manager} upgrade --security"
        case "zypper":
            yield f"{sudo}zypper refresh"
            yield f"{sudo}zypper update"
            yield f"{sudo}zypper patch --category security"
        case "pacman":
            yield f"{sudo}pacman -Syu"
        case _:
            yield f"{sudo}apk update"
            yield f"{sudo}apk upgrade"
