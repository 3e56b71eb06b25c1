"""The doctor's rounds: what the program itself stands on, then every server, live."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from daoflow_core.clock import Clock, parse_stamp, seconds_between, span, stamp
from daoflow_core.documents import STALE_AFTER
from daoflow_core.errors import (
    AuditBroken,
    ConfigInvalid,
    DaoflowError,
    StoreUnusable,
    UnsafePermissions,
    VaultDamaged,
    VaultLocked,
)
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.settings import Settings
from daoflow_core.paths import Paths
from daoflow_core.ports import Database, Row
from daoflow_core.services.access import Access
from daoflow_core.services.agent_check import check_agent
from daoflow_core.services.audit import AuditService
from daoflow_core.services.certificate_check import check_certificates
from daoflow_core.services.certificates import CertificateService
from daoflow_core.services.doctor import Check, Verdict, check_servers, examine
from daoflow_core.services.vault_service import VaultService
from daoflow_core.store import audit_log, meta, servers
from daoflow_core.store.instance import Instance

EARLIEST = datetime.fromisoformat("2026-01-01T00:00:00Z")
"""No clock is before the release of this program."""
TOLERANCE = timedelta(seconds=5)

_STAGES: tuple[tuple[type[DaoflowError], str], ...] = (
    (ConfigInvalid, "Configuration"),
    (StoreUnusable, "Store"),
    (UnsafePermissions, "Store"),
    (VaultLocked, "Vault"),
    (VaultDamaged, "Vault"),
    (AuditBroken, "Audit trail"),
)


def of_failed_start(error: DaoflowError) -> Check:
    """The finding when the console could not even be opened; nothing after it was looked at."""
    name = next((name for kind, name in _STAGES if isinstance(error, kind)), "Start")
    detail = f"{error.message} {error.why}".strip()
    return Check(name, Verdict.FAIL, f"{detail} Nothing else could be checked.", error.next_step)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the doctor looks at."""

    paths: Paths
    settings: Settings
    database: Database
    vault: VaultService
    audit: AuditService
    access: Access
    instance: Instance
    clock: Clock
    check: Callable[[str], Awaitable[Readiness]]
    certificates: CertificateService
    check_tunnels: Callable[[], Awaitable[Check | None]]
    agent_path: str | None = None


class Diagnosis:
    """One round of live checks; it repairs nothing."""

    def __init__(self, ground: Ground) -> None:
        self._on = ground

    async def run(self) -> list[Check]:
        """Every check, in the order a fault of one explains the next. Raises ScopeDenied."""
        await self._on.access.require("server.doctor", "doctor")
        fleet = await servers.fleet(self._on.database)
        own = [
            await examine("Configuration", self._configuration),
            await examine("Store", self._store),
            await examine("Vault", self._vault),
            *await self._certificates(),
            *await self._tunnels(),
            await examine("Clock", self._clock),
            await examine("Audit trail", self._audit),
            self._poller(fleet),
            *await check_agent(self._on.agent_path, fleet),
        ]
        return [*own, *await check_servers([(row["id"], row["name"]) for row in fleet], self._on.check)]

    async def _configuration(self) -> Check:
        given = [one for one in self._on.settings.origins() if one.source != "default"]
        file = self._on.paths.config_file
        where = f"{file} is read" if file.exists() else "there is no configuration file"
        return Check("Configuration", Verdict.OK, f"{len(given)} settings differ from the defaults; {where}.")

    async def _store(self) -> Check:
        faults = await meta.faults_of_integrity(self._on.database)
        faults += await meta.faults_of_schema(self._on.database)
        if faults:
            words = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
            step = "Keep a copy of the database and the files beside it, then restore a backup."
            return Check("Store", Verdict.FAIL, f"The database is damaged: {words}.", step)
        await self._on.database.keep_room()
        return Check("Store", Verdict.OK, f"{self._on.paths.database} is whole, and there is room to write.")

    async def _vault(self) -> Check:
        parts = await self._on.vault.prove()
        words = f"It opens, and so does every sealed part of keys and certificates ({parts})."
        return Check("Vault", Verdict.OK, words)

    async def _certificates(self) -> list[Check]:
        try:
            found = await check_certificates(self._on.certificates)
        except DaoflowError as error:
            return [Check("Certificates", Verdict.FAIL, error.message, error.next_step)]
        return [] if found is None else [found]

    async def _tunnels(self) -> list[Check]:
        try:
            found = await self._on.check_tunnels()
        except DaoflowError as error:
            return [Check("Tunnels", Verdict.FAIL, error.message, error.next_step)]
        return [] if found is None else [found]

    async def _clock(self) -> Check:
        now = self._on.clock.now()
        newest = await audit_log.newest(self._on.database, None, 1)
        last = parse_stamp(newest[0].at) if newest else EARLIEST
        step = "Set the clock right, for example with `timedatectl set-ntp true`."
        if now < EARLIEST:
            return Check("Clock", Verdict.FAIL, f"It says {stamp(now)}, which is in the past.", step)
        if now + TOLERANCE < last:
            detail = f"It says {stamp(now)}, before the newest record of {stamp(last)}: it was set back."
            return Check("Clock", Verdict.FAIL, detail, step)
        return Check("Clock", Verdict.OK, f"It says {stamp(now)}, after every record.")

    async def _audit(self) -> Check:
        found = await self._on.audit.verify()
        if not found.ok:
            step = "Keep a copy of the database as it is; `audit verify` says more."
            return Check("Audit trail", Verdict.FAIL, f"It does not verify: {found.reason}.", step)
        rolled = (
            "no rollback" if found.rollback_checked else "a rollback could not be checked, there is no anchor"
        )
        return Check("Audit trail", Verdict.OK, f"{found.entries} entries form one chain; {rolled}.")

    def _poller(self, fleet: list[Row]) -> Check:
        interval = self._on.settings.poll_interval_ms / 1000
        alive = not self._on.instance.take_poller_lock()
        if not alive:
            self._on.instance.release_poller_lock()
        stale = [row["name"] for row in fleet if self._is_stale(row, interval)]
        running = "A poller runs" if alive else "No poller runs"
        if not stale:
            return Check(
                "Readiness poller", Verdict.OK, f"{running}; no value is older than {STALE_AFTER} intervals."
            )
        step = "Keep the console open, or run `daoflow-tui poll` as a service."
        detail = (
            f"{running}, every {span(interval)}; {len(stale)} of {len(fleet)} servers have old or no values."
        )
        return Check("Readiness poller", Verdict.WARN, detail, step)

    def _is_stale(self, row: Row, interval: float) -> bool:
        checked_at = row["readiness_checked_at"]
        return (
            checked_at is None or seconds_between(checked_at, self._on.clock.now()) > STALE_AFTER * interval
        )
