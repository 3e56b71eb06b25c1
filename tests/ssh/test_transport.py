"""Every way in which reaching a server fails has its own words, in its own time, and leaves nothing open."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import time

import pytest
from tests.ssh.parts import LOGIN_KEY, OTHER_KEY, QUICK, OddServer, eventually, open_files, target, target_at

from daoflow_core.errors import AuthFailed, DaoflowError, InvalidInput, KeyRejected, TimedOut, Unreachable
from daoflow_core.model.identity import ScannedKey
from daoflow_core.model.server import Endpoint
from daoflow_core.secret import Secret
from daoflow_core.ssh.dial import Limits
from daoflow_core.ssh.hostkeys import scanned
from daoflow_core.ssh.peer import LOOPBACK
from daoflow_core.ssh.round_trip import round_trip
from daoflow_core.ssh.transport import Transport

SOME_KEY = scanned(LOGIN_KEY.convert_to_public())


async def fail(transport: Transport, port: int) -> DaoflowError:
    with pytest.raises(DaoflowError) as caught:
        await transport.connect(target_at(port, SOME_KEY))
    error = caught.value
    assert f"127.0.0.1:{port}" in error.message, "the address belongs into the sentence"
    assert error.why and error.next_step
    return error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


async def test_a_closed_port_is_refused_at_once(transport):
    started = time.monotonic()
    error = await fail(transport, free_port())
    assert isinstance(error, Unreachable)
    assert error.details["reason"] == "refused"
    assert time.monotonic() - started < QUICK.tcp


async def test_a_listener_that_takes_no_more_connections_times_out_at_the_tcp_stage(transport):
    with socket.socket() as full:
        full.bind((LOOPBACK, 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for client in waiting:
                client.setblocking(False)
                client.connect_ex((LOOPBACK, port))
            error = await fail(transport, port)
        finally:
            for client in waiting:
                client.close()
    assert error.details["reason"] == "timeout"
    assert "did not answer" in error.message


async def test_a_silent_listener_times_out_before_it_takes_a_handshake_slot(transport):
    async def talk(reader, writer):
        await reader.read()

    async with OddServer(talk) as server:
        error = await fail(transport, server.port)
    assert error.details["reason"] == "timeout"
    assert "no SSH greeting" in error.message


async def test_a_greeting_of_one_byte_a_moment_never_reaches_the_handshake(transport):
    async def talk(_reader, writer):
        for byte in b"SSH-2.0-slow\r\n":
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.2)

    async with OddServer(talk) as server:
        error = await fail(transport, server.port)
    assert isinstance(error, Unreachable)
    assert error.details["reason"] == "timeout"


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "not-ssh"),
        ([os.urandom(64 * 1024).replace(b"SSH-", b"....")], "not-ssh"),
        ([b"SSH-2.0-caf\xc3\xa9\r\n"], "not-ssh"),
        ([], "closed"),
        ([b"Exceeded MaxStartups\r\n"], "closed"),
        ([b"SSH-1.5-ancient\r\n"], "kex"),
        ([b"SSH-2.0-rude\r\n"], "closed"),
    ],
    ids=["http", "urandom", "non-ascii", "eof", "maxstartups", "ssh1", "eof-after-greeting"],
)
async def test_what_is_no_ssh_conversation_is_told_apart(transport, pieces, reason):
    async def talk(_reader, writer):
        writer.writelines(pieces)
        await writer.drain()
        writer.write_eof()
        await asyncio.sleep(0.2)

    async with OddServer(talk) as server:
        error = await fail(transport, server.port)
    assert isinstance(error, Unreachable)
    assert error.details["reason"] == reason


async def test_words_before_the_greeting_are_allowed(transport, peer):
    """RFC 4253 lets a server say anything in lines before its greeting."""

    async def talk(reader, writer):
        writer.write(b"Authorised use only.\r\n")
        behind_reader, behind_writer = await asyncio.open_connection(LOOPBACK, peer.port)
        try:
            await asyncio.gather(carry(reader, behind_writer), carry(behind_reader, writer))
        finally:
            behind_writer.transport.abort()

    async def carry(reader, writer):
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async with OddServer(talk) as server:
        connection = await transport.connect(target_at(server.port, peer.host_keys[0]))
        connection.abort()
        await connection.wait_closed()


async def test_a_reset_reads_as_closed(transport):
    async def talk(_reader, writer):
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    async with OddServer(talk) as server:
        error = await fail(transport, server.port)
    assert error.details["reason"] == "closed"


async def test_a_handshake_that_stops_after_the_greeting_times_out(transport):
    async def talk(reader, writer):
        writer.write(b"SSH-2.0-frozen\r\n")
        await reader.read()
        await asyncio.sleep(30)

    async with OddServer(talk) as server:
        error = await fail(transport, server.port)
    assert isinstance(error, TimedOut)


async def test_a_name_without_an_address_is_a_dns_failure(transport, peer):
    wanted = target(peer)
    nowhere = Endpoint("no-such-host.invalid", 22, "op")
    with pytest.raises(Unreachable) as caught:
        await transport.connect(type(wanted)("s", nowhere, wanted.host_key, wanted.private_key))
    assert caught.value.details["reason"] == "dns"
    assert "no-such-host.invalid" in caught.value.message


@pytest.mark.parametrize("wrong", [{"user": "mallory"}, {"key": OTHER_KEY}], ids=["user", "key"])
async def test_a_refused_login_names_user_and_address(transport, peer, wrong):
    with pytest.raises(AuthFailed) as caught:
        await transport.connect(target(peer, **wrong))
    assert wrong.get("user", "op") in caught.value.message
    assert f"127.0.0.1:{peer.port}" in caught.value.message
    assert peer.log.logins == 0


async def test_a_damaged_pin_is_refused_before_anything_is_opened(transport, peer):
    key = peer.host_keys[0]
    for damaged in (
        ScannedKey(key.algorithm, "", key.fingerprint),
        ScannedKey(key.algorithm, key.public_key, "SHA256:other"),
        ScannedKey("ssh-rsa", key.public_key, key.fingerprint),
    ):
        with pytest.raises(InvalidInput):
            await transport.connect(target(peer, host_key=damaged))
    assert peer.log.connections == 0


async def test_an_unreadable_login_key_is_refused_before_anything_is_opened(transport, peer):
    wanted = target(peer)
    with pytest.raises(KeyRejected) as caught:
        await transport.connect(type(wanted)("s", wanted.endpoint, wanted.host_key, Secret(b"not a key")))
    assert "not a key" not in repr(caught.value.document())
    assert peer.log.connections == 0


async def test_a_cancelled_burst_of_connects_leaves_no_file_open(start_peer):
    peer = await start_peer(latency=5.0)
    transport = Transport(Limits(waits=256, handshakes=16))
    gc.collect()
    before = open_files()
    attempts = [asyncio.create_task(transport.connect(target(peer))) for _ in range(100)]
    await eventually(lambda: peer.log.connections > 0)
    for attempt in attempts:
        attempt.cancel()
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    await eventually(lambda: peer.connected == 0)
    await eventually(lambda: open_files() <= before)


async def test_a_connect_cancelled_before_its_handshake_closes_its_socket(start_peer):
    """Between the greeting and a free handshake slot nobody but the transport owns the socket."""
    slow, fast = await start_peer(latency=5.0), await start_peer()
    transport = Transport(Limits(handshakes=1))
    gc.collect()
    before = open_files()
    holding = asyncio.create_task(transport.connect(target(slow)))
    await eventually(lambda: bool(slow.log.users))
    waiting = asyncio.create_task(transport.connect(target(fast)))
    await eventually(lambda: fast.connected == 1)
    gc.disable()  # or the collector might close what was forgotten
    try:
        waiting.cancel()
        holding.cancel()
        await asyncio.wait([waiting, holding])
        await eventually(lambda: slow.connected + fast.connected == 0)
        await eventually(lambda: open_files() <= before)
    finally:
        gc.enable()


async def test_dead_hosts_never_delay_a_live_one(start_peer):
    """More silent hosts than handshake slots: the live one behind them answers while they still wait."""

    async def talk(reader, _writer):
        await reader.read()

    peer = await start_peer()
    transport = Transport(Limits(greeting=20.0, handshakes=2))
    async with OddServer(talk) as silent, OddServer(talk) as other:
        dead = [
            asyncio.create_task(transport.connect(target_at(port, SOME_KEY)))
            for port in [silent.port, other.port] * 10
        ]
        await asyncio.sleep(0)
        connection = await asyncio.wait_for(transport.connect(target(peer)), 5.0)
        assert not any(task.done() for task in dead)
        connection.abort()
        await connection.wait_closed()
        for task in dead:
            task.cancel()
        await asyncio.wait(dead)


async def test_one_host_sees_one_handshake_at_a_time(start_peer):
    """Logins side by side on one host run into its MaxStartups."""
    peer = await start_peer(latency=0.1)
    transport = Transport()
    attempts = [asyncio.create_task(transport.connect(target(peer))) for _ in range(5)]
    most = 0
    while not all(attempt.done() for attempt in attempts):
        most = max(most, peer.connected - peer.log.logins)
        await asyncio.sleep(0.01)
    assert most == 1
    for attempt in attempts:
        attempt.result().abort()
        await attempt.result().wait_closed()


async def test_the_way_to_a_server_is_as_long_as_the_kernel_measures_it(start_peer, transport):
    peer = await start_peer()
    connection = await transport.connect(target(peer))
    assert 0 < (round_trip(connection) or 0) < 0.2
    connection.close()
    await connection.wait_closed()
