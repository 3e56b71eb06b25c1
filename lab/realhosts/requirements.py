"""What the lab needs of the machine, and the exact words that get it."""

import os
import shutil

from realhosts.cgroups import UNSUPPORTED, is_supported
from realhosts.commands import LabError, run
from realhosts.places import SOURCES

PACKAGES = (SOURCES / "packages.txt").read_text().split()


def install_line() -> str:
    """Be the command that installs what is needed."""
    return f"apt-get update && apt-get install --yes --no-install-recommends {' '.join(PACKAGES)}"


def missing_packages() -> list[str]:
    """Name the needed Debian packages that are not installed."""
    format_ = "${db:Status-Abbrev} ${Package}\n"
    known = run(["dpkg-query", "--show", f"--showformat={format_}", *PACKAGES], check=False).stdout
    installed = {line.split()[1] for line in known.splitlines() if line.startswith("ii")}
    return [package for package in PACKAGES if package not in installed]


def obstacles() -> list[str]:
    """Say in whole sentences what keeps the lab from running here; an empty list means that it can."""
    if shutil.which("dpkg-query") is None:
        return ["The lab builds its hosts from Debian packages: run it on a Debian machine."]
    found = []
    if os.geteuid() != 0:
        found.append("The lab needs root, for namespaces and mounts: run it as root, for example with sudo.")
    if missing := missing_packages():
        found.append(f"Debian packages are missing ({', '.join(missing)}): run `{install_line()}` as root.")
    if not is_supported():
        found.append(UNSUPPORTED)
    return found


def require() -> None:
    """Raise a LabError with all obstacles, if there are any."""
    if found := obstacles():
        raise LabError(" ".join(found))


def install() -> None:
    """Install the needed packages with apt-get."""
    run(["apt-get", "update"], timeout=600)
    run(["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES], timeout=900)
