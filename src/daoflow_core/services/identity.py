"""Host identities: scan without credentials, approve one exact fingerprint, rotate after a change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from daoflow_core.clock import Clock, seconds_between, stamp
from daoflow_core.errors import Conflict, HostIdentityMismatch, HostIdentityUnapproved, InvalidInput
from daoflow_core.ids import new_id
from daoflow_core.model.identity import HostKey, HostKeyStatus, IdentityReport, ScannedKey, Verification
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Server
from daoflow_core.parse import fields
from daoflow_core.ports import Database, Hosts, Scanner, Transaction
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.jumps import Jumps
from daoflow_core.services.recorder import Recorder
from daoflow_core.store import host_keys

OBSERVE = "server.ssh-host-identity.observe"
APPROVE = "server.ssh-host-identity.approve"
ROTATE = "server.ssh-host-identity.rotate"
GLANCE_SECONDS = 900
"""How old the sight of a changed key may be before the poller looks again, seconds."""


def verify(identities: tuple[HostKey, ...]) -> Verification:
    """How the newest scan stands to the approved key: the keys seen last all bear the same stamp."""
    approved = next((key for key in identities if key.status is HostKeyStatus.APPROVED), None)
    if approved is None:
        return Verification.UNAPPROVED
    newest = max(key.last_observed_at for key in identities)
    return Verification.MATCH if approved.last_observed_at == newest else Verification.MISMATCH


def shown_now(identities: tuple[HostKey, ...]) -> tuple[HostKey, ...]:
    """The keys of the newest scan, the one to compare first: ed25519, then as the server's tools list them."""
    newest = max((key.last_observed_at for key in identities), default="")
    shown = (key for key in identities if key.last_observed_at == newest)
    return tuple(sorted(shown, key=lambda key: (key.algorithm != "ssh-ed25519", key.algorithm)))


class IdentityService:
    """The only way a host key becomes trusted."""

    def __init__(
        self,
        database: Database,
        scanner: Scanner,
        hosts: Hosts,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        jumps: Jumps,
        clock: Clock,
    ) -> None:
        self._database = database
        self._scanner = scanner
        self._hosts = hosts
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._jumps = jumps
        self._clock = clock

    async def report(self, reference: str) -> IdentityReport:
        """What the store knows of a server's host keys; asks nobody."""
        server = await self._inventory.find(reference)
        await self._access.require("server.ssh-host-identity.list", f"server/{server.id}")
        return await self.known(server.id)

    async def known(self, server_id: str) -> IdentityReport:
        """The stored identities of one server, by its id."""
        identities = tuple(await host_keys.list_for(self._database, server_id))
        approved = next((key for key in identities if key.status is HostKeyStatus.APPROVED), None)
        return IdentityReport(server_id, approved, identities, verify(identities))

    async def scan(self, reference: str) -> IdentityReport:
        """Ask a server for its host keys and record what it shows; no credentials are sent."""
        server = self._remote(await self._inventory.find(reference))
        keys = await self.scan_as_operation(server)
        await self._database.write(self._observing(server.id, keys))
        return await self.known(server.id)

    async def scan_as_operation(self, server: Server) -> tuple[ScannedKey, ...]:
        """One recorded scan; the server need not be registered yet."""
        scope = await self._access.require(OBSERVE, f"server/{server.id}")
        handle = await self._recorder.begin(
            server,
            OperationKind.HOST_KEY_SCAN,
            dry_run=False,
            scope=scope,
            actor=self._access.principal.name,
            action=OBSERVE,
            summary=f"Host key scan of {server.endpoint.address}",
        )
        async with handle:
            jump = await self._jumps.of(server)
            through = f" through {jump.name}" if jump else ""
            handle.log(
                Stream.RUN,
                f"ask {server.endpoint.address}{through} for its host keys; no user name, no key is sent",
            )
            keys = await self._scanner.scan(server.endpoint.host, server.endpoint.port, jump)
            for key in keys:
                handle.log(Stream.STDOUT, f"{key.algorithm} {key.fingerprint}")
            await handle.finish(
                OperationStatus.COMPLETED,
                f"{server.endpoint.address} shows {len(keys)} host {'key' if len(keys) == 1 else 'keys'}.",
                {"fingerprints": [key.fingerprint for key in keys]},
            )
        return keys

    async def glance(self, server: Server, *, asked: bool) -> None:
        """Record what a server with a changed key shows now, so that an operator can compare; trust is untouched.

        The poller does not do so at every check: a server may punish who asks for its keys and never logs in.
        """
        report = await self.known(server.id)
        seen = max((key.last_observed_at for key in report.identities), default="")
        known = report.verification is Verification.MISMATCH
        if known and not asked and seconds_between(seen, self._clock.now()) < GLANCE_SECONDS:
            return
        jump = await self._jumps.of(server)
        keys = await self._scanner.scan(server.endpoint.host, server.endpoint.port, jump)
        await self._database.write(self._observing(server.id, keys))

    async def proven(self, server_id: str) -> None:
        """Note that a login found the approved key just now: another key seen before is not the one shown any more."""
        report = await self.known(server_id)
        if report.approved is not None and report.verification is Verification.MISMATCH:
            await self._database.write(self._observing(server_id, (report.approved.scanned,)))

    async def approve(self, reference: str, fingerprint: str) -> IdentityReport:
        """Trust the key with exactly this fingerprint, which the server must show now; the first approval only."""
        server, chosen, report = await self._choose(reference, fingerprint, APPROVE)
        if report.approved is not None and report.approved.fingerprint == chosen.fingerprint:
            return report
        if report.approved is not None:
            raise Conflict(
                f"{server.name} has an approved host key already.",
                why=f"{report.approved.fingerprint} was approved by {report.approved.approved_by}.",
                next_step="Compare both keys with the server's own console, then rotate: "
                f"`server host-key rotate --server {server.name} --fingerprint … --yes`.",
                approved=report.approved.fingerprint,
            )
        await self._trust(server, chosen, APPROVE, {"fingerprint": chosen.fingerprint})
        return await self.known(server.id)

    async def approve_seen(self, server: Server, fingerprint: str) -> None:
        """Trust a key that a scan within the same action showed; the first approval only.

        Another scan would be more connections without a login, for which OpenSSH 9.8 and later shut a machine out.
        """
        await self._access.require(APPROVE, f"server/{server.id}", server_read_only=server.read_only)
        shown = shown_now((await self.known(server.id)).identities)
        chosen = next((key for key in shown if key.fingerprint == fingerprint), None)
        if chosen is None:
            raise mismatch(server, fingerprint, tuple(key.scanned for key in shown))
        await self._trust(server, chosen, APPROVE, {"fingerprint": chosen.fingerprint})

    async def rotate(self, reference: str, fingerprint: str) -> IdentityReport:
        """Trust another key than the approved one, also one that was trusted before."""
        server, chosen, report = await self._choose(reference, fingerprint, ROTATE)
        if report.approved is None:
            raise HostIdentityUnapproved(
                f"{server.name} has no approved host key to rotate from.",
                next_step=f"Approve one: `server host-key approve --server {server.name} --fingerprint … --yes`.",
            )
        if report.approved.fingerprint == chosen.fingerprint:
            return report
        detail = {"from": report.approved.fingerprint, "to": chosen.fingerprint}
        await self._trust(server, chosen, ROTATE, detail)
        return await self.known(server.id)

    async def _choose(
        self, reference: str, fingerprint: str, action: str
    ) -> tuple[Server, HostKey, IdentityReport]:
        """Scan afresh and find the one key the operator named."""
        wanted = fields.fingerprint(fingerprint)
        server = self._remote(await self._inventory.find(reference))
        await self._access.require(action, f"server/{server.id}", server_read_only=server.read_only)
        report = await self.scan(server.id)
        chosen = next((key for key in shown_now(report.identities) if key.fingerprint == wanted), None)
        if chosen is None:
            raise mismatch(server, wanted, tuple(key.scanned for key in shown_now(report.identities)))
        return server, chosen, report

    async def _trust(self, server: Server, key: HostKey, action: str, detail: Mapping[str, object]) -> None:
        """Supersede the old key and approve the new one in one transaction; links made under the old one end."""
        now, actor = stamp(self._clock.now()), self._access.principal.name

        async def change(transaction: Transaction) -> None:
            await host_keys.supersede_approved(transaction, server.id, now)
            approved = replace(key, status=HostKeyStatus.APPROVED, approved_at=now, approved_by=actor)
            await host_keys.approve(transaction, approved)

        await self._recorder.record_change(
            actor=actor,
            scope="server:write",
            action=action,
            target=f"server/{server.id}",
            detail={"algorithm": key.algorithm, **detail},
            work=change,
            server_id=server.id,
        )
        await self._hosts.close(server.id)

    def _observing(
        self, server_id: str, keys: tuple[ScannedKey, ...]
    ) -> Callable[[Transaction], Awaitable[None]]:
        now = stamp(self._clock.now())

        async def observe(transaction: Transaction) -> None:
            for key in keys:
                await host_keys.observe(transaction, observed(server_id, key, now))

        return observe

    @staticmethod
    def _remote(server: Server) -> Server:
        if server.is_local:
            raise InvalidInput(
                f"{server.name} is this machine: it has no host key.",
                why="A local server runs commands here, without SSH.",
                next_step="Register it by another address to reach it over SSH.",
                field="server",
            )
        return server


def observed(server_id: str, key: ScannedKey, now: str) -> HostKey:
    """A scanned key as a first observation of it."""
    return HostKey(
        new_id("hk"),
        server_id,
        key.algorithm,
        key.public_key,
        key.fingerprint,
        HostKeyStatus.OBSERVED,
        now,
        now,
    )


def mismatch(server: Server, wanted: str, shown: tuple[ScannedKey, ...]) -> HostIdentityMismatch:
    """The refusal when a named fingerprint is not among the keys a server shows."""
    return HostIdentityMismatch(
        f"{server.endpoint.address} does not show {wanted}.",
        why="It shows " + ", ".join(f"{key.fingerprint} ({key.algorithm})" for key in shown) + ".",
        next_step="Compare these with the server's own console. Nothing was approved and nothing was sent.",
        wanted=wanted,
        shown=[{"algorithm": key.algorithm, "fingerprint": key.fingerprint} for key in shown],
    )
