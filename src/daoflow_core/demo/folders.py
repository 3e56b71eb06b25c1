"""A demo host's own files: the programs on its PATH, what its /etc and /proc say, and its facts."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from daoflow_core.demo.hosts import Patches, Plan
from daoflow_core.demo.kept import Kept
from daoflow_core.demo.patches import furnish_patches
from daoflow_core.demo.swarm import furnish_swarm

# The real programs a host may run besides the stand-ins. Nothing else is on its PATH: least of all a real Docker.
REAL_PROGRAMS = (
    "awk", "basename", "cat", "cksum", "cp", "cut", "date", "dd", "dirname", "echo", "env", "expr", "false", "find",
    "grep", "head", "hostname", "id", "kill", "ln", "ls", "mkdir", "mktemp", "mv", "printf", "ps", "pwd", "rm", "sed",
    "seq", "sh", "sleep", "sort", "stat", "tail", "tee", "test", "timeout", "touch", "tr", "true", "uname", "uniq",
    "uptime", "wc", "whoami", "xargs",
)  # fmt: skip
STAND_INS = ("df", "docker", "docker-kept", "docker-swarm", "nproc", "sudo")
APT = ("apt-get", "dpkg-query")

KIB = 1024
KERNEL = "6.1.0-37-amd64"


def furnish(folder: Path, plan: Plan) -> None:
    """Write one host's files; the Docker trouble of its plan comes later, with `trouble`."""
    for name in ("bin", "demo", "etc", "home", "proc/sys/kernel"):
        (folder / name).mkdir(parents=True)
    _programs(folder / "bin", plan)
    furnish_patches(folder, plan)
    (folder / "etc" / "os-release").write_text(f'PRETTY_NAME="{plan.os_name}"\n')
    (folder / "proc" / "sys" / "kernel" / "osrelease").write_text(f"{KERNEL}\n")
    (folder / "proc" / "loadavg").write_text(f"{plan.load} {plan.load} {plan.load} 1/312 4242\n")
    (folder / "proc" / "meminfo").write_text(_memory(plan))
    (folder / "proc" / "uptime").write_text(
        f"{plan.uptime_days * 86400:.2f} {plan.uptime_days * 300000:.2f}\n"
    )
    Kept(folder / "demo" / "kept", plan).write()
    furnish_swarm(folder, plan)
    for name, fact in _facts(plan).items():
        (folder / "demo" / name).write_text(f"{fact}\n")


def environment(folder: Path) -> dict[str, str]:
    """The whole environment of every command on a host."""
    return {
        "PATH": str(folder / "bin"),
        "HOME": str(folder / "home"),
        "DFT_ROOT": str(folder),
        "LANG": "C.UTF-8",
    }


def trouble(folder: Path, kind: str) -> None:
    """Make the host's Docker `hung`, `down` or `denied` from now on."""
    (folder / "demo" / "trouble").write_text(f"{kind}\n")


def _programs(place: Path, plan: Plan) -> None:
    for name in REAL_PROGRAMS:
        if real := shutil.which(name):
            (place / name).symlink_to(real)
    source = files(__package__).joinpath("programs")
    managers = ("apk",) if plan.patches is Patches.ALPINE else APT
    for name in (*STAND_INS, *managers, *(("docker-compose",) if plan.standalone_compose else ())):
        program = place / name
        program.write_bytes(source.joinpath(name).read_bytes())
        program.chmod(0o755)


def _memory(plan: Plan) -> str:
    total = plan.memory_gib * KIB * KIB
    available = total * (100 - plan.memory_percent) // 100
    swap = plan.swap_gib * KIB * KIB
    rows = {
        "MemTotal": total,
        "MemFree": available // 2,
        "MemAvailable": available,
        "SwapTotal": swap,
        "SwapFree": swap * (100 - plan.swap_percent) // 100,
    }
    return "".join(f"{name + ':':<15} {kib:>8} kB\n" for name, kib in rows.items())


def _facts(plan: Plan) -> dict[str, str]:
    total = plan.disk_gib * KIB * KIB
    used = total * plan.disk_percent // 100
    facts = {
        "version": plan.docker,
        "swarm-state": plan.swarm_state,
        "swarm-manager": str(plan.swarm_manager).lower(),
        "cores": str(plan.cores),
        "docker-root": "/var/lib/docker",
        "df": f"/dev/vda1 {total} {used} {total - used} {plan.disk_percent}% /",
    }
    if plan.compose:
        facts["compose"] = plan.compose
    if plan.sudo:
        facts["sudo"] = "NOPASSWD"
    return facts
