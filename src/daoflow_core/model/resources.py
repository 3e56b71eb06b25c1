"""A server's resources at one moment; what could not be read is None and says why, never zero."""

from __future__ import annotations

from daoflow_core.model.samples import Sample
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
    """Whether Docker answers, and what it keeps on disk; `disk_usage` None means that it could not be asked.

    `reachable` False is an answer (stopped, not installed); None means that none came (hung, permission denied).
    `fault` is that in one word: missing, down, hung, denied, other.
    """

    reachable: bool | None = None
    version: str | None = None
    way: str | None = None
    disk_usage: tuple[DiskUsage, ...] | None = None
    summary: str = ""
    fault: str | None = None
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

    def sample(self) -> Sample:
        """Its point of the server's trend."""
        return Sample(
            self.checked_at, self.cpu.load_percent, self.memory.used_percent, self.disk.used_percent
        )

    def unknown(self) -> list[str]:
        """The parts that could not be asked, in words; Docker that says it is down, or is not there, is known."""
        docker = self.docker.reason if self.docker.reachable is not False else None
        parts = {
            "CPU": self.cpu.reason,
            "memory": self.memory.reason,
            "swap": self.swap.reason,
            "disk": self.disk.reason,
            "Docker": docker,
            "system": self.host.reason,
        }
        return [f"{name}: {reason}" for name, reason in parts.items() if reason]

    def empty(self) -> bool:
        """Whether nothing at all was learned of the host."""
        figures = (self.cpu.cores, self.cpu.load1, self.memory.total_bytes, self.disk.total_bytes)
        return all(one is None for one in (*figures, self.host.kernel, self.docker.reachable))
