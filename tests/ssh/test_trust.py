"""Nothing reaches a server whose host key is not the approved one, whatever lies in the user's `~/.ssh`."""

from __future__ import annotations

import asyncio
import os
import struct
import subprocess

import asyncssh
import pytest
from tests.ssh.parts import LOGIN_KEY, OTHER_KEY, OddServer, target, target_at

from daoflow_core.errors import AuthFailed, HostIdentityChanged, Unreachable
from daoflow_core.ssh.hostkeys import scanned
from daoflow_core.ssh.peer import LOOPBACK, make_host_key
from daoflow_core.ssh.scan import KeyScanner

KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa")


@pytest.fixture
def hostile_home(tmp_path, monkeypatch):
    """A home whose SSH configuration runs commands, trusts everybody and holds keys that must stay there."""
    home = tmp_path / "home"
    folder = home / ".ssh"
    folder.mkdir(parents=True)
    trap = tmp_path / "executed"
    (folder / "config").write_text(
        f'Match exec "touch {trap}"\n  User mallory\n'
        f"Host *\n  ProxyCommand touch {trap}\n  UserKnownHostsFile none\n  StrictHostKeyChecking no\n"
    )
    (folder / "config").chmod(0o600)
    (folder / "id_ed25519").write_bytes(OTHER_KEY.export_private_key())
    (folder / "id_ed25519").chmod(0o600)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(os.path, "expanduser", lambda path: str(path).replace("~", str(home), 1))
    return home, trap


def offered_nothing(peer) -> bool:
    return not peer.log.users and not peer.log.key_offers and not peer.log.commands


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_host_key_can_be_pinned(start_peer, transport, kind):
    peer = await start_peer(algorithms=KINDS)
    key = next(key for key in peer.host_keys if key.algorithm == kind)
    connection = await transport.connect(target(peer, host_key=key))
    shown = connection.get_server_host_key()
    connection.abort()
    await connection.wait_closed()
    assert scanned(shown) == key


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
async def test_a_changed_key_stops_everything_and_both_fingerprints_are_told(start_peer, transport, kind):
    peer = await start_peer(algorithms=(kind,))
    approved = peer.host_keys[0]
    (shown,) = peer.rotate_host_key()
    with pytest.raises(HostIdentityChanged) as caught:
        await transport.connect(target(peer, host_key=approved))
    assert offered_nothing(peer)
    assert approved.fingerprint in caught.value.why
    assert shown.fingerprint in caught.value.why
    assert caught.value.details == {"approved": approved.fingerprint, "shown": shown.fingerprint}


async def test_a_pinned_kind_that_vanished_is_a_changed_identity(start_peer, transport):
    peer = await start_peer(algorithms=("ssh-ed25519",))
    approved = peer.host_keys[0]
    peer.rotate_host_key("ssh-rsa")
    with pytest.raises(HostIdentityChanged) as caught:
        await transport.connect(target(peer, host_key=approved))
    assert offered_nothing(peer)
    assert "rsa-sha2" in caught.value.why
    assert caught.value.details["shown"] is None


def kexinit(*host_key_algorithms: str) -> bytes:
    """The first packet of a server with these host key algorithms."""
    lists = ["curve25519-sha256", ",".join(host_key_algorithms), *["aes128-ctr"] * 2, *["hmac-sha2-256"] * 2]
    names = b"".join(struct.pack(">I", len(text)) + text.encode() for text in [*lists, *["none"] * 2, "", ""])
    payload = b"\x14" + bytes(16) + names + bytes(5)
    padding = 8 - (5 + len(payload)) % 8 + 4
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def offers_only(*algorithms: str):
    async def talk(reader, writer):
        writer.write(b"SSH-2.0-old\r\n")
        await reader.readline()
        writer.write(kexinit(*algorithms))
        await writer.drain()
        await asyncio.sleep(0.2)

    return OddServer(talk)


async def test_a_server_that_only_signs_with_sha1_is_refused_without_crying_wolf(transport):
    pin = scanned(make_host_key("ssh-rsa").convert_to_public())
    async with offers_only("ssh-rsa") as server:
        with pytest.raises(Unreachable) as caught:
            await transport.connect(target_at(server.port, pin))
    assert caught.value.details["reason"] == "kex"
    assert "SHA-1" in caught.value.why


async def test_a_scan_that_finds_only_weak_kinds_says_so(transport):
    async with offers_only("ssh-rsa", "ssh-dss") as server:
        with pytest.raises(Unreachable) as caught:
            await KeyScanner(transport).scan(LOOPBACK, server.port)
    assert caught.value.details["reason"] == "kex"


async def test_rotating_back_connects_again(peer, transport):
    approved, first = peer.host_keys[0], list(peer._keys)
    peer.rotate_host_key()
    with pytest.raises(HostIdentityChanged):
        await transport.connect(target(peer, host_key=approved))
    peer.use_host_keys(first)
    connection = await transport.connect(target(peer, host_key=approved))
    connection.abort()
    await connection.wait_closed()


async def test_the_users_known_hosts_is_no_source_of_trust(peer, transport, hostile_home):
    home, _ = hostile_home
    approved = peer.host_keys[0]
    (shown,) = peer.rotate_host_key()
    lines = f"[{LOOPBACK}]:{peer.port} {shown.algorithm} {shown.public_key}\n"
    (home / ".ssh" / "known_hosts").write_text(lines)
    with pytest.raises(HostIdentityChanged):
        await transport.connect(target(peer, host_key=approved))
    assert offered_nothing(peer)


async def test_a_hostile_ssh_config_is_neither_read_nor_run(peer, transport, hostile_home):
    _, trap = hostile_home
    connection = await transport.connect(target(peer))
    connection.abort()
    await connection.wait_closed()
    await KeyScanner(transport).scan(LOOPBACK, peer.port)
    assert not trap.exists()
    assert peer.log.users == ["op"]


async def test_no_key_but_the_given_one_is_offered(peer, transport, hostile_home, monkeypatch):
    agent = await asyncio.create_subprocess_exec(
        "ssh-agent", "-D", "-a", str(hostile_home[0] / "agent"), stdout=asyncio.subprocess.DEVNULL
    )
    monkeypatch.setenv("SSH_AUTH_SOCK", str(hostile_home[0] / "agent"))
    try:
        while not (hostile_home[0] / "agent").exists():
            await asyncio.sleep(0.01)
        added = await asyncio.create_subprocess_exec(
            "ssh-add", str(hostile_home[0] / ".ssh" / "id_ed25519"), stderr=asyncio.subprocess.DEVNULL
        )
        assert await added.wait() == 0
        wrong = asyncssh.generate_private_key("ssh-ed25519")
        with pytest.raises(AuthFailed):
            await transport.connect(target(peer, key=wrong))
    finally:
        agent.terminate()
        await agent.wait()
    assert set(peer.log.key_offers) == {wrong.get_fingerprint("sha256")}


async def test_a_scan_finds_every_kind_in_order_and_offers_nothing(start_peer, transport):
    peer = await start_peer(algorithms=tuple(reversed(KINDS)))
    found = await KeyScanner(transport, gap=0).scan(LOOPBACK, peer.port)
    assert [key.algorithm for key in found] == list(KINDS)
    assert set(found) == set(peer.host_keys)
    assert offered_nothing(peer)


async def test_a_scan_makes_one_connection_a_kind_and_one_to_ask(start_peer, transport):
    """OpenSSH 9.8 counts connections that end before a login."""
    peer = await start_peer(algorithms=("ssh-ed25519", "ssh-rsa"))
    await KeyScanner(transport, gap=0).scan(LOOPBACK, peer.port)
    assert peer.log.connections == 3


async def test_scanned_fingerprints_are_those_of_ssh_keygen(start_peer, transport, tmp_path):
    peer = await start_peer(algorithms=KINDS)
    for key in await KeyScanner(transport, gap=0).scan(LOOPBACK, peer.port):
        public = tmp_path / "key.pub"
        public.write_text(f"{key.algorithm} {key.public_key}\n")
        said = subprocess.run(
            ["ssh-keygen", "-lf", public], capture_output=True, text=True, check=True
        ).stdout
        assert said.split()[1] == key.fingerprint


async def test_a_scan_of_nothing_is_unreachable(transport, start_peer):
    peer = await start_peer()
    await peer.aclose()
    with pytest.raises(Unreachable) as caught:
        await KeyScanner(transport).scan(LOOPBACK, peer.port)
    assert caught.value.details["reason"] == "refused"


async def test_a_scan_that_is_cut_half_way_is_an_error_and_no_short_list(start_peer, transport):
    """A key that is missing only because the server hung up must not look like a changed identity."""
    peer = await start_peer(algorithms=("ssh-ed25519", "ssh-rsa"))
    scanning = asyncio.create_task(KeyScanner(transport, gap=0.2).scan(LOOPBACK, peer.port))
    while peer.log.connections < 2:
        await asyncio.sleep(0.01)
    peer._acceptor.close()
    with pytest.raises(Unreachable):
        await scanning


def test_a_login_key_never_shows_in_a_target(peer):
    assert LOGIN_KEY.export_private_key().decode() not in repr(target(peer))
    assert make_host_key("ssh-ed25519") != make_host_key("ssh-ed25519")
