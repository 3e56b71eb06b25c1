"""Which action each command is, and so which scope it needs; None for what touches neither store nor server."""

from __future__ import annotations

ACTION_OF: dict[str, str | None] = {
    "status": "server.status",
    "doctor": "server.doctor",
    "poll": "server.poll",
    "server add": "server.register",
    "server list": "server.list",
    "server show": "server.show",
    "server update": "server.update",
    "server remove": "server.delete",
    "server check": "server.check",
    "server import": "server.import",
    "server host-key list": "server.ssh-host-identity.list",
    "server host-key scan": "server.ssh-host-identity.observe",
    "server host-key approve": "server.ssh-host-identity.approve",
    "server host-key rotate": "server.ssh-host-identity.rotate",
    "server ops history": "operation.list",
    "server ops cleanup": "server.cleanup.run",
    "server ops logs": "operation.logs",
    "server ops resources": "server.resources.check",
    "access-assets ssh-key list": "ssh_key.list",
    "audit list": "audit.list",
    "audit verify": "audit.verify",
    "vault status": "vault.status",
    "config show": None,
    "keys list": None,
    "keys check": None,
    "schema": None,
    "demo": None,
}
