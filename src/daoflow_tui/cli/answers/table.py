"""Which answer belongs to which command."""

from __future__ import annotations

from pydantic import BaseModel, RootModel

from daoflow_tui.cli.answers import assets, cleanup, records, resources, servers
from daoflow_tui.cli.answers.base import Failure


class AddAnswer(RootModel[servers.Registered | servers.Planned]):
    """`server add`: the server, or with `--dry-run` the plan."""


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
    "server check": servers.ServerShow,
    "server import": servers.Import,
    "server host-key list": servers.HostKeys,
    "server host-key scan": servers.HostKeys,
    "server host-key approve": servers.ServerShow,
    "server host-key rotate": servers.ServerShow,
    "server ops history": records.History,
    "server ops cleanup": cleanup.Cleanup,
    "server ops logs": records.Logs,
    "server ops resources": resources.ResourceCheck,
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
    "audit list": records.AuditEntries,
    "audit verify": records.AuditVerification,
    "vault status": records.VaultStatus,
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
