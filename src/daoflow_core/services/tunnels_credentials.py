"""The sealed secrets of tunnels: what a provider is asked with, what a connector runs with, what is being given."""

from __future__ import annotations

from dataclasses import dataclass, replace

from daoflow_core.errors import InvalidInput, VaultDamaged
from daoflow_core.model.tunnel import Provider, Tunnel
from daoflow_core.model.vault import Place
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.secret import Secret
from daoflow_core.store import sealed
from daoflow_core.tunnel_errors import CredentialMissing

TABLE = "tunnels"
CREDENTIAL, TOKEN, PENDING = "credential", "connector_token", "pending_secret"
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Sealed:
    """A tunnel with its new credential, sealed for the version that it has from now on."""

    tunnel: Tunnel
    place: Place
    blob: bytes

    async def put(self, transaction: Transaction) -> None:
        """Keep it in the transaction that writes the tunnel."""
        await sealed.put(transaction, self.place, self.blob)


class TunnelCredentials:
    """Seals and opens them; each is bound to its tunnel, its field and its version."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def seal(self, one: Tunnel, secret: Secret, now: str) -> Sealed:
        """The credential as it will be kept. Raises InvalidInput for what the provider can't be asked with."""
        clean = usable(one.provider, secret)
        new = replace(one, credential_version=one.credential_version + 1, credentials_at=now)
        place = Place(TABLE, one.id, CREDENTIAL, new.credential_version)
        return Sealed(new, place, self._vault.seal(place, clean))

    async def open(self, one: Tunnel) -> Secret:
        """The credential. Raises CredentialMissing, VaultLocked or VaultDamaged."""
        if not one.has_credentials:
            raise CredentialMissing(
                f"{one.name} has no credential, so its provider was not asked.",
                next_step="Give one: `tunnels rotate --stored-only --tunnel-id NAME --credentials-file PATH --yes`.",
                tunnel=one.id,
            )
        return await self.open_at(Place(TABLE, one.id, CREDENTIAL, one.credential_version), one.name)

    async def open_at(self, place: Place, name: str) -> Secret:
        """One sealed part. Raises VaultDamaged when it is missing."""
        blob = await sealed.get(self._database, place)
        if blob is None:
            raise VaultDamaged(
                f"A sealed part of tunnel {name} is missing.",
                next_step="Give its credential again, or restore the store from a backup.",
            )
        return self._vault.open(place, blob)

    def seal_at(self, place: Place, secret: Secret) -> bytes:
        """One part, sealed for its place."""
        return self._vault.seal(place, secret)

    async def forget(self, transaction: Transaction, one: Tunnel) -> None:
        """Remove every sealed part of a tunnel."""
        for field in (CREDENTIAL, TOKEN, PENDING):
            await sealed.delete(transaction, Place(TABLE, one.id, field, 0))


def usable(provider: Provider, secret: Secret) -> Secret:
    """A credential as it is kept: an API token is one line of visible ASCII. Raises InvalidInput, showing nothing."""
    data = secret.reveal()
    if provider is Provider.CLOUDFLARE:
        data = data.strip()
        if not data or len(data) > 4096 or not all(33 <= byte <= 126 for byte in data):
            raise _unusable(
                "A Cloudflare credential is an API token: one line of visible characters, without a space."
            )
        if data.startswith((b"{", b"eyJ")):
            raise _unusable(
                "It looks like a connector's token or file; an API token is needed to ask Cloudflare."
            )
    if not data.strip() or len(data) > LARGEST:
        raise _unusable(f"A credential has 1 to {LARGEST} bytes.")
    return Secret(data)


def _unusable(why: str) -> InvalidInput:
    return InvalidInput(
        "The credential can't be used.",
        why=why,
        next_step="Check the file; what is in it was not shown or kept.",
        field="credentials-file",
    )
