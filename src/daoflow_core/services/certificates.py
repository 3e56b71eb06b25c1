"""The certificate inventory: what each says, how it stands now, and where it is used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from daoflow_core import expiry
from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import AssetInUse, Conflict, NotFound, VaultDamaged
from daoflow_core.ids import new_id
from daoflow_core.model.assets import ServerName
from daoflow_core.model.certificates import (
    Certificate,
    CertificateBundle,
    CertificateMaterial,
)
from daoflow_core.model.vault import Place
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.key_inventory import in_use
from daoflow_core.services.recorder import Recorder
from daoflow_core.store import certificates as rows
from daoflow_core.store import sealed

TABLE, FIELDS = "certificates", ("certificate", "private_key", "ca_chain")
Work = Callable[[Transaction], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as it stands at one moment, and the servers that use it."""

    certificate: Certificate
    servers: tuple[ServerName, ...]
    status: str
    problems: tuple[str, ...]
    days_left: int
    valid_until: str


class CertificateService:
    """Reads and writes certificates; each change is one transaction with its audit rows."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._clock = clock

    async def list(self) -> list[Standing]:
        """Every certificate with its standing now, by name."""
        await self._access.require("certificate.list", "certificates")
        return [*await self.standings()]

    async def standings(self) -> tuple[Standing, ...]:
        """The same for a caller that has its own permission."""
        now, uses = self._clock.now(), await rows.uses(self._database)
        return tuple(_standing(one, uses, now) for one in await rows.list_all(self._database))

    async def show(self, reference: str) -> Standing:
        """One certificate with its standing now. Raises NotFound."""
        one = await self.find(reference)
        await self._access.require("certificate.show", f"certificate/{one.id}")
        return await self.standing(one)

    async def standing(self, one: Certificate) -> Standing:
        """How a certificate stands now."""
        return _standing(one, await rows.uses(self._database), self._clock.now())

    async def find(self, reference: str) -> Certificate:
        """The certificate with this id or name. Raises NotFound."""
        one = await rows.by_id_or_name(self._database, reference) if reference.isascii() else None
        if one is None:
            raise NotFound(
                f"There is no certificate {reference[:80]!a}.",
                next_step="`access-assets certificate list` shows them.",
            )
        return one

    async def create(self, name: str, material: CertificateMaterial) -> tuple[Standing, tuple[str, ...]]:
        """Take a certificate in, sealed; also gives what to say. Raises CertificateRejected or Conflict."""
        await self._access.require("certificate.create", "certificates")
        bundle, now = _read(material), stamp(self._clock.now())
        one = Certificate(new_id("cert"), name, bundle.facts, created_at=now, updated_at=now)
        await self._refuse_known(one)
        blobs = self._seal(one, bundle)

        async def work(transaction: Transaction) -> None:
            await rows.insert(transaction, one)
            await _put(transaction, blobs)

        await self._record("certificate.create", one, _told(one), work)
        return await self.standing(one), bundle.warnings

    async def rotate(
        self, reference: str, material: CertificateMaterial
    ) -> tuple[Standing, Certificate, tuple[str, ...]]:
        """Put another certificate in its place; the old one's sealed parts are gone, its facts stay in the audit.

        Also gives the old one, and what to say. Raises CertificateRejected or Conflict.
        """
        old = await self.find(reference)
        await self._access.require("certificate.rotate", f"certificate/{old.id}")
        bundle, now = _read(material), stamp(self._clock.now())
        new = replace(old, facts=bundle.facts, updated_at=now, rotated_at=now, version=old.version + 1)
        await self._refuse_known(new)
        blobs = self._seal(new, bundle)

        async def work(transaction: Transaction) -> None:
            stored = await rows.by_id_or_name(transaction, old.id)
            if stored is None or stored.version != old.version:
                raise Conflict(f"{old.name} changed meanwhile.", next_step="Look at it, then rotate again.")
            await rows.update(transaction, new)
            await _forget(transaction, old)
            await _put(transaction, blobs)

        detail = {"from": _told(old), "to": _told(new)}
        await self._record("certificate.rotate", new, detail, work)
        return await self.standing(new), old, (*bundle.warnings, *_losses(old, new))

    async def attach(self, reference: str, server_reference: str) -> tuple[Standing, bool]:
        """Record that a server uses a certificate; nothing is sent to it. False when that stood already."""
        return await self._use("certificate.attach", reference, server_reference)

    async def detach(self, reference: str, server_reference: str) -> tuple[Standing, bool]:
        """Forget that a server uses a certificate. False when it did not."""
        return await self._use("certificate.detach", reference, server_reference)

    async def delete(
        self, reference: str, *, detach: bool = False
    ) -> tuple[Certificate, tuple[ServerName, ...]]:
        """Remove a certificate for good; also gives the servers that used it. Raises AssetInUse."""
        one = await self.find(reference)
        target = f"certificate/{one.id}"
        await self._access.require("certificate.delete", target)
        async with self._access.on_record("certificate.delete", target, AssetInUse):
            return one, await self._delete(one, detach=detach)

    async def _delete(self, one: Certificate, *, detach: bool) -> tuple[ServerName, ...]:
        async def work(transaction: Transaction) -> tuple[ServerName, ...]:
            users = _users(one.id, await rows.uses(transaction))
            if users and not detach:
                raise in_use("certificate", one.name, users)
            await _forget(transaction, one)
            await rows.delete(transaction, one.id)
            return users

        users = _users(one.id, await rows.uses(self._database))
        if users and not detach:
            raise in_use("certificate", one.name, users)
        detail = {**_told(one), "detachedFrom": [server.id for server in users]}
        await self._record("certificate.delete", one, detail, work)
        return users

    async def prove(self) -> int:
        """Open every sealed part; how many certificates there are. Raises VaultLocked or VaultDamaged."""
        found = await rows.list_all(self._database)
        for one in found:
            for place in places_of(one):
                blob = await sealed.get(self._database, place)
                if blob is None:
                    raise VaultDamaged(
                        f"A sealed part of certificate {one.name} is missing.",
                        next_step="Rotate it with its files, or restore the store from a backup.",
                    )
                self._vault.open(place, blob)
        return len(found)

    async def _use(self, action: str, reference: str, server_reference: str) -> tuple[Standing, bool]:
        one, server = await self.find(reference), await self._inventory.find(server_reference)
        await self._access.require(action, f"certificate/{one.id}", server_read_only=server.read_only)
        used = server.id in {user.id for user in _users(one.id, await rows.uses(self._database))}
        wanted = action == "certificate.attach"
        if used is wanted:
            return await self.standing(one), False
        now, actor = stamp(self._clock.now()), self._access.principal.name

        async def work(transaction: Transaction) -> None:
            if wanted:
                await rows.attach(transaction, one.id, server.id, now, actor)
            else:
                await rows.detach(transaction, one.id, server.id)

        await self._record(action, one, {"serverId": server.id, "serverName": server.name}, work)
        return await self.standing(one), True

    async def _refuse_known(self, one: Certificate) -> None:
        for other in await rows.list_all(self._database):
            if other.facts.fingerprint == one.facts.fingerprint:
                raise Conflict(
                    f"This certificate is in the inventory already, as {other.name}.",
                    next_step=f"Look at it: `access-assets certificate show --certificate-id {other.id}`.",
                    certificate=other.id,
                )
            if other.name == one.name and other.id != one.id:
                raise Conflict(
                    f"A certificate named {one.name} exists.",
                    next_step="Give another name, or rotate that one.",
                    certificate=other.id,
                )

    def _seal(self, one: Certificate, bundle: CertificateBundle) -> dict[Place, bytes]:
        places = {field: _place(one, field) for field in bundle.parts}
        return {place: self._vault.seal(place, bundle.parts[field]) for field, place in places.items()}

    async def _record(self, action: str, one: Certificate, detail: Mapping[str, object], work: Work) -> None:
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope="server:write",
            action=action,
            target=f"certificate/{one.id}",
            detail=detail,
            work=work,
        )


def _read(material: CertificateMaterial) -> CertificateBundle:
    from daoflow_core.parse.certificates import read_bundle
    from daoflow_core.services.system_roots import system_roots

    return read_bundle(material, system_roots())


def _standing(one: Certificate, uses: list[tuple[str, str, str]], now: datetime) -> Standing:
    facts = asdict(one.facts)
    problems = tuple(expiry.problems(facts, now))
    status = problems[0] if problems else "valid"
    until = expiry.valid_until(facts)
    return Standing(one, _users(one.id, uses), status, problems, expiry.days_left(facts, now), until)


def _users(certificate_id: str, uses: list[tuple[str, str, str]]) -> tuple[ServerName, ...]:
    return tuple(ServerName(server_id, name) for used, server_id, name in uses if used == certificate_id)


def _told(one: Certificate) -> dict[str, object]:
    """What the audit trail says of a certificate: public facts, so that its history outlives it."""
    facts = one.facts
    return {
        "name": one.name,
        "fingerprint": facts.fingerprint,
        "notAfter": facts.not_after,
        "serial": facts.serial,
    }


def _losses(old: Certificate, new: Certificate) -> list[str]:
    """What the old certificate had and the new one lacks."""
    said = []
    missing = [name for name in old.facts.domains if name not in new.facts.domains]
    if missing:
        said.append(f"The new certificate is not for {', '.join(missing[:10])}, which the old one was for.")
    if new.facts.not_after <= old.facts.not_after:
        said.append(f"The new certificate does not last longer: until {new.facts.not_after}.")
    if old.facts.has_private_key and not new.facts.has_private_key:
        said.append("The new certificate came without a private key; the old one had one.")
    return said


def places_of(one: Certificate) -> tuple[Place, ...]:
    """Where the parts that this version of a certificate has lie sealed."""
    has = {"private_key": one.facts.has_private_key, "ca_chain": bool(one.facts.chain)}
    return tuple(_place(one, field) for field in FIELDS if has.get(field, True))


def _place(one: Certificate, field: str) -> Place:
    return Place(TABLE, one.id, field, one.version)


async def _put(transaction: Transaction, blobs: Mapping[Place, bytes]) -> None:
    for place, blob in blobs.items():
        await sealed.put(transaction, place, blob)


async def _forget(transaction: Transaction, one: Certificate) -> None:
    for field in FIELDS:
        await sealed.delete(transaction, _place(one, field))
