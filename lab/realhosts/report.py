"""Telling what is up, for people and for programs."""

import base64
import hashlib
from pathlib import Path

from realhosts import network
from realhosts.inside import init_of
from realhosts.places import Lab
from realhosts.records import SSH_PORT, USERS, Host, all_hosts, folder_of


def status(lab: Lab) -> dict[str, object]:
    """Describe the lab and each of its hosts in plain values."""
    return {
        "number": lab.number,
        "network": f"{lab.network}.0/24",
        "folder": str(lab.state),
        "keyPath": str(lab.client_key),
        "switch": network.switch_of(lab),
        "hosts": [_host_status(lab, host) for host in all_hosts(lab)],
    }


def as_text(lab: Lab) -> str:
    """Describe the lab in lines for people."""
    lines = [
        f"{host.name:<12}{host.address:<14}{host.suite:<10}Docker {host.engine or '?':<18}"
        f"{'up' if host.is_up else 'down':<6}{', '.join(host.faults)}".rstrip()
        for host in all_hosts(lab)
    ]
    return (
        "\n".join([*lines, f"users {', '.join(USERS)}; key {lab.client_key}"]) if lines else "the lab is down"
    )


def fingerprint(public_key: str) -> str:
    """Compute the SHA256 fingerprint of a line in OpenSSH form, as ssh-keygen prints it."""
    digest = hashlib.sha256(base64.b64decode(public_key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _host_status(lab: Lab, host: Host) -> dict[str, object]:
    init = init_of(host)
    keys = _host_keys(folder_of(lab, host.name) / "upper/etc/ssh")
    return {
        "name": host.name,
        "address": host.address,
        "port": SSH_PORT,
        "users": list(USERS),
        "keyPath": str(lab.client_key),
        "fingerprints": {kind: fingerprint(line) for kind, line in keys.items()},
        "hostKeys": keys,
        "suite": host.suite,
        "engine": host.engine,
        "isUp": init is not None,
        "pid": host.pid,
        "initPid": init,
        "namespace": network.namespace_of(lab, host.name),
        "faults": list(host.faults),
    }


def _host_keys(folder: Path) -> dict[str, str]:
    """Read the public host keys that sshd shows now, by algorithm."""
    files = sorted(folder.glob("ssh_host_*_key.pub"))
    return {file.name.split("_")[2]: file.read_text().strip() for file in files}
