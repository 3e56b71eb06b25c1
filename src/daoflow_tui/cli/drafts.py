"""From words on the command line to a checked wish: each field by its rule, before anything is opened or asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from daoflow_core.errors import InvalidInput
from daoflow_core.model.registration import KeyMaterial, ServerChanges, ServerDraft
from daoflow_core.parse import fields
from daoflow_tui.cli.key_input import key_material, refuse_two_keys

Name = Annotated[str, typer.Option("--name", help="How people and --server call it.")]
Host = Annotated[
    str, typer.Option("--host", help="IP address or DNS name; localhost is this machine, without SSH.")
]
Port = Annotated[str, typer.Option("--ssh-port", metavar="PORT", help="1 to 65535.")]
User = Annotated[
    str | None,
    typer.Option(
        "--ssh-user", metavar="USER", help="Who to log in as; else the key's default user, else root."
    ),
]
Region = Annotated[str, typer.Option("--region", help="A free word for where it stands.")]
Kind = Annotated[str, typer.Option("--kind", help="docker-engine or docker-swarm-manager.")]
Env = Annotated[str, typer.Option("--env", help="prod, staging or dev; empty for none.")]
KeyPath = Annotated[
    str | None, typer.Option("--ssh-key", metavar="PATH", help="Private key file, taken into the inventory.")
]
KeyFile = Annotated[
    str | None,
    typer.Option("--ssh-private-key-file", metavar="PATH|-", help="As --ssh-key; - reads standard input."),
]
KeyId = Annotated[
    str | None, typer.Option("--ssh-key-id", metavar="ID|NAME", help="A key of the inventory, by id or name.")
]
AgentKey = Annotated[
    str | None,
    typer.Option(
        "--agent-fingerprint",
        metavar="SHA256:…",
        help="Log in with this key of your SSH agent; nothing is stored. `ssh-add -l` lists them.",
    ),
]
Jump = Annotated[
    str | None,
    typer.Option(
        "--jump",
        metavar="SERVER|none",
        help="Reach it through this registered server, by id or name; none: directly.",
    ),
]
Passphrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase-file",
        metavar="PATH|-",
        help="First line: the key's passphrase; - reads standard input.",
    ),
]


DEFAULT_USER = "root"


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """How a key was named: at most one of path, file, key_id and agent."""

    path: str | None
    file: str | None
    key_id: str | None
    passphrase_file: str | None
    agent: str | None = None

    def check(self) -> None:
        """Refuse two names for one key."""
        refuse_two_keys(self.path, self.file, self.key_id, self.agent)

    def agent_key(self) -> str | None:
        """The fingerprint of the agent's key, if one was named."""
        return None if self.agent is None else fields.fingerprint(self.agent)

    def read(self) -> KeyMaterial | None:
        """The raw key, if one was given; reads files or standard input."""
        return key_material(self.path, self.file, self.passphrase_file)


def jump_of(words: str | None) -> str | None:
    """The server named as a hop; empty for none, and None when nothing was said."""
    if words is None:
        return None
    named = words.strip()
    if not named:
        raise InvalidInput(
            "--jump names no server.", next_step="Give an id, a name, or `none`.", field="jump"
        )
    return "" if named == "none" else named


def draft(
    name: str,
    host: str,
    port: str,
    user: str | None,
    region: str,
    kind: str,
    env: str,
    fingerprint: str | None,
) -> ServerDraft:
    """The plain fields of a new server, each checked."""
    return ServerDraft(
        name=fields.server_name(name),
        endpoint=fields.endpoint(host, port, DEFAULT_USER if user is None else user),
        user_given=user is not None,
        region=fields.region(region),
        kind=fields.kind(kind),
        environment=fields.environment(env),
        approve_fingerprint=None if fingerprint is None else fields.fingerprint(fingerprint),
    )


def changes(
    name: str | None,
    host: str | None,
    port: str | None,
    user: str | None,
    region: str | None,
    kind: str | None,
    env: str | None,
    read_only: bool | None,
) -> ServerChanges:
    """The plain fields that are to change, each checked; None leaves one as it is."""
    return ServerChanges(
        name=None if name is None else fields.server_name(name),
        host=None if host is None else fields.host(host),
        ssh_port=None if port is None else fields.port(port),
        ssh_user=None if user is None else fields.ssh_user(user),
        region=None if region is None else fields.region(region),
        kind=None if kind is None else fields.kind(kind),
        environment=None if env is None else fields.environment(env),
        read_only=read_only,
    )
