"""What package managers say of updates, one module a family; `read` knows which one spoke."""

from __future__ import annotations

from collections.abc import Callable

from daoflow_core.model.patches import Package
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.packages import apt, others, rpm

READERS: dict[str, Callable[[StepReply], list[Package]]] = {
    "apt": apt.read,
    "dnf": rpm.read_dnf,
    "yum": rpm.read_dnf,
    "zypper": rpm.read_zypper,
    "pacman": others.read_pacman,
    "apk": others.read_apk,
}
"""By the manager's name: every update in the steps of its script. Each raises ValueError for what it can't read."""
