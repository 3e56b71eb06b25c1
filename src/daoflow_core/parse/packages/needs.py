"""What must follow an update, by the package's name; where the name tells nothing, nothing is claimed."""

from __future__ import annotations

import re

_KERNEL = re.compile(
    r"linux-image\S*|kernel(?:-(?:core|default|lts|modules|uek))?|linux(?:-(?:lts|virt|zen|hardened))?"
)
_DOCKER = re.compile(r"docker(?:-ce|\.io|-engine)?|containerd(?:\.io)?|runc|moby-engine")
_EVERY = re.compile(r"libc6|glibc|musl|openssl|libssl[0-9.a-z]*|systemd")


def needs_of(name: str) -> str | None:
    """`reboot`, `restart docker`, `restart services`, or None."""
    if _KERNEL.fullmatch(name):
        return "reboot"
    if _DOCKER.fullmatch(name):
        return "restart docker"
    return "restart services" if _EVERY.fullmatch(name) else None
