"""The root file systems under the hosts: built once from the machine's Debian source, then kept."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from realhosts.commands import LabError, remove_tree, run
from realhosts.places import SOURCES, Lab

COMMON = "systemd,systemd-sysv,dbus,openssh-server,sudo,iproute2,iptables,procps,busybox-static,docker.io,apt-utils"
# Debian's bookworm has the package managers of other families too: the tests of patch plans use the real ones.
OTHER_FAMILIES = "rpm,createrepo-c,dnf,zypper,pacman-package-manager"
# What people run in a shell: the tests of the host terminal use the real ones.
PROGRAMS = "vim,htop,tmux,less,mc"
PACKAGES = {
    "trixie": f"{COMMON},docker-cli,docker-compose,docker-buildx,{PROGRAMS}",
    "bookworm": f"{COMMON},{OTHER_FAMILIES}",
}
# Nobody reads these on a lab host, and they are a seventh of its disk.
UNREAD = ("doc/*", "man/*", "locale/*", "vim/vim*/doc/*", "vim/vim*/lang/*", "vim/vim*/tutor/*", "mc/help/*")
COMPOSE_PLUGIN = Path("usr/libexec/docker/cli-plugins/docker-compose")
APT_SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
BUILD_SECONDS = 900.0
# A build mounts the machine's devices in its root: they must be seen nowhere else and go when `up` is killed.
CONTAINED = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--pid",
    "--fork",
    "--mount-proc",
    "--kill-child",
)


def base_path(lab: Lab, suite: str) -> Path:
    """Name the folder of a base after its recipe, so that a changed recipe is another base."""
    recipe = repr((sorted(PACKAGES.items()), UNREAD)).encode() + (SOURCES / "base.sh").read_bytes()
    return lab.bases / f"{suite}-{hashlib.sha256(recipe).hexdigest()[:12]}"


def ensure_bases(lab: Lab, suites: Collection[str]) -> None:
    """Build the bases that are missing; bookworm takes its Compose plugin from trixie, so it needs both."""
    wanted = set(suites) | ({"trixie"} if "bookworm" in suites else set())
    missing = [suite for suite in PACKAGES if suite in wanted and not base_path(lab, suite).is_dir()]
    if not missing:
        return
    print(f"building base {' and '.join(missing)} (a minute or two, once)", flush=True)
    lab.bases.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        built = list(pool.map(lambda suite: _bootstrap(lab, suite), missing))
    for suite, folder in zip(missing, built, strict=True):
        _finish(lab, suite, folder)


def remove_stale_bases(lab: Lab, in_use: set[str]) -> None:
    """Delete unfinished bases and those of older recipes that no host of any lab stands on."""
    current = {base_path(lab, suite).name for suite in PACKAGES}
    for folder in lab.bases.iterdir() if lab.bases.is_dir() else ():
        if folder.name not in current | in_use:
            remove_tree(folder)


def _bootstrap(lab: Lab, suite: str) -> Path:
    target = Path(tempfile.mkdtemp(prefix=f"{suite}.new", dir=lab.bases))
    target.chmod(0o755)
    command = [
        *CONTAINED,
        "mmdebstrap",
        "--quiet",
        "--variant=apt",
        '--aptopt=APT::Install-Recommends "false"',
    ]
    command += [f"--dpkgopt=path-exclude=/usr/share/{part}" for part in UNREAD]
    command += [f"--include={PACKAGES[suite]}", suite, str(target), "-"]
    run(command, stdin=_source_of(suite), timeout=BUILD_SECONDS)
    return target


def _finish(lab: Lab, suite: str, target: Path) -> None:
    run(["bash", str(SOURCES / "base.sh"), str(target)])
    plugin = target / COMPOSE_PLUGIN
    if not plugin.exists():
        plugin.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(base_path(lab, "trixie") / COMPOSE_PLUGIN, plugin)
    target.rename(base_path(lab, suite))


def _source_of(suite: str) -> str:
    """Copy the machine's first Debian source for another suite, so that no registry is named here."""
    override = os.environ.get("DAOFLOW_LAB_APT_SOURCES")
    for path in (Path(override),) if override else APT_SOURCES:
        text = path.read_text() if path.is_file() else ""
        if found := re.search(r"^Types:.*?(?=\n\s*\n|\Z)", text, re.MULTILINE | re.DOTALL):
            return re.sub(r"^Suites:.*$", f"Suites: {suite}", found.group(), flags=re.MULTILINE) + "\n"
        if found := re.search(r"^(deb\s+(?:\[[^\]]*\]\s+)?\S+)\s+\S+(.*)$", text, re.MULTILINE):
            return f"{found.group(1)} {suite}{found.group(2)}\n"
    raise LabError(
        "No Debian apt source was found on this machine. The lab builds its hosts from Debian packages: "
        "run it on Debian, or let DAOFLOW_LAB_APT_SOURCES name a file with one."
    )
