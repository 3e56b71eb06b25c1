"""What the package managers of the demo hosts have to say of updates, written into each host's own folder."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

from daoflow_core.demo.hosts import DEBIAN_13, UBUNTU_24, Patches, Plan

SECURITY = "Debian-Security:12/oldstable-security"
ORDINARY = "Debian:12.11/oldstable"
DOCKER = "Docker:bookworm"
Update = tuple[str, str | None, str, str]
"""Name, installed version (None for a new package), version to come, where from."""

DUE: tuple[Update, ...] = (
    ("base-files", "12.4+deb12u10", "12.4+deb12u11", ORDINARY),
    ("containerd.io", "1.7.25-1", "1.7.27-1", DOCKER),
    ("curl", "7.88.1-10+deb12u8", "7.88.1-10+deb12u12", SECURITY),
    ("libc6", "2.36-9+deb12u9", "2.36-9+deb12u10", SECURITY),
    ("libcurl4", "7.88.1-10+deb12u8", "7.88.1-10+deb12u12", SECURITY),
    ("openssl", "3.0.15-1~deb12u1", "3.0.16-1~deb12u1", SECURITY),
    ("tzdata", "2024b-0+deb12u1", "2025b-0+deb12u1", ORDINARY),
)
FULLER: tuple[Update, ...] = (
    *DUE,
    ("docker-ce", "5:28.2.2-1~debian.12~bookworm", "5:28.3.3-1~debian.12~bookworm", DOCKER),
    ("linux-image-6.1.0-38-amd64", None, "6.1.147-1", SECURITY),
    ("linux-image-amd64", "6.1.140-1", "6.1.147-1", SECURITY),
)
HELD = ("docker-ce",)
FEW: tuple[Update, ...] = (
    ("unzip", "6.0-28", "6.0-28+deb12u1", SECURITY),
    ("zip", "3.0-13", "3.0-13+deb12u1", ORDINARY),
)
ELSEWHERE = {
    DEBIAN_13: {SECURITY: "Debian-Security:13/stable-security", ORDINARY: "Debian:13.1/stable"},
    UBUNTU_24: {
        SECURITY: "Ubuntu:24.04/noble-security",
        ORDINARY: "Ubuntu:24.04/noble-updates",
    },
}
"""Where other systems than Debian 12 have the same from."""
APK = (
    ("busybox", "1.36.1-r28", "1.36.1-r30"),
    ("libcrypto3", "3.3.2-r1", "3.3.3-r0"),
    ("linux-virt", "6.6.58-r0", "6.6.74-r0"),
    ("py3-pip", "24.0-r2", "24.0-r3"),
)
SAID = {Patches.MANY: (DUE, FULLER), Patches.FEW: (FEW, FEW)}
"""What a plain upgrade takes, and a fuller one without holds."""
LISTS = "var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages"


def furnish_patches(folder: Path, plan: Plan) -> None:
    """Write what the host's package manager answers, and how old its lists are."""
    if plan.patches is Patches.ALPINE:
        _write(folder / "demo/apk", _apk())
        _aged(folder / "lib/apk/db/installed", plan.lists_hours)
        return
    now, fuller = (_from_here(plan, updates) for updates in SAID.get(plan.patches, ((), ())))
    _write(folder / "demo/apt-upgrade", _apt(now, [one for one in fuller if one not in now]))
    _write(folder / "demo/apt-all", _apt(fuller, ()))
    _write(folder / "demo/packages", _selections(fuller))
    _write(folder / "var/lib/dpkg/status", "")
    _write(folder / LISTS, "")
    _aged(folder / "var/lib/apt/periodic/update-success-stamp", plan.lists_hours)
    _write(folder / "etc/kernel/postinst.d/unattended-upgrades", "")
    for shown in (folder / "var/lib/apt/lists", folder / LISTS):
        _age(shown, plan.lists_hours)
    if plan.patches is Patches.MANY:
        _write(folder / "run/reboot-required", "*** System restart required ***\n")
        _write(folder / "run/reboot-required.pkgs", "linux-image-6.1.0-37-amd64\n")
    if plan.patches is Patches.BROKEN:
        _write(folder / "demo/apt-broken", "/etc/apt/sources.list.d/docker.list\n")


def _apt(updates: Sequence[Update], left: Sequence[Update]) -> str:
    """What `apt-get -s -q` prints for an upgrade that takes `updates` and leaves the rest."""
    head = ["Reading package lists...", "Building dependency tree...", "Reading state information..."]
    head.append("Calculating upgrade...")
    held = [name for name, old, *_ in left if old is not None]
    fresh = [name for name, old, *_ in updates if old is None]
    for words, names in (
        ("The following packages have been kept back:", held),
        ("The following NEW packages will be installed:", fresh),
        ("The following packages will be upgraded:", [one[0] for one in updates if one[1] is not None]),
    ):
        head += [words, f"  {' '.join(names)}"] if names else []
    upgraded = len(updates) - len(fresh)
    head.append(
        f"{upgraded} upgraded, {len(fresh)} newly installed, 0 to remove and {len(held)} not upgraded."
    )
    inst = [
        f"Inst {name} {f'[{old}] ' if old else ''}({new} {origin} [amd64])"
        for name, old, new, origin in updates
    ]
    conf = [f"Conf {name} ({new} {origin} [amd64])" for name, _, new, origin in updates]
    return "\n".join([*head, *inst, *conf, ""])


def _from_here(plan: Plan, updates: Sequence[Update]) -> list[Update]:
    origins = ELSEWHERE.get(plan.os_name, {})
    return [(name, old, new, origins.get(origin, origin)) for name, old, new, origin in updates]


def _selections(updates: Sequence[Update]) -> str:
    installed = [name for name, old, *_ in updates if old is not None]
    names = [*installed, "adduser", "bash", "dpkg"]
    return "".join(f"{'hold' if name in HELD else 'install'} {name}\n" for name in sorted(names))


def _apk() -> str:
    rows = [f"{f'{name}-{old}':<39} < {new} " for name, old, new in APK]
    return "\n".join([f"{'Installed:':<43}Available:", *rows, ""])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _aged(path: Path, hours: int) -> None:
    _write(path, "")
    _age(path, hours)


def _age(path: Path, hours: int) -> None:
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))
