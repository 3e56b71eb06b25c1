"""`access-assets`: the managed SSH keys that servers log in with, and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.parse import fields
from daoflow_tui.cli import lines, registration, shapes
from daoflow_tui.cli.asking import confirm_named
from daoflow_tui.cli.call import Result, confirm, with_console
from daoflow_tui.cli.key_input import key_from
from daoflow_tui.cli.options import Leaf, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.server import Server
    from daoflow_core.services.key_inventory import Taken
    from daoflow_core.services.key_rotation import Rotation

NOUN = noun("Managed keys and certificates; private parts are never shown.")
KEYS = noun("Managed SSH keys.")
NOUN.add_typer(KEYS, name="ssh-key")

KeyRef = Annotated[str, typer.Option("--key-id", metavar="ID|NAME", help="The key, by id or name.")]
Name = Annotated[str, typer.Option("--name", help="How people and --key-id call it.")]
ServerId = Annotated[
    str, typer.Option("--server-id", "--server", metavar="ID|NAME", help="The server, by id or name.")
]
KeyFile = Annotated[
    str, typer.Option("--private-key-file", metavar="PATH|-", help="The private key; - reads standard input.")
]
Phrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase-file", metavar="PATH|-", help="First line: the key's passphrase; it is not kept."
    ),
]
Username = Annotated[
    str | None,
    typer.Option("--username", metavar="USER", help="Default user: servers log in as it with this key."),
]
Force = Annotated[
    bool, typer.Option("--force", help="Rotate also where the new key was not seen to log in; each is named.")
]
Detach = Annotated[bool, typer.Option("--detach", help="Take it from the servers that use it, and go on.")]


@KEYS.command("list", cls=Leaf)
def list_keys() -> Result:
    """List the managed SSH keys and the servers that use them, public facts only."""

    async def work(console: Console) -> Result:
        keys, users = await console.keys.list(), await console.keys.used_by()
        rows = [
            (
                key.name,
                key.key_type,
                key.bits,
                key.fingerprint,
                len(users.get(key.id, ())),
                key.last_used_at,
                key.id,
            )
            for key in keys
        ]
        text = lines.table(("NAME", "TYPE", "BITS", "FINGERPRINT", "SERVERS", "LAST USED", "ID"), rows)
        empty = ["No key is managed. `access-assets ssh-key create` takes one in."]
        data = {"keys": [shapes.ssh_key(key, users.get(key.id, ())) for key in keys]}
        return Result(data, text if rows else empty, [key.id for key in keys])

    return with_console(work)


@KEYS.command("show", cls=Leaf)
def show(key_id: KeyRef) -> Result:
    """Show one managed SSH key: its public part, its dates, and the servers that use it."""

    async def work(console: Console) -> Result:
        key = await console.keys.show(key_id)
        users = (await console.keys.used_by()).get(key.id, ())
        facts = [
            ("type", f"{key.key_type}, {key.bits} bits"),
            ("fingerprint", key.fingerprint),
            ("public key", key.public_key),
            ("default user", key.username),
            ("created", key.created_at),
            ("rotated", key.rotated_at),
            ("last used", key.last_used_at),
            ("used by", ", ".join(one.name for one in users) or "no server"),
        ]
        data = {"key": shapes.ssh_key(key, users)}
        return Result(data, [f"{key.name} ({key.id})", *lines.facts(facts)], [key.id])

    return with_console(work)


@KEYS.command("create", cls=Leaf)
def create(
    name: Name,
    private_key_file: KeyFile,
    passphrase_file: Phrase = None,
    username: Username = None,
    yes: Yes = False,
) -> Result:
    """Take a private key into the inventory, sealed."""
    wanted, user = fields.key_name(name), _user(username)
    confirm(yes, f"Take the private key in as {wanted}.")
    material = key_from(private_key_file, passphrase_file)

    async def work(console: Console) -> Result:
        taken = await console.key_inventory.create(wanted, material, user)
        return _taken(taken, [f"Took in {taken.key.name} ({taken.key.id}): {taken.key.fingerprint}"])

    return with_console(work)


@KEYS.command("generate", cls=Leaf)
def generate(name: Name, username: Username = None, yes: Yes = False) -> Result:
    """Make an Ed25519 key inside the vault, and print its public part only."""
    wanted, user = fields.key_name(name), _user(username)
    confirm(yes, f"Make an SSH key named {wanted}.")

    async def work(console: Console) -> Result:
        taken = await console.key_inventory.generate(wanted, user)
        return _taken(taken, [taken.key.public_key])

    return with_console(work)


@KEYS.command("rotate", cls=Leaf)
def rotate(
    key_id: KeyRef,
    private_key_file: KeyFile,
    passphrase_file: Phrase = None,
    username: Username = None,
    force: Force = False,
    yes: Yes = False,
) -> Result:
    """Replace a key's private part, once the new one is seen to log in to every server that uses it."""
    user = _user(username)
    confirm_named(yes, f"Rotate SSH key {key_id[:80]!a}.", lambda console: console.keys.find(key_id))
    material = key_from(private_key_file, passphrase_file)

    async def work(console: Console) -> Result:
        done = await console.key_rotation.rotate(key_id, material, username=user, force=force)
        return _rotated(done, force=force)

    return with_console(work)


@KEYS.command("attach", cls=Leaf)
def attach(key_id: KeyRef, server_id: ServerId, yes: Yes = False) -> Result:
    """Let a server log in with a managed key, as the key's default user if it has one; then check it."""
    confirm(yes, f"Attach SSH key {key_id[:80]!a} to server {server_id[:80]!a}.")

    async def work(console: Console) -> Result:
        made = await console.key_inventory.attach(key_id, server_id)
        answer = await registration.answer(console, made, verb="Attached the key to")
        key = await console.keys.find(made.key_id or "")
        return registration.with_data(answer, sshKey=shapes.ssh_key(key, await _users(console, key.id)))

    return with_console(work)


@KEYS.command("detach", cls=Leaf)
def detach(server_id: ServerId, yes: Yes = False) -> Result:
    """Leave a server without a key; its open connections end."""
    confirm(yes, f"Detach the SSH key of server {server_id[:80]!a}.")

    async def work(console: Console) -> Result:
        made, key = await console.key_inventory.detach(server_id)
        answer = await registration.shown(console, await console.fleet.outcome(made.server))
        users = () if key is None else await _users(console, key.id)
        gone = None if key is None else shapes.ssh_key(key, users)
        said = "It had no managed key." if key is None else f"Detached {key.name}."
        return registration.with_data(answer, said, detached=key is not None, sshKey=gone)

    return with_console(work)


@KEYS.command("delete", cls=Leaf)
def delete(key_id: KeyRef, detach: Detach = False, yes: Yes = False) -> Result:
    """Remove a managed key for good; refused while servers use it."""
    confirm_named(yes, f"Delete SSH key {key_id[:80]!a}.", lambda console: console.keys.find(key_id))

    async def work(console: Console) -> Result:
        key, users = await console.key_inventory.delete(key_id, detach=detach)
        text = [f"Deleted {key.name} ({key.id}).", *(f"{one.name} has no key now." for one in users)]
        return Result(shapes.deleted(key.id, key.name, users), text, [key.id])

    return with_console(work)


async def _users(console: Console, key_id: str) -> tuple[Server, ...]:
    return (await console.keys.used_by()).get(key_id, ())


def _user(username: str | None) -> str | None:
    return None if username is None else fields.ssh_user(username)


def _taken(taken: Taken, text: list[str]) -> Result:
    data = {"key": shapes.ssh_key(taken.key), "warnings": list(taken.warnings)}
    return Result(data, text, [taken.key.id], notes=[f"warning: {one}" for one in taken.warnings])


def _rotated(done: Rotation, *, force: bool) -> Result:
    proofs = [
        {
            "server": {"id": one.server.id, "name": one.server.name},
            "proven": one.proven,
            "code": one.code,
            "reason": one.reason,
        }
        for one in done.proofs
    ]
    data = {
        "key": shapes.ssh_key(done.key, [one.server for one in done.proofs]),
        "previousFingerprint": done.old.fingerprint,
        "forced": force,
        "proofs": proofs,
        "warnings": list(done.warnings),
    }
    proven = [one.server.name for one in done.proofs if one.proven]
    text = [f"Rotated {done.key.name} ({done.key.id}) to {done.key.fingerprint}."]
    text += (
        [f"The new key logs in to {', '.join(proven)}."] if proven else ["No server was seen to let it in."]
    )
    return Result(data, text, [done.key.id], notes=[f"warning: {one}" for one in done.warnings])
