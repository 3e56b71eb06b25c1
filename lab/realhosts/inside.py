"""Running commands inside a host, as its root, past SSH and Docker: for setting up, breaking and looking."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from realhosts.commands import LabError, run
from realhosts.processes import child_of
from realhosts.records import Host

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
JOURNAL = ("journalctl", "--quiet", "--no-pager")
SSHD_PROGRAMS = ("sshd", "sshd-session", "sshd-auth")  # OpenSSH 9.8 and later log under three names


def init_of(host: Host) -> int | None:
    """Find the machine's pid of the host's systemd, None while it is not there (yet)."""
    pid = child_of(host.pid) if host.is_up else None
    try:
        return pid if pid and Path(f"/proc/{pid}/comm").read_text().strip() == "systemd" else None
    except (FileNotFoundError, ProcessLookupError):
        return None


def entering(host: Host, command: Sequence[str]) -> list[str]:
    """Prefix a command so that it runs inside the host with a clean environment."""
    init = init_of(host)
    if init is None:
        raise LabError(f"Host {host.name} is not running: run `python3 lab/lab.py up {host.name}`.")
    namespaces = ["nsenter", "--target", str(init), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"]
    return [*namespaces, "--", "env", "-i", f"PATH={PATH}", "HOME=/root", "LC_ALL=C.UTF-8", *command]


def run_inside(
    host: Host, command: Sequence[str], *, check: bool = True, timeout: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run a command inside the host to its end (seconds)."""
    return run(entering(host, command), check=check, timeout=timeout)


def become(host: Host, command: Sequence[str]) -> NoReturn:
    """Turn this process into a command inside the host, with its standard streams and its exit status."""
    args = entering(host, command)
    os.execvp(args[0], args)


def script_inside(host: Host, script: str) -> str:
    """Run a shell script inside the host, ending at its first failure, and return what it printed."""
    return run_inside(host, ["sh", "-ec", script]).stdout


def sshd_log(host: Host, after: str | None = None) -> str:
    """Return what sshd logged, all of it or only what came after a mark."""
    names = [f"--identifier={name}" for name in SSHD_PROGRAMS]
    since = [f"--after-cursor={after}"] if after else []
    run_inside(host, ["journalctl", "--sync"])
    return run_inside(host, [*JOURNAL, "--output=short-iso-precise", *names, *since]).stdout


def sshd_log_mark(host: Host) -> str:
    """Return a mark for the end of the log as it is now."""
    run_inside(host, ["journalctl", "--sync"])
    shown = run_inside(host, [*JOURNAL, "--lines=1", "--output=cat", "--show-cursor"])
    return shown.stdout.rpartition("-- cursor: ")[2].strip()
