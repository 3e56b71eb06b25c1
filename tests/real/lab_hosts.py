"""The lab as tests see it: every act goes through lab/lab.py, as a developer's does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAB = Path(__file__).resolve().parents[2] / "lab" / "lab.py"


class LabCommandError(AssertionError):
    """Fails a test with the lab's own words."""


def lab_command(
    *args: str, number: int | None = None, check: bool = True, timeout: float = 600.0
) -> subprocess.CompletedProcess[str]:
    """Run one command of the lab to its end (seconds); a number names another lab than the usual one."""
    environment = os.environ | ({} if number is None else {"DAOFLOW_LAB_NUMBER": str(number)})
    done = subprocess.run(
        [sys.executable, str(LAB), *args],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check and done.returncode != 0:
        raise LabCommandError(f"lab.py {' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
    return done


def lab_status(number: int | None = None) -> dict[str, Any]:
    """Read the status of a lab."""
    status: dict[str, Any] = json.loads(lab_command("status", "--json", number=number).stdout)
    return status


@dataclass(frozen=True, slots=True)
class LabHost:
    """Is one real host: where it answers, who may log in with which key, and how it can be broken."""

    name: str
    address: str
    port: int
    users: tuple[str, ...]
    key_path: Path
    fingerprints: dict[str, str]
    host_keys: dict[str, str]
    suite: str
    engine: str

    @contextmanager
    def fault(self, kind: str) -> Iterator[None]:
        """Break the host for the length of a block; it is healed however the block ends."""
        try:
            lab_command("fault", self.name, kind)
            yield
        finally:
            self.heal(kind)

    def heal(self, kind: str | None = None) -> None:
        """Undo one fault, or all; on return SSH and Docker answer unless another fault is left."""
        lab_command("heal", self.name, *([kind] if kind else []))

    def pardon(self) -> None:
        """Let sshd forget failed logins: OpenSSH 9.8 and later shut out an address that had some, 9.2 does not."""
        if self.suite != "bookworm":
            lab_command("pardon", self.name)

    def exec(self, *command: str, check: bool = True) -> str:
        """Run a command as the host's root, past SSH and Docker, and return what it printed."""
        return lab_command("exec", self.name, "--", *command, check=check).stdout

    def sshd_mark(self) -> str:
        """Mark the end of sshd's log as it is now."""
        return lab_command("sshd-log", self.name, "--mark").stdout.strip()

    def sshd_log(self, after: str | None = None) -> str:
        """Return what sshd logged (DEBUG1), all of it or what came after a mark; none is dropped or late."""
        return lab_command("sshd-log", self.name, *(["--after", after] if after else [])).stdout

    def fingerprints_now(self) -> dict[str, str]:
        """Read the fingerprints that sshd shows at this moment, which the fault host-key-changed changes."""
        hosts = {host["name"]: host for host in lab_status()["hosts"]}
        fingerprints: dict[str, str] = hosts[self.name]["fingerprints"]
        return fingerprints

    def known_hosts_line(self, kind: str = "ed25519") -> str:
        """Return the known_hosts line that pins the key the host had when the lab came up."""
        return f"{self.address} {self.host_keys[kind]}\n"


@dataclass(frozen=True, slots=True)
class RealLab:
    """Is the lab that is up for this test session."""

    hosts: dict[str, LabHost]

    def __getitem__(self, name: str) -> LabHost:
        """Find a host by its name."""
        return self.hosts[name]

    @contextmanager
    def swarm(self, manager: str, *workers: str) -> Iterator[None]:
        """Have a real swarm of these hosts for the length of a block."""
        try:
            lab_command("swarm", "init", manager, *workers)
            yield
        finally:
            lab_command("swarm", "leave", *workers, manager)


def read_lab() -> RealLab:
    """Read the lab that is up."""
    return RealLab({host["name"]: _host_from(host) for host in lab_status()["hosts"]})


def _host_from(status: dict[str, Any]) -> LabHost:
    return LabHost(
        name=status["name"],
        address=status["address"],
        port=status["port"],
        users=tuple(status["users"]),
        key_path=Path(status["keyPath"]),
        fingerprints=status["fingerprints"],
        host_keys=status["hostKeys"],
        suite=status["suite"],
        engine=status["engine"],
    )
