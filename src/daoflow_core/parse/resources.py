"""The steps of resources.sh as a snapshot: every part stands alone, so one that is missing hides no other."""

from __future__ import annotations

import re

from daoflow_core.model.resources import Cpu, Disk, HostFacts, Memory, ResourceSnapshot, Swap
from daoflow_core.model.steps import MISSING, TIMED_OUT, Step, StepReply
from daoflow_core.parse.docker_use import read_docker
from daoflow_core.parse.host import full_percent, used_percent
from daoflow_core.text import decode

_LOAD = re.compile(r"([0-9]{1,6}\.[0-9]{1,4}) ([0-9]{1,6}\.[0-9]{1,4}) ([0-9]{1,6}\.[0-9]{1,4})(?: .*)?")
_CORES = re.compile(r"[1-9][0-9]{0,5}")
_UPTIME = re.compile(r"([0-9]{1,12})(?:\.[0-9]+)?")
_MEMORY = re.compile(r"(\w+): +([0-9]{1,15}) kB")
_DF = re.compile(r"\s([0-9]{1,18})\s+([0-9]{1,18})\s+(-?[0-9]{1,18})\s+(?:[0-9]{1,3}%|-)\s+(/.*)")
KIB, MIB, GIB = 1024, 1024**2, 1024**3


def read_snapshot(reply: StepReply, checked_at: str) -> ResourceSnapshot:
    """What a host said of itself; a part that it did not say is None with the reason."""
    rows = (_MEMORY.fullmatch(line) for line in _text(reply["memory"]).split("\n"))
    memory = {row[1]: row[2] for row in rows if row}
    return ResourceSnapshot(
        cpu=_cpu(reply["cores"], reply["load"]),
        memory=_memory(reply["memory"], memory),
        swap=_swap(reply["memory"], memory),
        disk=_disk(reply["disk"]),
        docker=read_docker(reply["engine"], reply["docker_df"]),
        host=_host(reply["system"]),
        checked_at=checked_at,
    )


def reason(step: Step, what: str) -> str:
    """Why a step has no answer: in the tool's own words where it had any."""
    if not step.command:
        return "it was not asked: the connection, or the time, was over before"
    if step.status is None:
        return "the answer did not come whole"
    words = decode(step.stderr.strip().split(b"\n")[-1])
    if step.status == TIMED_OUT:
        return "no answer within its time"
    if step.status == MISSING:
        return words or f"{step.command.split()[0]} is not installed there"
    if step.status == 0:
        return f"{what} can't be read out of the answer"
    return words or f"{step.command.split()[0]} ended with status {step.status}"


def _cpu(cores_step: Step, load_step: Step) -> Cpu:
    cores_text, load = _text(cores_step), _LOAD.fullmatch(_text(load_step))
    cores = int(cores_text) if _CORES.fullmatch(cores_text) else None
    load1, load5, load15 = (float(load[n]) for n in (1, 2, 3)) if load else (None, None, None)
    missing = [
        reason(step, what)
        for known, step, what in ((cores, cores_step, "the cores"), (load1, load_step, "the load"))
        if known is None
    ]
    percent = round(load1 / cores * 100) if cores and load1 is not None else None
    return Cpu(
        cores=cores,
        load1=load1,
        load5=load5,
        load15=load15,
        load_percent=percent,
        reason="; ".join(missing) or None,
    )


def _memory(step: Step, found: dict[str, str]) -> Memory:
    total, available = _kib(found, "MemTotal"), _kib(found, "MemAvailable")
    why = None
    if total is None:
        why = reason(step, "the memory")
    elif available is None or available > total:
        why, available = "this kernel does not tell how much memory is available", None
    return Memory(
        total_bytes=total,
        available_bytes=available,
        total_mb=_rounded(total, MIB),
        available_mb=_rounded(available, MIB),
        used_percent=used_percent(total, available),
        reason=why,
    )


def _swap(step: Step, found: dict[str, str]) -> Swap:
    total, free = _kib(found, "SwapTotal"), _kib(found, "SwapFree")
    if total is None or free is None or free > total:
        return Swap(reason=reason(step, "the swap"))
    return Swap(total_bytes=total, free_bytes=free, used_percent=used_percent(total, free))


def _disk(step: Step) -> Disk:
    found = _DF.search(_text(step).rsplit("\n", 1)[-1])
    if found is None:
        return Disk(reason=reason(step, "the disk"))
    total, used, free = (int(found[n]) * KIB for n in (1, 2, 3))
    available = max(0, free)
    return Disk(
        mount=found[4],
        total_bytes=total,
        used_bytes=used,
        available_bytes=available,
        total_gb=round(total / GIB, 1),
        used_gb=round(used / GIB, 1),
        available_gb=round(available / GIB, 1),
        used_percent=full_percent(used, available),
    )


def _host(step: Step) -> HostFacts:
    said = dict(line.split("=", 1) for line in _text(step).split("\n") if "=" in line)
    uptime = _UPTIME.fullmatch(said.get("uptime", ""))
    name, kernel = said.get("PRETTY_NAME", ""), said.get("kernel", "")
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1]
    missing = [
        what for what, known in (("system", name), ("kernel", kernel), ("uptime", uptime)) if not known
    ]
    return HostFacts(
        os_name=name or None,
        kernel=kernel or None,
        uptime_seconds=int(uptime[1]) if uptime else None,
        reason=None
        if not missing
        else reason(step, "it")
        if len(missing) == 3
        else f"the host does not tell its {', '.join(missing)}",
    )


def _text(step: Step) -> str:
    """What a step said, as lines; a step that did not end well said nothing that counts."""
    return "\n".join(decode(line) for line in step.stdout.split(b"\n")) if step.succeeded else ""


def _kib(found: dict[str, str], name: str) -> int | None:
    return int(found[name]) * KIB if name in found else None


def _rounded(value: int | None, unit: int) -> int | None:
    return None if value is None else round(value / unit)
