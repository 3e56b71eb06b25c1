"""The control groups of the lab: by them `down` finds every process, all records lost."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from realhosts.commands import LabError, wait_until
from realhosts.places import CGROUP_ROOT, Lab
from realhosts.processes import kill

UNSUPPORTED = "This machine has no cgroup v1 hierarchies under /sys/fs/cgroup, which the lab's hosts need."


def is_supported() -> bool:
    """Tell whether this machine has the hierarchies of cgroup v1 (alone or beside v2) for the hosts."""
    return (CGROUP_ROOT / "freezer").is_dir()


def ensure_host_groups(lab: Lab, name: str) -> list[Path]:
    """Make the host's group in each hierarchy and name the files that take its first process."""
    files = []
    for hierarchy in _hierarchies():
        for group in (hierarchy / lab.prefix, hierarchy / lab.prefix / name):
            group.mkdir(exist_ok=True)
            _fill_cpuset(group)
        files.append(group / "cgroup.procs")
    return files


def end_groups(lab: Lab, name: str | None = None) -> None:
    """End every process of a host, or of the whole lab, paused ones too, and remove the groups."""
    tops = [hierarchy / lab.prefix / (name or "") for hierarchy in _hierarchies()]
    whose = name or lab.prefix
    wait_until(lambda: not _kill_all(tops), f"processes of {whose} do not end", 20)
    wait_until(lambda: all(_remove(top) for top in tops), f"control groups of {whose} stay busy", 10)


def _hierarchies() -> list[Path]:
    if not is_supported():
        raise LabError(UNSUPPORTED)
    return [path for path in CGROUP_ROOT.iterdir() if path.is_dir() and not path.is_symlink()]


def _fill_cpuset(group: Path) -> None:
    """Let a cpuset group use what its parent uses: an empty one takes no process."""
    for name in ("cpuset.cpus", "cpuset.mems"):
        file = group / name
        if file.exists() and not file.read_text().strip():
            file.write_text((group.parent / name).read_text())


def _kill_all(tops: list[Path]) -> bool:
    """Kill what is in the groups and tell whether anything was left to kill."""
    pids: set[int] = set()
    for group in _groups(tops):
        with suppress(OSError):
            if (group / "freezer.state").exists():
                (group / "freezer.state").write_text("THAWED")
        with suppress(OSError):
            pids.update(int(pid) for pid in (group / "cgroup.procs").read_text().split() if pid != "0")
    for pid in pids:
        kill(pid)
    return bool(pids)


def _groups(tops: list[Path]) -> Iterator[Path]:
    """List the groups and all groups in them, the inner ones last."""
    for top in tops:
        if top.is_dir():
            yield top
            inner = (path for path in top.rglob("*") if path.is_dir())
            yield from sorted(inner, key=lambda path: len(path.parts))


def _remove(top: Path) -> bool:
    """Remove a group with all in it, the inner ones first, and tell whether it is gone."""
    for group in reversed(list(_groups([top]))):
        with suppress(OSError):
            group.rmdir()
    return not top.exists()
