"""Keys, certificates and PFX with their passphrases, through every command there is; not one byte comes out."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest
from tests.cli.test_scopes import LINES
from tests.cli.tree import commands
from tests.parse import authority
from tests.traps.canaries import Canary, Sweep
from tests.traps.stage import PASSPHRASE, Stage, stage
from tests.traps.watching_children import children

__all__ = ["stage"]

LOCK = "canary of a certificate 3b77"
PFX_LOCK = "canary of a pfx file 90ae"
LAST = (
    "access-assets ssh-key detach", "access-assets ssh-key delete", "access-assets certificate delete",
    "server remove", "token revoke", "grant revoke", "vault remove-slot", "vault lock", "vault unlock",
)  # fmt: skip
"""What takes away what others need."""
NOT_RUN = {"demo", "vault restore", "schema"}
"""It has no end; it asks another store (tests/cli/test_vault.py); it looks at no store at all."""
WITHOUT_STORE = {"config show": (), "keys list": (), "keys check": (), "recordings screen": ("rec_none",)}


def canaries_of(name: str, one: authority.Made) -> tuple[Canary, Canary]:
    """The body of a certificate, and its private key."""
    body = Canary.of_pem(f"body of {name}", one.pem, one.certificate.signature)
    number = one.key.private_numbers().private_value.to_bytes(32, "big")
    return body, Canary.of_pem(f"key of {name}", one.key_pem(), number)


async def lay_out(stage: Stage) -> dict[str, str]:
    """A server, keys, certificates and files to give; what the command lines call them."""
    folder = stage.folder
    web, new, later = (authority.make(f"{one}.example") for one in ("web", "new", "later"))
    second, third = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    for file, data in (
        ("web.pem", web.pem), ("web.key", web.key_pem(LOCK.encode())), ("lock", f"{LOCK}\n".encode()),
        ("later.pfx", authority.pfx(later, passphrase=PFX_LOCK.encode())),
        ("new.pfx", authority.pfx(new, passphrase=PFX_LOCK.encode())), ("pfx-lock", f"{PFX_LOCK}\n".encode()),
        ("second", second.export_private_key("pkcs8-pem", passphrase=PASSPHRASE)),
        ("third", third.export_private_key("pkcs8-pem", passphrase=PASSPHRASE)),
        ("config", b"Host imported\n  HostName 127.0.0.1\n  Port 1\n"),
    ):  # fmt: skip
        (folder / file).write_bytes(data)
    stage.sweep.canaries += (
        *canaries_of("web", web),
        *canaries_of("new", new),
        *canaries_of("later", later),
        *(
            Canary.of_pem("key", one.export_private_key("openssh"), one.pyca_key.private_bytes_raw())
            for one in (second, third)
        ),
        Canary.of("lock of a certificate", LOCK),
        Canary.of("lock of a pfx", PFX_LOCK),
    )
    where = ("--host", "127.0.0.1", "--ssh-port", str(stage.peer.port), "--ssh-user", "deploy")
    key = ("--ssh-key", str(folder / "id"), "--passphrase-file", str(folder / "phrase"))
    trust = ("--approve-fingerprint", stage.peer.host_keys[0].fingerprint, "--yes")
    assert (await stage.cli("server", "add", "--name", "edge", *where, *key, *trust))["ok"]
    parts = ("--certificate-file", str(folder / "web.pem"), "--private-key-file", str(folder / "web.key"))
    create = ("access-assets", "certificate", "create", "--name", "web", *parts)
    assert (await stage.cli(*create, "--yes"))["code"] == "CERTIFICATE_REJECTED", "without its passphrase"
    assert (await stage.cli(*create, "--passphrase-file", str(folder / "lock"), "--yes"))["ok"]
    await stage.cli("token", "create", "--name", "spare", "--scopes", "server:read", "--yes")
    granted = await stage.cli("grant", "terminal", "--server", "edge", "--reason", "look", "--yes")
    history = await stage.cli("server", "ops", "history", "--server", "edge")
    return {
        "{operation}": history["data"]["operations"][0]["id"],
        "{config}": str(folder / "config"),
        "{grant}": granted["data"]["grant"]["id"],
        "{slot}": str(stage.home / "second.key"),
        "{key}": str(folder / "second"),
        "{certificate}": str(folder / "web.pem"),
    }


def line_of(command: str, places: dict[str, str], stage: Stage, number: int) -> list[str]:
    """The words of one command; where it takes a secret, a locked one with its passphrase is given."""
    words = [places.get(word, word) for word in {**LINES, **WITHOUT_STORE}[command]]
    words = [str(stage.folder / "out" / str(number)) if word == "{out}" else word for word in words]
    if command == "access-assets ssh-key rotate":
        words = [str(stage.folder / "third") if word == places["{key}"] else word for word in words]
    if command in ("access-assets ssh-key create", "access-assets ssh-key rotate"):
        words += ["--passphrase-file", str(stage.folder / "phrase")]
    if command in ("access-assets certificate create", "access-assets certificate rotate"):
        file = "later.pfx" if command.endswith("rotate") else "new.pfx"
        words = [*words[:2], "--pfx-file", str(stage.folder / file)]
        words += ["--passphrase-file", str(stage.folder / "pfx-lock"), "--yes"]
    return [*command.split(), *words]


@pytest.mark.parametrize("stage", ["key file"], indirect=True)
async def test_no_command_gives_a_key_a_certificate_or_a_passphrase_away(stage):
    (stage.folder / "out").mkdir()
    slow = stage.folder / "programs" / "apt-get"
    slow.write_text("#!/bin/sh\nexit 100\n")  # this machine's own updates are not the question here
    slow.chmod(0o755)
    with children() as started:
        places = await lay_out(stage)
        told = set(commands()) - NOT_RUN
        assert told == {*LINES, *WITHOUT_STORE}, "a command that is not walked here could tell anything"
        ordered = [one for one in (*LINES, *WITHOUT_STORE) if one not in LAST] + list(LAST)
        answers = {}
        for number, command in enumerate(ordered):
            answers[command] = await stage.cli(*line_of(command, places, stage, number))
        for kind in ("ssh-key create", "ssh-key rotate", "certificate create", "certificate rotate"):
            assert answers[f"access-assets {kind}"]["ok"], answers[f"access-assets {kind}"]
    assert any("sh" in one for one in started), "children were seen"
    stage.sweep.add("child argv", "\n".join(started))
    stage.sweep.add("processes", stage.spool.read_bytes())
    stage.take_files()
    stage.sweep.add_files(stage.folder / "out")
    assert {"file daoflow.db", "child argv", "processes"} <= set(stage.sweep.seen)
    assert stage.sweep.hits() == []


async def test_the_watch_on_children_would_see_a_secret_in_their_words():
    with children() as started:
        child = await asyncio.create_subprocess_exec("/bin/true", PASSPHRASE)
        await child.wait()
    sweep = Sweep((Canary.of("phrase", PASSPHRASE),))
    sweep.add("child argv", "\n".join(started))
    assert sweep.hits() == [("phrase", "child argv")]


def test_the_search_would_find_each_part_of_a_certificate():
    made = authority.make("web.example")
    for data in (made.pem, made.der.hex().encode(), made.key_pem()):
        sweep = Sweep(canaries_of("web", made))
        sweep.add("here", b"before " + data + b" after")
        assert len(sweep.hits()) == 1, data
