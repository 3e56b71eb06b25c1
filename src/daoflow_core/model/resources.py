"""A server's resources at one moment; what could not be read is None and says why, never zero."""

from __future__ import annotations

from daoflow_core.model.stored import Stored


class Cpu(Stored):
    """Cores and load averages; `load_percent` is load1 against the cores and may be over 100."""

    cores: int | None = None
    load1: float | None = None
    load5: float | None = None
    load15: float | None = None
    load_percent: int | None = None
    reason: str | None = None


class Memory(Stored):
    """Memory in bytes, and in the reference's MiB; used is what is not available."""

    total_bytes: int | None = None
    available_bytes: int | None = None
    total_mb: int | None = None
    available_mb: int | None = None
    used_percent: int | None = None
    reason: str | None = None


class Swap(Stored):
    """Swap in bytes; a server without swap has 0 bytes and no percentage."""

    total_bytes: int | None = None
    free_bytes: int | None = None
    used_percent: int | None = None
    reason: str | None = None


class Disk(Stored):
    """One file system in bytes, and in the reference's GiB with one decimal."""

    mount: str = "/"
    total_bytes: int | None = None
    used_bytes: int | None = None
    available_bytes: int | None = None
    total_gb: float | None = None
    used_gb: float | None = None
    available_gb: float | None = None
    used_percent: int | None = None
    reason: str | None = None


class DiskUsage(Stored):
    """What Docker keeps of one type: images, containers, local volumes or build cache.

    `size` and `reclaimable` are Docker's own words, as in the reference; the bytes are read from them.
    """

    type: str
    total_count: int | None = None
    active: int | None = None
    size: str = ""
    reclaimable: str = ""
    size_bytes: int | None = None
    reclaimable_bytes: int | None = None


class DockerUse(Stored):
    """Whether Docker answers, and what it keeps on disk; `disk_usage` None means that it could not be asked."""

    reachable: bool | None = None
    version: str | None = None
    way: str | None = None
    disk_usage: tuple[DiskUsage, ...] | None = None
    summary: str = ""
    reason: str | None = None


class HostFacts(Stored):
    """What the host is."""

    os_name: str | None = None
    kernel: str | None = None
    uptime_seconds: int | None = None
    reason: str | None = None


class ResourceSnapshot(Stored):
    """One resource check; `checked_at` is an ISO stamp in UTC."""

    cpu: Cpu
    memory: Memory
    swap: Swap
    disk: Disk
    docker: DockerUse
    host: HostFacts
    checked_at: str
