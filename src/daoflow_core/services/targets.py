"""Everything a connection to a server needs, or the reason why none may be made."""

from __future__ import annotations

from daoflow_core.errors import HostIdentityChanged, HostIdentityUnapproved, TimedOut, Unreachable
from daoflow_core.model.host import Target
from daoflow_core.model.identity import IdentityReport, Verification
from daoflow_core.model.server import Server
from daoflow_core.secret import Secret
from daoflow_core.services.identity import IdentityService
from daoflow_core.services.jumps import Jumps
from daoflow_core.services.keys import KeyService


class Targets:
    """Joins what is trusted with what opens: the pinned host key and the sealed private key of a server."""

    def __init__(self, identity: IdentityService, keys: KeyService, jumps: Jumps) -> None:
        self._identity = identity
        self._keys = keys
        self._jumps = jumps

    async def of(self, server: Server, private_key: Secret | None = None) -> Target:
        """The target of a server, with its own key or the one given.

        Raises HostIdentityUnapproved, JumpHostUnusable, NoCredentials, VaultLocked or VaultDamaged.
        """
        report = await self._identity.known(server.id)
        if report.approved is None:
            raise unapproved(server, report)
        jump, pinned = await self._jumps.of(server), report.approved.scanned
        if server.agent_fingerprint is not None and private_key is None:
            agent = server.agent_fingerprint
            return Target(server.id, server.endpoint, pinned, None, agent, jump, server.name)
        key = private_key or await self._keys.private_key(server)
        used = None if private_key else server.ssh_key_id
        return Target(server.id, server.endpoint, pinned, key, None, jump, server.name, used)

    async def fingerprint(self, server: Server) -> str | None:
        """The fingerprint of the approved host key; None for this machine itself and where none is approved."""
        if server.is_local:
            return None
        report = await self._identity.known(server.id)
        return report.approved.fingerprint if report.approved else None

    async def prove(self, server: Server) -> None:
        """Have the server show its host key now, on a connection of its own, before something is changed there.

        Raises HostIdentityUnapproved, HostIdentityChanged or Unreachable; no user name and no key is sent.
        """
        if server.is_local:
            return
        await self._identity.glance(server, asked=True)
        report = await self._identity.known(server.id)
        if report.approved is None:
            raise unapproved(server, report)
        if report.verification is Verification.MISMATCH:
            raise _changed(server, report.approved.fingerprint)

    async def proven(self, server: Server) -> None:
        """A login with the pinned key has just worked."""
        await self._identity.proven(server.id)

    async def note_changed_key(self, server: Server, *, asked: bool) -> None:
        """Record the key shown now, so that the operator can compare both fingerprints."""
        try:
            await self._identity.glance(server, asked=asked)
        except (Unreachable, TimedOut):
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


def _changed(server: Server, approved: str) -> HostIdentityChanged:
    """The refusal to change anything on a server that shows another host key than the approved one."""
    return HostIdentityChanged(
        f"The host key of {server.name} is not the approved one, so nothing was done there.",
        why=f"Approved is {approved}; the server does not show it.",
        next_step=f"Compare it with the server's own console: `server host-key list --server {server.name}`.",
        approved=approved,
    )
