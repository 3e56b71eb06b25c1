"""Which answer belongs to which command."""

from __future__ import annotations

from pydantic import BaseModel, RootModel

from daoflow_tui.cli.answers import (
    assets,
    cleanup,
    records,
    resources,
    rights,
    screen,
    servers,
    stacks,
    swarm,
    terminal,
    tunnels,
    vault,
)
from daoflow_tui.cli.answers.base import Failure


class AddAnswer(RootModel[servers.Registered | servers.Planned]):
    """`server add`: the server, or with `--dry-run` the plan."""


class CheckAnswer(RootModel[servers.ServerShow | cleanup.Bulk]):
    """`server check`: the server with its new verdict, or one result a server."""


ANSWERS: dict[str, type[BaseModel]] = {
    "--version": records.Version,
    "status": servers.FleetStatus,
    "doctor": records.Doctor,
    "poll": records.Polled,
    "server add": AddAnswer,
    "server list": servers.ServerList,
    "server show": servers.ServerShow,
    "server update": servers.Registered,
    "server remove": servers.Removed,
    "server check": CheckAnswer,
    "server import": servers.Import,
    "server terminal": terminal.TerminalAnswer,
    "server host-key list": servers.HostKeys,
    "server host-key scan": servers.HostKeys,
    "server host-key approve": servers.ServerShow,
    "server host-key rotate": servers.ServerShow,
    "server ops history": records.History,
    "server ops cleanup": cleanup.Cleanup,
    "server ops patch": cleanup.Patch,
    "server ops show": records.OperationShown,
    "server ops cancel": records.Ending,
    "server ops export": records.OperationsExport,
    "server ops logs": records.Logs,
    "server ops resources": resources.ResourceChecks,
    "server ops swarm refresh-topology": swarm.Refreshed,
    "server ops swarm node availability": swarm.NodeAvailability,
    "server ops swarm service scale": swarm.ServiceScale,
    "server ops stack plan": stacks.StackPlanned,
    "server ops stack deploy": stacks.StackChange,
    "server ops stack rollback": stacks.StackChange,
    "server ops stack remove": stacks.StackChange,
    "server ops stack list": stacks.Stacks,
    "server ops stack show": stacks.StackShown,
    "access-assets ssh-key list": records.SshKeys,
    "access-assets ssh-key show": assets.SshKeyShow,
    "access-assets ssh-key create": assets.SshKeyTaken,
    "access-assets ssh-key generate": assets.SshKeyTaken,
    "access-assets ssh-key rotate": assets.SshKeyRotated,
    "access-assets ssh-key attach": assets.SshKeyAttached,
    "access-assets ssh-key detach": assets.SshKeyDetached,
    "access-assets ssh-key delete": assets.AssetDeleted,
    "access-assets certificate list": assets.Certificates,
    "access-assets certificate show": assets.CertificateShow,
    "access-assets certificate create": assets.CertificateTaken,
    "access-assets certificate rotate": assets.CertificateRotated,
    "access-assets certificate attach": assets.CertificateUse,
    "access-assets certificate detach": assets.CertificateUse,
    "access-assets certificate delete": assets.AssetDeleted,
    "tunnels list": tunnels.Tunnels,
    "tunnels show": tunnels.TunnelShow,
    "tunnels create": tunnels.TunnelShow,
    "tunnels update": tunnels.TunnelShow,
    "tunnels sync": tunnels.TunnelSynced,
    "tunnels check": tunnels.TunnelChecked,
    "tunnels rotate": tunnels.TunnelRotated,
    "tunnels delete": tunnels.TunnelDeleted,
    "tunnels prune-stale": tunnels.StaleRoutes,
    "audit list": records.AuditEntries,
    "audit show": records.AuditEntryShown,
    "audit verify": records.AuditVerification,
    "audit export": records.AuditExport,
    "audit anchor": records.AuditAnchor,
    "token create": rights.TokenMade,
    "token list": rights.Tokens,
    "token revoke": rights.TokenEnded,
    "grant terminal": rights.Granted,
    "grant list": rights.Grants,
    "grant revoke": rights.Granted,
    "recordings list": terminal.Recordings,
    "recordings rule": terminal.RecordingRule,
    "recordings play": terminal.PlayAnswer,
    "recordings export": terminal.RecordingExport,
    "recordings delete": terminal.RecordingDeleted,
    "recordings screen": screen.Screen,
    "vault status": vault.VaultStatus,
    "vault verify": vault.VaultVerified,
    "vault unlock": vault.VaultUnlocked,
    "vault lock": vault.VaultLocked,
    "vault add-slot": vault.VaultSlotChanged,
    "vault remove-slot": vault.VaultSlotChanged,
    "vault change-passphrase": vault.VaultSlotChanged,
    "vault rotate": vault.VaultRotated,
    "vault backup": vault.BackedUp,
    "vault restore": vault.Restored,
    "config show": records.Configuration,
    "keys list": records.KeyBindings,
    "keys check": records.KeyCheck,
    "schema": records.Schemas,
    "demo": servers.FleetStatus,
    "failure": Failure,
}


def schema_of(command: str) -> dict[str, object]:
    """The JSON Schema of the whole document a command writes. Raises KeyError for an unknown one."""
    schema = ANSWERS[command].model_json_schema(mode="serialization")
    if command == "failure":
        return schema
    definitions = schema.pop("$defs", {})
    document: dict[str, object] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"daoflow-tui {command}",
        "type": "object",
        "properties": {"ok": {"const": True}, "data": schema},
        "required": ["ok", "data"],
        "additionalProperties": False,
    }
    return {**document, "$defs": definitions} if definitions else document
