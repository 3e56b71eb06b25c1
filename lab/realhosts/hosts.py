"""Making hosts and bringing them up until their SSH and Docker answer."""

import re
import shutil
import socket
import subprocess
import tempfile
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from realhosts import cgroups, network
from realhosts.bases import PACKAGES, base_path
from realhosts.commands import LabError, remove_tree, run, wait_until
from realhosts.inside import init_of, run_inside
from realhosts.places import SOURCES, Lab
from realhosts.processes import start_time
from realhosts.records import SSH_PORT, USERS, Host, all_hosts, find, folder_of, free_address, save

KEY_TYPES = ("ed25519", "ecdsa", "rsa")
DISK_SIZE = "3G"
BOOT_SECONDS = 90.0
UNUSED_PORT = 9
# Each writes itself (0) into its groups; the host's cgroup namespace must begin where its process 1 is.
KEEPER = """
for file in $KEEPER_GROUPS; do echo 0 > "$file"; done
exec nsenter --net="/run/netns/$NAMESPACE" \
  unshare --mount --uts --ipc --pid --fork --kill-child bash -ec "$FIRST"
"""
FIRST = """
for file in $HOST_GROUPS; do echo 0 > "$file"; done
exec unshare --cgroup bash "$BOOT" "$HOST" "$BASE" "$NAME"
"""


def parse_wish(wish: str) -> tuple[str, str]:
    """Read NAME or NAME:SUITE; gamma is the host with the oldest engine, every other one is a trixie."""
    name, _, suite = wish.partition(":")
    suite = suite or ("bookworm" if name == "gamma" else "trixie")
    if not re.fullmatch(r"[a-z][a-z0-9]{0,10}", name):
        raise LabError(f"{name!r} is no host name: use up to 11 lower-case letters and digits.")
    if suite not in PACKAGES:
        raise LabError(f"{suite!r} is no base: use {' or '.join(PACKAGES)}.")
    return name, suite


def ensure_client_key(lab: Lab) -> None:
    """Make the one key that every host lets in."""
    lab.state.mkdir(parents=True, exist_ok=True)
    if not lab.client_key.exists():
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "daoflow-lab", "-f", str(lab.client_key)])


def ensure_host(lab: Lab, name: str, suite: str) -> Host:
    """Find the host or make its disk, keys and record; it is not started."""
    host = find(lab, name)
    if host and host.suite != suite:
        raise LabError(
            f"Host {name} exists as {host.suite}: run `python3 lab/lab.py down` to have it as {suite}."
        )
    if host:
        return host
    address = free_address(lab, name, [other.address for other in all_hosts(lab)])
    _make_disks(lab, name, address)
    return save(lab, Host(name, suite, base_path(lab, suite).name, address))


def start(lab: Lab, host: Host) -> Host:
    """Boot the host unless it runs; its disk is as it was left."""
    if network.has_namespace(lab, host.name) and _takes_commands(host):
        return host
    cgroups.end_host(lab, host.name)
    network.connect_host(lab, host.name, host.address)
    with (folder_of(lab, host.name) / "boot.log").open("w") as log:
        keeper = subprocess.Popen(
            ["bash", "-ec", KEEPER],
            env=_boot_environment(lab, host),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    started = start_time(keeper.pid)
    if started is None:
        raise LabError(f"Host {host.name} ended at once. {_boot_log(lab, host)}")
    return save(lab, replace(host, pid=keeper.pid, started=started))


def _boot_environment(lab: Lab, host: Host) -> dict[str, str]:
    """Tell the keeper's scripts all they need."""
    keeper_groups = cgroups.ensure_groups(lab, cgroups.keeper_group(host.name))
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "FIRST": FIRST,
        "KEEPER_GROUPS": " ".join(map(str, keeper_groups)),
        "HOST_GROUPS": " ".join(map(str, cgroups.ensure_groups(lab, host.name))),
        "NAMESPACE": network.namespace_of(lab, host.name),
        "BOOT": str(SOURCES / "boot.sh"),
        "HOST": str(folder_of(lab, host.name)),
        "BASE": str(lab.bases / host.base),
        "NAME": host.name,
    }


def wait_booted(lab: Lab, host: Host) -> None:
    """Wait until the host's systemd has started what it starts."""
    name = host.name
    wait_until(lambda: bool(init_of(host)) or not host.is_up, f"{name}: systemd is not there", BOOT_SECONDS)
    if not host.is_up:
        raise LabError(f"Host {name} ended while booting. {_boot_log(lab, host)}")
    wait_until(lambda: _has_booted(host), f"{name}: systemd has not finished booting", BOOT_SECONDS)


def wait_answering(lab: Lab, host: Host) -> Host:
    """Wait until SSH and Docker answer, and note the engine's version."""
    name = host.name
    wait_until(lambda: is_listening(host), f"{name}: sshd does not listen", BOOT_SECONDS)
    wait_until(lambda: is_reachable(host), f"{name}: {host.address} cannot be reached", BOOT_SECONDS)
    wait_until(lambda: bool(engine_version(host)), f"{name}: the Docker engine does not answer", BOOT_SECONDS)
    return save(lab, replace(host, engine=engine_version(host)))


def is_listening(host: Host) -> bool:
    """Tell whether sshd listens; asked inside, so that no probe stands in its log or earns a punishment."""
    with suppress(LabError):
        return bool(run_inside(host, ["ss", "-Hltn", "sport", "=", f":{SSH_PORT}"]).stdout.strip())
    return False


def is_reachable(host: Host) -> bool:
    """Tell whether packets from the machine come back: a port where nothing listens must refuse."""
    with suppress(OSError):
        try:
            socket.create_connection((host.address, UNUSED_PORT), timeout=2).close()
        except ConnectionRefusedError:
            return True
    return False


def engine_version(host: Host) -> str:
    """Ask the host's engine for its version; an empty answer means that it does not answer."""
    with suppress(LabError):
        asked = ["docker", "version", "--format", "{{.Server.Version}}"]
        return run_inside(host, asked, timeout=5).stdout.strip()
    return ""


def _takes_commands(host: Host) -> bool:
    """Tell whether the host really runs: its keeper outlives a killed systemd by a while."""
    with suppress(LabError):
        return run_inside(host, ["true"], check=False, timeout=10).returncode == 0
    return False


def _has_booted(host: Host) -> bool:
    with suppress(LabError):
        state = run_inside(host, ["systemctl", "is-system-running"], check=False, timeout=10).stdout.strip()
        return state in ("running", "degraded")
    return False


def _boot_log(lab: Lab, host: Host) -> str:
    text = (folder_of(lab, host.name) / "boot.log").read_text(errors="replace").strip()
    return f"Its boot log ends: {text[-1000:] or '(nothing)'}"


def _make_disks(lab: Lab, name: str, address: str) -> None:
    """Make the host's folder aside, under a name never used before: a killed `up` may have children still writing."""
    lab.hosts.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=lab.hosts))
    aside.chmod(0o755)
    for part in ("upper/etc/ssh", "work", "root", "containerd"):
        (aside / part).mkdir(parents=True)
    _write_identity(aside / "upper/etc", name, address)
    _let_users_in(lab, aside / "upper")
    run(["truncate", f"--size={DISK_SIZE}", str(aside / "docker.img")])
    run(["mkfs.ext4", "-q", "-F", str(aside / "docker.img")])
    remove_tree(folder_of(lab, name))
    aside.rename(folder_of(lab, name))


def _write_identity(etc: Path, name: str, address: str) -> None:
    """Give the host its name, its machine id and a host key of each algorithm."""
    (etc / "hostname").write_text(f"{name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n{address} {name}\n")
    (etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")
    for kind in KEY_TYPES:
        file = str(etc / f"ssh/ssh_host_{kind}_key")
        run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", f"root@{name}", "-f", file])


def _let_users_in(lab: Lab, upper: Path) -> None:
    """Authorise the lab's client key for the three users of every host."""
    public = lab.client_key.with_suffix(".pub")
    for user_id, user in enumerate(USERS, start=2001):
        home = upper / "home" / user
        (home / ".ssh").mkdir(parents=True)
        shutil.copyfile(public, home / ".ssh/authorized_keys")
        for path, mode in ((home, 0o700), (home / ".ssh", 0o700), (home / ".ssh/authorized_keys", 0o600)):
            path.chmod(mode)
            shutil.chown(path, user_id, user_id)
