"""Who may do what: every action of the product, in one table, with the scope it needs."""

from __future__ import annotations

SERVER_READ = "server:read"
SERVER_WRITE = "server:write"
TERMINAL_OPEN = "terminal:open"

ALL_SCOPES = (SERVER_READ, SERVER_WRITE, TERMINAL_OPEN)
OWNER_SCOPES = frozenset({SERVER_READ, SERVER_WRITE})
"""The owner's defaults; terminal:open is in none: it is granted, for a time, for one server."""

ACTIONS: dict[str, str] = {
    "server.list": SERVER_READ,
    "server.show": SERVER_READ,
    "server.status": SERVER_READ,
    "server.check": SERVER_READ,
    "server.poll": SERVER_READ,
    "server.doctor": SERVER_READ,
    "server.register": SERVER_WRITE,
    "server.update": SERVER_WRITE,
    "server.delete": SERVER_WRITE,
    "server.import": SERVER_WRITE,
    "server.ssh-host-identity.list": SERVER_READ,
    "server.ssh-host-identity.observe": SERVER_WRITE,
    "server.ssh-host-identity.approve": SERVER_WRITE,
    "server.ssh-host-identity.rotate": SERVER_WRITE,
    "ssh_key.list": SERVER_READ,
    "ssh_key.show": SERVER_READ,
    "ssh_key.create": SERVER_WRITE,
    "ssh_key.generate": SERVER_WRITE,
    "ssh_key.rotate": SERVER_WRITE,
    "ssh_key.attach": SERVER_WRITE,
    "ssh_key.detach": SERVER_WRITE,
    "ssh_key.delete": SERVER_WRITE,
    "certificate.list": SERVER_READ,
    "certificate.show": SERVER_READ,
    "certificate.create": SERVER_WRITE,
    "certificate.rotate": SERVER_WRITE,
    "certificate.attach": SERVER_WRITE,
    "certificate.detach": SERVER_WRITE,
    "certificate.delete": SERVER_WRITE,
    "tunnel.list": SERVER_READ,
    "tunnel.show": SERVER_READ,
    "tunnel.check": SERVER_READ,
    "tunnel.create": SERVER_WRITE,
    "tunnel.update": SERVER_WRITE,
    "tunnel.routes.plan": SERVER_WRITE,
    "tunnel.routes.sync": SERVER_WRITE,
    "tunnel.routes.prune": SERVER_WRITE,
    "tunnel.credentials.rotate": SERVER_WRITE,
    "tunnel.delete": SERVER_WRITE,
    "server.resources.check": SERVER_READ,
    "server.cleanup.preview": SERVER_WRITE,
    "server.cleanup.run": SERVER_WRITE,
    "server.patch.plan": SERVER_WRITE,
    "server.swarm.topology.refresh": SERVER_WRITE,
    "server.swarm.node.plan": SERVER_WRITE,
    "server.swarm.node.update": SERVER_WRITE,
    "server.swarm.service.plan": SERVER_WRITE,
    "server.swarm.service.scale": SERVER_WRITE,
    "server.stack.list": SERVER_READ,
    "server.stack.show": SERVER_READ,
    "server.stack.plan": SERVER_WRITE,
    "server.stack.deploy": SERVER_WRITE,
    "server.stack.rollback": SERVER_WRITE,
    "server.stack.remove": SERVER_WRITE,
    "operation.cancel": SERVER_WRITE,
    "operation.list": SERVER_READ,
    "operation.logs": SERVER_READ,
    "audit.list": SERVER_READ,
    "audit.verify": SERVER_READ,
    "audit.show": SERVER_READ,
    "audit.export": SERVER_READ,
    "audit.anchor": SERVER_READ,
    "vault.status": SERVER_READ,
    "vault.verify": SERVER_READ,
    "vault.change": SERVER_WRITE,
    "vault.backup": SERVER_WRITE,
    "vault.restore": SERVER_WRITE,
    "server.terminal.open": TERMINAL_OPEN,
    "recording.list": SERVER_READ,
    "recording.play": SERVER_READ,
    "recording.export": SERVER_READ,
    "recording.delete": SERVER_WRITE,
    "recording.rule": SERVER_WRITE,
    "token.list": SERVER_READ,
    "token.create": SERVER_WRITE,
    "token.revoke": SERVER_WRITE,
    "grant.list": SERVER_READ,
    "grant.create": SERVER_WRITE,
    "grant.revoke": SERVER_WRITE,
}

RECORDS_ONLY = frozenset(
    {
        "server.cleanup.preview",
        "server.patch.plan",
        "server.stack.plan",
        "server.swarm.topology.refresh",
        "server.swarm.node.plan",
        "server.swarm.service.plan",
        "tunnel.routes.plan",
    }
)
"""Actions that need server:write but change nothing on a host: read-only stops changes, not looking ahead."""

OWNER_ONLY = frozenset(
    {
        "server.ssh-host-identity.approve",
        "server.ssh-host-identity.rotate",
        "audit.export",
        "vault.change",
        "vault.backup",
        "vault.restore",
        "recording.play",
        "recording.export",
        "recording.delete",
        "recording.rule",
        "token.list",
        "token.create",
        "token.revoke",
        "grant.create",
        "grant.revoke",
    }
)
"""What no token may do, whatever scopes it carries: it can't widen its own rights, nor carry everything away."""

ACROSS_SERVERS = frozenset(
    {
        "server.list",
        "server.status",
        "operation.list",
        "operation.logs",
        "audit.verify",
        "vault.status",
        "recording.list",
    }
)
"""What a token for some servers may do beyond them: the answers leave out every other server."""
