"""From what stands in the form to a checked wish: every field by the rule that the command line uses too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from daoflow_core.errors import InvalidInput
from daoflow_core.model.assets import SshKey
from daoflow_core.model.registration import KeyMaterial, ServerChanges, ServerDraft
from daoflow_core.model.server import Endpoint
from daoflow_core.parse import fields
from daoflow_core.secret import Secret

RULES: dict[str, Callable[[str], Any]] = {
    "name": fields.server_name,
    "host": fields.host,
    "port": fields.port,
    "user": fields.ssh_user,
    "region": fields.region,
}
REQUIRED = {"name": "A name is needed.", "host": "A host is needed: an address or a DNS name."}


def read_fields(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The clean values, and for each field that can't be used the sentence why."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, rule in RULES.items():
        if name in REQUIRED and not typed[name].strip():
            wrong[name] = REQUIRED[name]
            continue
        try:
            values[name] = rule(typed[name])
        except InvalidInput as error:
            wrong[name] = error.why or error.message
    return values, wrong


def find_key(words: str, keys: Sequence[SshKey]) -> SshKey | None:
    """The managed key with this name or id."""
    return next((key for key in keys if words in (key.name, key.id)), None)


def read_key(path: str, passphrase: Secret | None) -> KeyMaterial:
    """The key in a file; runs in the core's thread. Raises InvalidInput or KeyRejected."""
    from daoflow_core.ssh.key_files import load_key_file

    return KeyMaterial(Secret(load_key_file(path)), passphrase, "file")


def draft_of(values: Mapping[str, Any], kind: str, environment: str) -> ServerDraft:
    """A new server, its key still to be added."""
    return ServerDraft(
        name=values["name"],
        endpoint=Endpoint(values["host"], values["port"], values["user"]),
        region=values["region"],
        kind=fields.kind(kind),
        environment=fields.environment(environment),
    )


def changes_of(
    values: Mapping[str, Any], kind: str, environment: str, known: Mapping[str, Any]
) -> ServerChanges:
    """Only what differs from what is stored."""
    columns = {"name": "name", "host": "host", "port": "ssh_port", "user": "ssh_user", "region": "region"}
    new = {name: values[name] for name, column in columns.items() if values[name] != known[column]}
    return ServerChanges(
        name=new.get("name"),
        host=new.get("host"),
        ssh_port=new.get("port"),
        ssh_user=new.get("user"),
        region=new.get("region"),
        kind=fields.kind(kind) if kind != known["kind"] else None,
        environment=fields.environment(environment) if environment != known["environment"] else None,
    )
