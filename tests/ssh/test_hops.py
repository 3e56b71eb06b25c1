"""Servers behind a hop: one shared, pinned connection carries them, and what is wrong with it is told by its name."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from tests.ssh.parts import OTHER_KEY, QUICK, OddServer, eventually, open_files, secret, target

from daoflow_core.errors import HostIdentityChanged, Unreachable
from daoflow_core.jump_errors import JumpHostUnusable
from daoflow_core.model.server import Endpoint
from daoflow_core.ssh import hop as hops
from daoflow_core.ssh.dial import Limits
from daoflow_core.ssh.pool import HostPool
from daoflow_core.ssh.scan import KeyScanner
from daoflow_core.ssh.transport import Transport

ANSWER = 'dft_probe() { echo; echo "#dft $1 begin"; echo \'os|0|1.0|2.5|fine\'; echo "#dft $1 end"; }'


@pytest.fixture
async def bastion(start_peer):
    return await start_peer(forwards=True)


@pytest.fixture
async def quick(transport):
    pool = HostPool(transport, script=ANSWER)
    yield pool
    await pool.aclose()


def through(bastion, peer, **changes):
    hop = replace(target(bastion), name="bastion-1", **changes)
    return replace(target(peer), jump=hop)


async def run(pool: HostPool, wanted) -> str:
    return (await pool.run(wanted, "echo $((40 + 2))\n", timeout=5)).stdout.decode().strip()


async def test_a_script_and_a_check_run_through_the_hop_and_the_server_sees_only_the_hop(
    quick, bastion, peer
):
    wanted = through(bastion, peer)
    assert await run(quick, wanted) == "42"
    reply = await quick.probe(wanted, ["os"], timeout=5, patient=True)
    assert reply.sections["os"].value == "fine"
    assert bastion.log.forwards == [("127.0.0.1", peer.port)] * 2
    assert (bastion.log.logins, bastion.log.commands) == (1, [])
    assert peer.log.connections == peer.log.logins == 2


async def test_sixteen_and_more_servers_wait_for_one_login_of_their_hop(start_peer, bastion):
    pool = HostPool(Transport(Limits(handshakes=4)), script=ANSWER)
    peers = [await start_peer() for _ in range(20)]
    try:
        answers = await asyncio.gather(*(run(pool, through(bastion, peer)) for peer in peers))
    finally:
        await pool.aclose()
    assert set(answers) == {"42"}
    assert bastion.log.logins == 1


async def test_a_hop_that_is_down_costs_all_that_wait_for_it_one_attempt(start_peer, transport):
    async def never(reader, writer):
        await asyncio.sleep(30)

    pool, peer = HostPool(transport, script=ANSWER), await start_peer()
    async with OddServer(never) as silent:
        dead = replace(target(peer), server_id="srv_hop", endpoint=Endpoint("127.0.0.1", silent.port, "op"))
        dead = replace(dead, name="bastion-1")
        began = time.monotonic()
        wishes = [replace(target(peer), server_id=f"srv_{n}", jump=dead) for n in range(16)]
        failed = await asyncio.gather(*(run(pool, one) for one in wishes), return_exceptions=True)
        took = time.monotonic() - began
    await pool.aclose()
    assert {type(one) for one in failed} == {JumpHostUnusable}
    assert {one.details["hop"] for one in failed} == {"bastion-1"}
    assert took < 2 * QUICK.greeting + 1.0
    assert peer.log.connections == 0


async def test_a_swapped_hop_gets_no_name_and_no_key_and_the_server_hears_nothing(quick, bastion, peer):
    wanted = through(bastion, peer)
    assert await run(quick, wanted) == "42"
    seen, connections = list(bastion.log.users), peer.log.connections
    bastion.rotate_host_key()
    bastion.drop()
    with pytest.raises(JumpHostUnusable) as caught:
        await run(quick, wanted)
    assert caught.value.details["reason"] == "changed"
    assert "bastion-1" in caught.value.message
    assert bastion.log.users == seen
    assert peer.log.connections == connections


async def test_a_swapped_server_behind_the_hop_gets_no_name_and_no_key(quick, bastion, peer):
    wanted = through(bastion, peer)
    peer.rotate_host_key()
    with pytest.raises(HostIdentityChanged):
        await run(quick, wanted)
    assert peer.log.users == []


async def test_the_hops_own_login_is_refused_in_words_that_name_it(quick, bastion, peer):
    wanted = through(bastion, peer, private_key=secret(OTHER_KEY))
    with pytest.raises(JumpHostUnusable) as caught:
        await run(quick, wanted)
    assert caught.value.details["reason"] == "login"
    assert peer.log.connections == 0


async def test_a_hop_that_forwards_nothing_is_told_apart_from_a_server_that_is_down(
    quick, start_peer, bastion
):
    closed, peer = await start_peer(), await start_peer()
    with pytest.raises(JumpHostUnusable) as forbidden:
        await run(quick, through(closed, peer))
    assert forbidden.value.details["reason"] == "forbids"
    down = replace(through(bastion, peer), endpoint=Endpoint("127.0.0.1", 1, "op"))
    with pytest.raises(Unreachable) as unreachable:
        await run(quick, down)
    assert not isinstance(unreachable.value, JumpHostUnusable)
    assert unreachable.value.details["reason"] == "jump"
    assert unreachable.value.details["hop"] == "bastion-1"


async def test_a_chain_of_hops_logs_in_to_each_in_turn(quick, start_peer, bastion, peer):
    inner = await start_peer(forwards=True)
    wanted = replace(target(peer), jump=replace(through(bastion, inner), name="inner-1"))
    assert await run(quick, wanted) == "42"
    assert bastion.log.forwards == [("127.0.0.1", inner.port)]
    assert inner.log.forwards == [("127.0.0.1", peer.port)]
    bastion.rotate_host_key()
    bastion.drop()
    with pytest.raises(JumpHostUnusable) as caught:
        await run(quick, wanted)
    assert caught.value.details["hop"] == "bastion-1", "the hop that stands in the way, not the one behind it"


@pytest.mark.parametrize("change", ["closed", "another key"])
async def test_a_hop_that_changed_drops_what_it_carries(quick, bastion, peer, change):
    wanted = through(bastion, peer)
    assert await run(quick, wanted) == "42"
    if change == "closed":
        await quick.close(wanted.jump.server_id)
    else:
        bastion.authorize("op", OTHER_KEY.export_public_key().decode())
        assert await run(quick, through(bastion, peer, private_key=secret(OTHER_KEY))) == "42"
        assert bastion.log.logins == 2
    await eventually(lambda: peer.connected == bastion.connected == (0 if change == "closed" else 1))


async def test_a_new_name_of_the_hop_drops_nothing(quick, bastion, peer):
    assert await run(quick, through(bastion, peer)) == "42"
    assert await run(quick, replace(target(peer), jump=replace(target(bastion), name="gate"))) == "42"
    assert (bastion.log.logins, peer.log.logins) == (1, 1)


async def test_a_lost_hop_is_logged_in_to_again_for_the_next_script(quick, bastion, peer):
    wanted = through(bastion, peer)
    assert await run(quick, wanted) == "42"
    bastion.drop()
    assert await run(quick, wanted) == "42"
    assert (bastion.log.logins, peer.log.logins) == (2, 2)


async def test_a_hop_that_was_lost_unnoticed_is_logged_in_to_again_for_the_next_server(
    quick, bastion, peer, start_peer
):
    assert await run(quick, through(bastion, peer)) == "42"
    other = await start_peer()
    bastion.drop()  # nobody here has heard of it yet
    assert await run(quick, through(bastion, other)) == "42"


async def test_a_scan_goes_through_the_hop_and_tells_the_server_nothing(transport, bastion, start_peer):
    peer = await start_peer(algorithms=("ssh-ed25519", "ecdsa-sha2-nistp256"))
    pool = HostPool(transport)
    wanted = through(bastion, peer)
    found = await KeyScanner(routes=pool.routes, gap=0).scan("127.0.0.1", peer.port, wanted.jump)
    await pool.aclose()
    assert [key.algorithm for key in found] == ["ssh-ed25519", "ecdsa-sha2-nistp256"]
    assert len(bastion.log.forwards) == peer.log.connections == 3
    assert (peer.log.users, peer.log.key_offers) == ([], [])


async def test_something_else_than_ssh_behind_the_hop_is_told_as_such(quick, bastion, peer):
    async def web(reader, writer):
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        await writer.drain()

    async with OddServer(web) as server:
        wanted = replace(through(bastion, peer), endpoint=Endpoint("127.0.0.1", server.port, "op"))
        with pytest.raises(Unreachable) as caught:
            await run(quick, wanted)
    assert caught.value.details["reason"] == "not-ssh"


async def test_a_server_that_greets_nobody_costs_its_limit_and_holds_no_handshake(start_peer, bastion):
    async def never(reader, writer):
        await asyncio.sleep(30)

    pool = HostPool(Transport(replace(QUICK, greeting=2.0, handshakes=1)), script=ANSWER)
    peer = await start_peer()
    async with OddServer(never) as silent:
        stuck = replace(
            through(bastion, peer), server_id="srv_x", endpoint=Endpoint("127.0.0.1", silent.port, "op")
        )
        waiting = asyncio.create_task(run(pool, stuck))
        await eventually(lambda: len(bastion.log.forwards) == 1)
        assert await run(pool, through(bastion, peer)) == "42"
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
    await pool.aclose()


async def test_a_hop_that_carries_nothing_for_a_while_is_left(monkeypatch, quick, bastion, peer):
    monkeypatch.setattr(hops, "IDLE", 0.05)
    wanted = through(bastion, peer)
    assert await run(quick, wanted) == "42"
    await asyncio.sleep(0.2)
    assert bastion.connected == 1, "it carries the connection for scripts"
    peer.drop()
    await eventually(lambda: bastion.connected == 0)
    assert await run(quick, wanted) == "42"


async def test_nothing_stays_behind(transport, bastion, peer):
    before = open_files()
    for _ in range(5):
        pool = HostPool(transport, script=ANSWER)
        assert await run(pool, through(bastion, peer)) == "42"
        await pool.aclose()
    await eventually(lambda: bastion.connected == peer.connected == 0)
    await eventually(lambda: open_files() <= before)
