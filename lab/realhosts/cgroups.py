"""The control groups of the lab: by them `down` finds every process, all records lost."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from realhosts.commands import LabError, wait_until
from realhosts.places import CGROUP_ROOT, Lab
from realhosts.processes import kill

UNSUPPORTED = "This machine has no control groups under /sys/fs/cgroup, which the lab's hosts need."


def is_supported() -> bool:
    """Tell whether control groups of version 1 (alone or beside 2) or 2 are where systemd mounts them."""
    return _is_version_2() or (CGROUP_ROOT / "freezer").is_dir()


def ensure_groups(lab: Lab, group: str) -> list[Path]:
    """Make a group in each hierarchy and name the files that take a process into it."""
    files = []
    for hierarchy in _hierarchies():
        top = hierarchy / lab.prefix
        for folder in (top, top / group):
            folder.mkdir(exist_ok=True)
            _fill_cpuset(folder)
        if _is_version_2():
            _hand_controllers_down(hierarchy)
            _hand_controllers_down(top)
        files.append(top / group / "cgroup.procs")
    return files


def keeper_group(name: str) -> str:
    """Name the group of a host's keeper: in version 2 the host's own group may hold none but the host."""
    return f"keeper-of-{name}"


def end_host(lab: Lab, name: str) -> None:
    """End every process of a host, paused ones too, and remove its groups."""
    tops = [hierarchy / lab.prefix for hierarchy in _hierarchies()]
    _end([top / group for top in tops for group in (name, keeper_group(name))], name)


def end_all(lab: Lab) -> None:
    """End every process of the lab, paused ones too, and remove its groups."""
    _end([hierarchy / lab.prefix for hierarchy in _hierarchies()], lab.prefix)


def traces(lab: Lab) -> list[Path]:
    """Name the groups of the lab that are still there."""
    return [top for hierarchy in _hierarchies() if (top := hierarchy / lab.prefix).exists()]


def _end(groups: list[Path], whose: str) -> None:
    wait_until(lambda: not _kill_all(groups), f"processes of {whose} do not end", 20)
    wait_until(lambda: all(_remove(group) for group in groups), f"control groups of {whose} stay busy", 10)


def _is_version_2() -> bool:
    return (CGROUP_ROOT / "cgroup.controllers").exists()


def _hierarchies() -> list[Path]:
    if not is_supported():
        raise LabError(UNSUPPORTED)
    if _is_version_2():
        return [CGROUP_ROOT]
    return [path for path in CGROUP_ROOT.iterdir() if path.is_dir() and not path.is_symlink()]


def _hand_controllers_down(group: Path) -> None:
    """Let the groups inside use the controllers of this one; the machine may keep some for itself."""
    for controller in (group / "cgroup.controllers").read_text().split():
        with suppress(OSError):
            (group / "cgroup.subtree_control").write_text(f"+{controller}")


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
        yield from (
            Path(folder) for folder, _, _ in os.walk(top)
        )  # which takes no offence at groups that vanish


def _remove(top: Path) -> bool:
    """Remove a group with all in it, the inner ones first, and tell whether it is gone."""
    for group in reversed(list(_groups([top]))):
        with suppress(OSError):
            group.rmdir()
    return not top.exists()
