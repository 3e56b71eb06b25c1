"""What the resources tab says beside its meters: amounts, reasons, Docker's table, and the age of it all."""

from __future__ import annotations

from daoflow_core.model.resources import Cpu, Disk, DockerUse, HostFacts, Memory, ResourceSnapshot, Swap
from daoflow_core.model.settings import Settings
from daoflow_tui.screens.sizes import binary, lasting, size
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

DOCKER = (
    Column("type", "TYPE", 13, flex=True),
    Column("count", "COUNT", 5, "right"),
    Column("size", "SIZE", 8, "right"),
    Column("free", "RECLAIM", 8, "right"),
)


def cpu_note(cpu: Cpu) -> str:
    """`3.52 of 4 cores`."""
    if cpu.load1 is None:
        return cpu.reason or "not known"
    return f"{cpu.load1:.2f} of {'?' if cpu.cores is None else cpu.cores} cores"


def memory_note(memory: Memory) -> str:
    """`5.5 of 7.8 GiB`."""
    if memory.total_bytes is None or memory.available_bytes is None:
        return memory.reason or "not known"
    return f"{binary(memory.total_bytes - memory.available_bytes)} of {binary(memory.total_bytes)}"


def disk_note(disk: Disk) -> str:
    """`72.8 GiB of 80.0 GiB`."""
    if disk.total_bytes is None:
        return disk.reason or "not known"
    return f"{binary(disk.used_bytes)} of {binary(disk.total_bytes)}"


def swap_note(swap: Swap) -> str:
    """What is used of it; a server without swap says so."""
    if swap.total_bytes is None:
        return swap.reason or "not known"
    if swap.total_bytes == 0:
        return "this server has no swap"
    used = None if swap.free_bytes is None else swap.total_bytes - swap.free_bytes
    return f"{binary(used)} of {binary(swap.total_bytes)}"


def fact_lines(host: HostFacts, settings: Settings) -> list[Words]:
    """Uptime, kernel, system, thresholds."""
    uptime = "?" if host.uptime_seconds is None else lasting(host.uptime_seconds)
    lines: list[Words] = [
        [
            *_fact("Uptime", uptime), "   ", *_fact("Kernel", host.kernel or "?"),
            "   ", *_fact("System", host.os_name or "?"),
        ],
    ]  # fmt: skip
    if host.reason:
        lines.append([Toned(host.reason, Role.MUTED)])
    limits = (("cpu", settings.cpu), ("memory", settings.memory), ("disk", settings.disk))
    told = "  ".join(f"{name} {limit.warn}/{limit.hard}" for name, limit in limits)
    lines.append([Toned(f"Limits     warn/hard: {told}  (config)", Role.MUTED)])
    return lines


def _fact(label: str, value: str) -> list[Piece]:
    return [Toned(f"{label} ", Role.MUTED), value]


def docker_rows(docker: DockerUse) -> list[Row]:
    """A line for each type, in bytes where they are known, else in Docker's own words."""
    return [
        Row(
            one.type,
            (
                one.type.lower(),
                "?" if one.total_count is None else f"{one.total_count:,}",
                size(one.size_bytes) if one.size_bytes is not None else one.size or "?",
                size(one.reclaimable_bytes) if one.reclaimable_bytes is not None else one.reclaimable or "?",
            ),
        )
        for one in docker.disk_usage or ()
    ]


def docker_state(docker: DockerUse) -> tuple[State, str]:
    """Whether it answers, and its version."""
    if docker.reachable is None:
        return State("not known", Role.UNKNOWN), ""
    if not docker.reachable:
        return State("does not answer", Role.BAD), ""
    way = "  through sudo" if docker.way and "sudo" in docker.way else ""
    return State("answers", Role.GOOD), f"{docker.version or ''}{way}"


def docker_lines(snapshot: ResourceSnapshot, safe: int | None) -> list[Words]:
    """What could be reclaimed, and how much of it a cleanup would take."""
    docker, disk = snapshot.docker, snapshot.disk
    if docker.disk_usage is None:
        return [[State(docker.reason or "what it keeps on disk could not be asked", Role.UNKNOWN)]]
    known = [one.reclaimable_bytes for one in docker.disk_usage if one.reclaimable_bytes is not None]
    total = sum(known) if known else None
    share = (
        f"  ({total * 100 // disk.total_bytes}% of the disk)"
        if total is not None and disk.total_bytes
        else ""
    )
    lines: list[Words] = [[Toned("Reclaimable  ", Role.MUTED), Toned(size(total), Role.STRONG), share]]
    if safe is not None:
        lines.append([Toned("  foretold   ", Role.MUTED), f"{size(safe)} by the preview (3)"])
    lines += [[], [Toned("p  ", Role.KEY), "preview a cleanup"]]
    return lines
