"""Everything a connection to a server needs, or the reason why none may be made."""

from __future__ import annotations

from daoflow_core.errors import HostIdentityUnapproved, Unreachable
from daoflow_core.model.host import Target
from daoflow_core.model.identity import IdentityReport, Verification
from daoflow_core.model.server import Server
from daoflow_core.secret import Secret
from daoflow_core.services.identity import IdentityService
from daoflow_core.services.keys import KeyService


class Targets:
    """Joins what is trusted with what opens: the pinned host key and the sealed private key of a server."""

    def __init__(self, identity: IdentityService, keys: KeyService) -> None:
        self._identity = identity
        self._keys = keys

    async def of(self, server: Server, private_key: Secret | None = None) -> Target:
        """The target of a server, with its own key or the one given.

        Raises HostIdentityUnapproved, NoCredentials, VaultLocked or VaultDamaged.
        """
        report = await self._identity.known(server.id)
        if report.approved is None:
            raise unapproved(server, report)
        if server.agent_fingerprint is not None and private_key is None:
            pinned = report.approved.scanned
            return Target(server.id, server.endpoint, pinned, None, server.agent_fingerprint)
        key = private_key or await self._keys.private_key(server)
        return Target(server.id, server.endpoint, report.approved.scanned, key)

    async def note_changed_key(self, server: Server) -> None:
        """Record the key shown now, once a change, so that the operator can compare both fingerprints."""
        report = await self._identity.known(server.id)
        if report.verification is Verification.MISMATCH:
            return
        try:
            await self._identity.glance(server)
        except Unreachable:
            return  # what was refused stands without it; the next check looks again


def unapproved(server: Server, report: IdentityReport) -> HostIdentityUnapproved:
    """The refusal to send anything to a server whose host key nobody approved."""
    return HostIdentityUnapproved(
        f"The host key of {server.name} is not approved, so nothing was sent to it.",
        why=f"{len(report.identities)} host keys were seen and none was approved."
        if report.identities
        else "No host key was seen yet.",
        next_step=f"Compare its fingerprint with the server's own console, then approve it: "
        f"`server host-key approve --server {server.name} --fingerprint SHA256:… --yes`.",
    )
