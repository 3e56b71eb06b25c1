"""Where one lab keeps its files and which names and addresses it takes on this machine."""

import os
from dataclasses import dataclass
from pathlib import Path

from realhosts.commands import LabError

SOURCES = Path(__file__).resolve().parent.parent
CGROUP_ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Lab:
    """Names one lab: labs of different numbers live side by side and share only the bases."""

    folder: Path
    number: int

    @property
    def prefix(self) -> str:
        """Begin every name that the lab takes on the machine: namespaces, interfaces, control groups."""
        return f"daolab{self.number}"

    @property
    def network(self) -> str:
        """Hold the first three numbers of every address of the lab."""
        return f"10.77.{self.number}"

    @property
    def gateway(self) -> str:
        """Be the address of the machine itself in the lab's network."""
        return f"{self.network}.1"

    @property
    def bases(self) -> Path:
        """Keep the root file systems, which outlive `down`."""
        return self.folder / "bases"

    @property
    def state(self) -> Path:
        """Keep all that `down` removes."""
        return self.folder / f"lab-{self.number}"

    @property
    def hosts(self) -> Path:
        """Keep one folder per host."""
        return self.state / "hosts"

    @property
    def client_key(self) -> Path:
        """Be the private key that every user of every host accepts."""
        return self.state / "client_ed25519"


def lab_from_environment() -> Lab:
    """Read which lab is meant: DAOFLOW_LAB_DIR, and DAOFLOW_LAB_NUMBER from 0 to 255."""
    folder = Path(os.environ.get("DAOFLOW_LAB_DIR", "/var/lib/daoflow-lab"))
    number = os.environ.get("DAOFLOW_LAB_NUMBER", "0")
    if not (number.isdecimal() and int(number) <= 255):
        raise LabError(f"DAOFLOW_LAB_NUMBER is {number!r}: it must be a whole number from 0 to 255.")
    if not folder.is_absolute():
        raise LabError(f"DAOFLOW_LAB_DIR is {str(folder)!r}: it must be an absolute path.")
    return Lab(folder, int(number))
