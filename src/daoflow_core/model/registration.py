"""What goes into registering or changing a server, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

from daoflow_core.model.identity import IdentityReport
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.secret import Secret


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """A raw private key on its way into the inventory: its bytes, its passphrase, and a word for where it came from."""

    data: Secret = field(repr=False)
    passphrase: Secret | None = field(default=None, repr=False)
    source: str = "input"


@dataclass(frozen=True, slots=True)
class ServerDraft:
    """A checked wish to register a server; at most one of key_material, key_id and agent_fingerprint is given.

    `user_given` False lets the default user of the key named by key_id be the user. `jump` is the id or name of the
    server through which it is reached.
    """

    name: str
    endpoint: Endpoint
    region: str
    kind: ServerKind
    environment: Environment
    key_material: KeyMaterial | None = None
    key_id: str | None = None
    approve_fingerprint: str | None = None
    agent_fingerprint: str | None = None
    user_given: bool = True
    jump: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """A server as it stands after it was added or changed; `key_reused`: its key was in the inventory before."""

    server: Server
    readiness: Readiness
    identity: IdentityReport | None
    key_reused: bool = False
    key_id: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerChanges:
    """A checked wish to change a server; None leaves a field as it is, an empty `jump` ends the way through a hop."""

    name: str | None = None
    host: str | None = None
    ssh_port: int | None = None
    ssh_user: str | None = None
    region: str | None = None
    kind: ServerKind | None = None
    environment: Environment | None = None
    read_only: bool | None = None
    key_material: KeyMaterial | None = None
    key_id: str | None = None
    agent_fingerprint: str | None = None
    jump: str | None = None

    def names(self) -> set[str]:
        """The fields that are to change."""
        return {one.name for one in fields(self) if getattr(self, one.name) is not None}

    def applied_to(self, server: Server) -> Server:
        """The server with the plain fields changed; keys and the jump host are resolved by the service."""
        old = server.endpoint
        endpoint = Endpoint(self.host or old.host, self.ssh_port or old.port, self.ssh_user or old.user)
        return replace(
            server,
            name=self.name or server.name,
            endpoint=endpoint,
            region=self.region or server.region,
            kind=self.kind or server.kind,
            environment=server.environment if self.environment is None else self.environment,
            read_only=server.read_only if self.read_only is None else self.read_only,
        )
