"""Someone between us and a server: in each case not one user name, key or command reaches the impostor."""

from __future__ import annotations

import asyncio
import sqlite3
import struct
import time
from contextlib import closing

import asyncssh
import pytest
from tests.traps.relay import Relay, kexinit

from daoflow_core.errors import HostIdentityMismatch
from daoflow_core.model.identity import Verification
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.ssh.peer import make_host_key

BLOCKED, READY, UNKNOWN = ReadinessStatus.BLOCKED, ReadinessStatus.READY, ReadinessStatus.UNKNOWN


@pytest.fixture
async def core(open_core, quick_limits):
    return await open_core()


@pytest.fixture
async def wire():
    async with Relay() as relay:
        yield relay


@pytest.fixture
async def trusted(core, wire, start_peer, draft):
    """The right server, ready, with its link open; it is reached over a wire that can be bent."""
    peer = await start_peer()
    wire.pass_to(peer.port)
    fingerprint = peer.host_keys[0].fingerprint
    made = await core.servers.add(draft("edge", wire.endpoint("deploy"), approve_fingerprint=fingerprint))
    assert made.readiness.status is READY
    return peer


def got_nothing(peer) -> bool:
    return (peer.log.users, peer.log.key_offers, peer.log.logins, peer.log.commands) == ([], [], 0, [])


def codes(readiness) -> list[str]:
    return [issue.code for issue in readiness.issues]


async def every_check(core) -> list[list[str]]:
    """What the operator's check, the poller's and the one after it say."""
    server = await core.inventory.find("edge")
    found = [await core.readiness.check("edge")]
    found += [await core.readiness.check_quietly(server.id) for _ in range(2)]
    assert {one.status for one in found} == {BLOCKED}
    return [codes(one) for one in found]


@pytest.mark.parametrize("kinds", [("ssh-ed25519",), ("ssh-rsa",), ("ecdsa-sha2-nistp256", "ssh-rsa")])
async def test_an_impostor_with_another_key_or_only_other_kinds(core, wire, trusted, start_peer, kinds):
    impostor = await start_peer(algorithms=kinds)
    wire.pass_to(impostor.port)
    wire.drop()
    assert await every_check(core) == [["host-key-changed"]] * 3
    assert impostor.log.connections
    assert got_nothing(impostor)
    report = await core.identity.report("edge")
    assert report.verification is Verification.MISMATCH
    assert {key.fingerprint for key in report.identities} >= {key.fingerprint for key in impostor.host_keys}


async def test_a_key_changed_in_the_middle_of_the_day_with_the_link_still_open(
    core, wire, trusted, start_peer
):
    """The old link is proven and may serve the poller; the first new handshake meets the impostor."""
    impostor = await start_peer()
    wire.pass_to(impostor.port)
    server = await core.inventory.find("edge")
    before = len(trusted.log.users)
    assert (await core.readiness.check_quietly(server.id)).status is READY
    assert len(trusted.log.users) == before, "the open link was used"
    wire.drop()
    assert codes(await core.readiness.check_quietly(server.id)) == ["host-key-changed"]
    assert await every_check(core) == [["host-key-changed"]] * 3
    assert got_nothing(impostor)


async def test_an_operators_check_proves_the_key_anew_though_a_link_is_open(core, wire, trusted, start_peer):
    impostor = await start_peer()
    wire.pass_to(impostor.port)
    assert codes(await core.readiness.check("edge")) == ["host-key-changed"]
    assert got_nothing(impostor)


async def test_another_port_of_the_same_host_inherits_no_trust(core, wire, trusted, start_peer, draft):
    other = await start_peer()
    made = await core.servers.add(draft("other", other.endpoint("deploy")))
    assert (made.readiness.status, made.identity.approved) == (UNKNOWN, None)
    assert codes(await core.readiness.check("other")) == ["host-key-unapproved"]
    with pytest.raises(HostIdentityMismatch):
        await core.identity.approve("other", trusted.host_keys[0].fingerprint)
    assert got_nothing(other)


async def test_two_trusted_servers_that_are_swapped_are_both_blocked(core, wire, trusted, start_peer, draft):
    """The key of the one is trusted, but not for the other."""
    second = await start_peer()
    async with Relay() as second_wire:
        second_wire.pass_to(second.port)
        trust = second.host_keys[0].fingerprint
        await core.servers.add(draft("second", second_wire.endpoint("deploy"), approve_fingerprint=trust))
        seen = [list(peer.log.users) for peer in (trusted, second)]
        wire.pass_to(second.port)
        second_wire.pass_to(trusted.port)
        for relay in (wire, second_wire):
            relay.drop()
        for name in ("edge", "second"):
            assert codes(await core.readiness.check(name)) == ["host-key-changed"]
        assert [peer.log.users for peer in (trusted, second)] == seen


async def test_an_impostor_that_has_the_public_key_but_not_the_private_one(core, wire, trusted, start_peer):
    """It shows the approved key and signs with its own: the proof fails before a name is told."""
    impostor = await start_peer()
    (stolen,) = asyncssh.load_keypairs([make_host_key("ssh-ed25519")])
    stolen.public_data = trusted._keys[0].public_data
    impostor._acceptor.update(server_host_keys=[stolen])
    wire.pass_to(impostor.port)
    wire.drop()
    checked = await core.readiness.check("edge")
    assert checked.status is BLOCKED
    assert impostor.log.connections
    assert got_nothing(impostor)


async def test_a_downgrade_to_sha1_signatures_is_refused(core, wire, start_peer, draft):
    peer = await start_peer(algorithms=("ssh-rsa",))
    wire.pass_to(peer.port)
    trust = peer.host_keys[0].fingerprint
    made = await core.servers.add(draft("edge", wire.endpoint("deploy"), approve_fingerprint=trust))
    assert made.readiness.status is READY
    wire.send(b"SSH-2.0-old\r\n" + kexinit(b"ssh-rsa"))
    wire.drop()
    assert await every_check(core) == [["ssh-no-common-algorithm"]] * 3
    assert b"deploy" not in wire.heard


async def test_a_host_certificate_of_a_stranger_is_not_even_asked_for(core, wire, trusted, start_peer):
    """A certificate without principals is good for every host, says the library: we offer no such algorithm."""
    authority, key = make_host_key("ssh-ed25519"), make_host_key("ssh-ed25519")
    certificate = authority.generate_host_certificate(key.convert_to_public(), "any")
    impostor = await start_peer()
    impostor._acceptor.update(server_host_keys=[key], server_host_certs=[certificate])
    wire.pass_to(impostor.port)
    wire.drop()
    assert await every_check(core) == [["host-key-changed"]] * 3
    assert got_nothing(impostor)


DAMAGE = {
    "an empty key": ("public_key", ""),
    "not base64": ("public_key", "???"),
    "a cut key": ("public_key", "AAAAC3NzaC1lZDI1NTE5AAAAIA=="),
    "another key under the old fingerprint": ("public_key", "other"),
    "an empty fingerprint": ("fingerprint", ""),
    "another algorithm": ("algorithm", "ssh-rsa"),
    "a weak algorithm": ("algorithm", "ssh-dss"),
    "an algorithm that is none": ("algorithm", "ssh-ed25519 AAAA\n* ssh-ed25519"),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_record_of_the_approved_key_trusts_nobody(core, wire, trusted, start_peer, damage):
    impostor = await start_peer()
    column, value = DAMAGE[damage]
    value = impostor.host_keys[0].public_key if value == "other" else value
    with closing(sqlite3.connect(core.paths.database, isolation_level=None)) as file:
        file.execute(f"update host_keys set {column} = ? where status = 'approved'", (value,))
    seen = list(trusted.log.users)
    wire.drop()
    checked = await core.readiness.check("edge")
    assert checked.status is BLOCKED
    assert checked.issues[0].next_step
    wire.pass_to(impostor.port)
    wire.drop()
    assert (await core.readiness.check("edge")).status is BLOCKED
    assert trusted.log.users == seen
    assert got_nothing(impostor)


async def test_without_an_approved_record_nothing_is_sent(core, wire, trusted):
    with closing(sqlite3.connect(core.paths.database, isolation_level=None)) as file:
        file.execute("delete from host_keys")
    wire.drop()
    seen = list(trusted.log.users)
    assert codes(await core.readiness.check("edge")) == ["host-key-unapproved"]
    assert trusted.log.users == seen


def tarpits():
    """Ways to waste a caller's time, by the stage they do it in."""

    async def silence(reader, writer):
        await asyncio.sleep(60)

    async def drip(reader, writer):
        for byte in b"SSH-2.0-OpenSSH_9.9" * 100:
            writer.write(bytes([byte]))
            await asyncio.sleep(0.05)

    async def endless_lines(reader, writer):
        while True:
            writer.write(b"%x\r\n" % time.monotonic_ns())
            await asyncio.sleep(0.05)

    async def stall_in_the_exchange(reader, writer):
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n" + kexinit(b"ssh-ed25519"))
        await asyncio.sleep(60)

    async def slow_packets(reader, writer):
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n" + kexinit(b"ssh-ed25519"))
        ignore = struct.pack(">IB", 12, 10) + b"\x02" + bytes(10)
        while True:
            writer.write(ignore)
            await asyncio.sleep(0.05)

    return [silence, drip, endless_lines, stall_in_the_exchange, slow_packets]


@pytest.mark.parametrize("tarpit", tarpits(), ids=lambda one: one.__name__)
async def test_a_tarpit_costs_its_limit_and_no_more(core, wire, trusted, tarpit):
    wire.behave(tarpit)
    wire.drop()
    started = time.monotonic()
    checked = await core.readiness.check("edge")
    assert time.monotonic() - started < 6
    assert checked.status is BLOCKED
    assert codes(checked)[0] in {
        "ssh-unreachable",
        "ssh-timed-out",
        "ssh-not-ssh",
        "ssh-closed",
        "host-key-changed",
    }
