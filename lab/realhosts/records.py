"""What the lab knows of each host between two commands, one JSON file a host."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from realhosts.commands import LabError
from realhosts.places import Lab
from realhosts.processes import is_alive

USERS = ("deploy", "sudoer", "outsider")
SSH_PORT = 22


@dataclass(frozen=True, slots=True)
class Host:
    """Describes one host: what it is made of, where it answers, and the process that keeps it."""

    name: str
    suite: str
    base: str
    address: str
    pid: int = 0
    started: int = 0
    engine: str = ""
    faults: tuple[str, ...] = ()

    @property
    def is_up(self) -> bool:
        """Tell whether the keeper process runs; with it dies the host."""
        return self.pid > 0 and is_alive(self.pid, self.started)


def folder_of(lab: Lab, name: str) -> Path:
    """Name the folder of a host's disk and record."""
    return lab.hosts / name


def save(lab: Lab, host: Host) -> Host:
    """Write a host's record in one step and hand it back."""
    file = folder_of(lab, host.name) / "host.json"
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(host), indent=2))
    fresh.rename(file)
    return host


def find(lab: Lab, name: str) -> Host | None:
    """Read a host's record, None when there is no such host."""
    try:
        fields = json.loads((folder_of(lab, name) / "host.json").read_text())
    except FileNotFoundError:
        return None
    return replace(Host(**fields), faults=tuple(fields["faults"]))


def all_hosts(lab: Lab) -> list[Host]:
    """Read every record of the lab, by name."""
    names = sorted(path.name for path in lab.hosts.iterdir()) if lab.hosts.is_dir() else []
    return [host for name in names if (host := find(lab, name))]


def require_up(lab: Lab, name: str) -> Host:
    """Read the record of a host that must be running."""
    host = find(lab, name)
    if host is None or not host.is_up:
        raise LabError(f"Host {name} is not up: run `python3 lab/lab.py up {name}`.")
    return host


def bases_in_use(folder: Path) -> set[str]:
    """Name the bases that a host of any lab in the folder stands on."""
    return {_base_in(file) for file in folder.glob("lab-*/hosts/*/host.json")}


def free_address(lab: Lab, name: str, taken: Iterable[str]) -> str:
    """Give the usual hosts their usual address and any other the next free one."""
    usual = {"alpha": 11, "beta": 12, "gamma": 13}
    numbers = [usual[name]] if name in usual else range(21, 255)
    for number in numbers:
        if (address := f"{lab.network}.{number}") not in taken:
            return address
    raise LabError(f"The lab has no free address for {name}.")


def _base_in(file: Path) -> str:
    return str(json.loads(file.read_text())["base"])
