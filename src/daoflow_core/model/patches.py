"""Which package updates a host could take; planning never changes the host."""

from __future__ import annotations

from enum import StrEnum

from daoflow_core.model.stored import Stored


class PatchStatus(StrEnum):
    """The four honest answers."""

    AVAILABLE = "available"
    NONE = "none"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


class Package(Stored):
    """One update; None means that the package manager does not tell.

    `held` is the operator's own hold; `kept_back` waits for a fuller upgrade. `needs` says what must follow:
    "reboot", "restart docker", or nothing.
    """

    name: str
    architecture: str | None = None
    from_version: str | None = None
    to_version: str | None = None
    security: bool | None = None
    held: bool = False
    kept_back: bool = False
    new: bool = False
    origin: str | None = None
    needs: str | None = None


class Asked(Stored):
    """One command that the plan rests on, and how it ended."""

    command: str
    exit_code: int | None = None
    seconds: float | None = None
    reason: str | None = None


class PatchPlan(Stored):
    """All updates of a host, none left out; `packages` has every one, held ones too.

    `lists_age_seconds` is how long ago the host refreshed its package lists. `reboot_required` and
    `restart_services` are None where the host can't tell. `commands` are for the operator's own change window.
    """

    status: PatchStatus
    package_manager: str = "unknown"
    package_count: int | None = None
    security_count: int | None = None
    held_count: int | None = None
    packages: tuple[Package, ...] = ()
    lists_refreshed_at: str | None = None
    lists_age_seconds: int | None = None
    reboot_required: bool | None = None
    reboot_reason: str | None = None
    restart_services: tuple[str, ...] | None = None
    commands: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    os_name: str | None = None
    planned_at: str
    summary: str = ""
