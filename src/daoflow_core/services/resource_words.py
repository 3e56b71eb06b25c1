"""A snapshot in words and numbers, for a summary and for people at a command line."""

from __future__ import annotations

from collections.abc import Iterator

from daoflow_core.model.resources import Cpu, Disk, DockerUse, Memory, ResourceSnapshot, Swap
from daoflow_core.stamps import span

GIB = 1024**3
NOT_KNOWN = "not known"


def in_numbers(snapshot: ResourceSnapshot) -> str:
    """The whole snapshot in one line: `CPU 16%, memory 41%, disk / 38%, Docker 28.2.2`."""
    parts = (
        ("CPU", snapshot.cpu.load_percent),
        ("memory", snapshot.memory.used_percent),
        ("disk /", snapshot.disk.used_percent),
    )
    figures = [f"{name} {_percent(value)}" for name, value in parts]
    return ", ".join([*figures, _docker(snapshot.docker)])


def facts(snapshot: ResourceSnapshot) -> Iterator[tuple[str, str]]:
    """Every figure of a snapshot as a name and its words, with the reason where it is not known."""
    host = snapshot.host
    yield "system", host.os_name or _missing(host.reason)
    yield "kernel", host.kernel or _missing(host.reason)
    yield "uptime", _missing(host.reason) if host.uptime_seconds is None else span(host.uptime_seconds)
    yield "CPU", _cpu(snapshot.cpu)
    yield "memory", _memory(snapshot.memory)
    yield "swap", _swap(snapshot.swap)
    yield f"disk {snapshot.disk.mount}", _disk(snapshot.disk)
    yield "Docker", _docker_whole(snapshot.docker)
    for row in snapshot.docker.disk_usage or ():
        counts = f"{_count(row.total_count)}, {_count(row.active)} in use"
        yield f"  {row.type}", f"{row.size}, {row.reclaimable} reclaimable ({counts})"


def _cpu(cpu: Cpu) -> str:
    loads = " ".join(f"{one:.2f}" for one in (cpu.load1, cpu.load5, cpu.load15) if one is not None)
    known = [
        *([f"{cpu.cores} cores"] if cpu.cores is not None else []),
        *([f"load {loads}"] if loads else []),
        *([f"{cpu.load_percent}%"] if cpu.load_percent is not None else []),
    ]
    return _with_reason(", ".join(known), cpu.reason)


def _memory(memory: Memory) -> str:
    if memory.total_bytes is None or memory.available_bytes is None:
        known = "" if memory.total_bytes is None else f"{_gib(memory.total_bytes)} in all"
        return _with_reason(known, memory.reason)
    free = f"{_gib(memory.available_bytes)} of {_gib(memory.total_bytes)} available"
    return f"{_percent(memory.used_percent)} used, {free}"


def _swap(swap: Swap) -> str:
    if swap.total_bytes is None or swap.free_bytes is None:
        return _missing(swap.reason)
    if swap.total_bytes == 0:
        return "none"
    return f"{_percent(swap.used_percent)} used of {_gib(swap.total_bytes)}"


def _disk(disk: Disk) -> str:
    if disk.total_bytes is None or disk.available_bytes is None:
        return _missing(disk.reason)
    free = f"{_gib(disk.available_bytes)} of {_gib(disk.total_bytes)} available"
    return f"{_percent(disk.used_percent)} used, {free}"


def _docker(docker: DockerUse) -> str:
    if docker.version:
        return f"Docker {docker.version}"
    words = {"missing": "not installed", "down": "down", "hung": "hangs", "denied": "permission denied"}
    return f"Docker {words.get(docker.fault or '', NOT_KNOWN)}"


def _docker_whole(docker: DockerUse) -> str:
    if docker.version is None:
        return _missing(docker.reason)
    by = f", reached by {docker.way}" if docker.way not in (None, "plain") else ""
    return _with_reason(f"{docker.version}{by}", docker.reason)


def _with_reason(known: str, reason: str | None) -> str:
    if not known:
        return _missing(reason)
    return f"{known}; {reason}" if reason else known


def _missing(reason: str | None) -> str:
    return f"{NOT_KNOWN}: {reason}" if reason else NOT_KNOWN


def _percent(value: int | None) -> str:
    return NOT_KNOWN if value is None else f"{value}%"


def _gib(value: int) -> str:
    return f"{value / GIB:.1f} GiB"


def _count(value: int | None) -> str:
    return NOT_KNOWN if value is None else str(value)
