"""What must follow an update, by the package's name; where the name tells nothing, nothing is claimed."""

from __future__ import annotations

import re

_KERNEL = re.compile(r"(?:linux-image|kernel(?:-core|-default|-lts)?$|linux$|linux-lts$|linux-virt$|vmlinuz)")
_DOCKER = re.compile(r"(?:docker(?:-ce|\.io|-engine)?|containerd(?:\.io)?|runc|moby-engine)$")
_EVERY = re.compile(r"(?:libc6|glibc|musl|openssl|libssl[0-9.a-z]*|systemd)$")


def needs_of(name: str) -> str | None:
    """`reboot`, `restart docker`, `restart services`, or None."""
    if _KERNEL.match(name):
        return "reboot"
    if _DOCKER.match(name):
        return "restart docker"
    return "restart services" if _EVERY.match(name) else None
