"""The pool keeps one connection for checks and one for scripts, replaces what went stale, and leaves nothing."""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import replace

import pytest
from tests.ssh.parts import LOGIN_LINE, OTHER_KEY, QUICK, eventually, lives, open_files, secret, target

from daoflow_core.errors import AuthFailed, HostIdentityChanged, TimedOut, Unreachable
from daoflow_core.ssh import resident
from daoflow_core.ssh.pool import HostPool
from daoflow_core.ssh.transport import Transport

ANSWER = 'dft_probe() { echo; echo "#dft $1 begin"; echo \'os|0|1.0|2.5|fine\'; echo "#dft $1 end"; }'
"""A probe script that answers at once, whatever is asked."""


@pytest.fixture
async def quick(transport):
    """A pool whose probe script answers at once."""
    pool = HostPool(transport, script=ANSWER)
    yield pool
    await pool.aclose()


def checks(pool: HostPool, wanted, *, timeout: float = 5.0):
    return pool.probe(wanted, ["os"], timeout=timeout, patient=True)


async def test_the_real_probe_script_answers_over_ssh(pool, peer):
    reply = await pool.probe(target(peer), ["os", "res"], timeout=15, patient=False)
    assert reply.sections["os"].status == 0
    assert "kernel=" in reply.sections["os"].value
    assert set(reply.sections) == {"os", "res"}


async def test_a_check_uses_one_login_and_one_shell_for_good(quick, peer):
    replies = [await checks(quick, target(peer)) for _ in range(5)]
    assert [reply.fresh for reply in replies] == [True, False, False, False, False]
    assert replies[-1].sections["os"].value == "fine"
    assert peer.log.logins == 1
    assert peer.log.commands == ["exec sh -s"]


async def test_the_latency_is_that_of_the_trip_and_not_of_what_was_asked(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(resident.time, "monotonic", lambda: now[0])
    listener = resident._Listener()
    reply = listener.listen("n1")
    now[0] += 0.04
    listener.data_received(b"#dft n1 begin\n", None)
    now[0] += 4.0  # a Docker daemon that hangs
    listener.data_received(b"os|0|1.0|5.0|fine\n#dft n1 end\n", None)
    assert reply.result().trip == pytest.approx(0.04)


async def test_the_latency_holds_what_the_way_takes(start_peer, transport):
    peer = await start_peer(latency=0.3)
    pool = HostPool(transport, script=ANSWER)
    assert [(await checks(pool, target(peer))).latency_ms >= 300 for _ in range(2)] == [True, True]
    await pool.aclose()


async def test_noise_of_start_up_files_is_no_answer(transport, peer):
    noisy = "echo '#dft begin'; echo 'os|0|1|2|fake'; printf '\\377\\n'; echo garbage >&2; " + ANSWER
    pool = HostPool(transport, script=noisy)
    reply = await checks(pool, target(peer))
    assert reply.sections["os"].value == "fine"
    await pool.aclose()


async def test_a_missed_deadline_closes_the_shell_and_the_next_check_opens_one(transport, peer, tmp_path):
    gate = tmp_path / "open"
    script = ANSWER.replace("echo;", f"if [ ! -e {gate} ]; then echo $$ >{tmp_path}/pid; sleep 600; fi;")
    pool = HostPool(transport, script=script)
    started = time.monotonic()
    with pytest.raises(TimedOut):
        await checks(pool, target(peer), timeout=0.5)
    assert time.monotonic() - started < 3
    gate.touch()
    reply = await checks(pool, target(peer))
    assert reply.sections["os"].value == "fine"
    assert not reply.fresh, "the connection was fine: only the shell had to go"
    await pool.aclose()


async def test_endless_noise_is_cut(transport, peer):
    pool = HostPool(
        transport, script="dft_probe() { while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done; }"
    )
    with pytest.raises(TimedOut) as caught:
        await checks(pool, target(peer), timeout=60)
    assert "KiB" in caught.value.message
    await pool.aclose()


async def test_a_shell_that_ends_at_once_is_told_in_words(transport, peer):
    pool = HostPool(transport, script="exit 1")
    with pytest.raises(Unreachable) as caught:
        await checks(pool, target(peer))
    assert "The login works" in caught.value.why
    await pool.aclose()


async def test_a_connection_that_was_cut_is_replaced_silently(quick, peer):
    await checks(quick, target(peer))
    peer.drop()
    await eventually(lambda: peer.connected == 0)
    reply = await checks(quick, target(peer))
    assert reply.fresh
    assert peer.log.logins == 2


async def test_a_connection_cut_during_a_check_is_replaced_once(transport, peer, tmp_path):
    script = ANSWER.replace(
        "echo;", f"if [ ! -e {tmp_path}/seen ]; then touch {tmp_path}/seen; sleep 600; fi;"
    )
    pool = HostPool(transport, script=script)
    asking = asyncio.create_task(checks(pool, target(peer), timeout=20))
    await eventually((tmp_path / "seen").exists)
    peer.drop()
    assert (await asking).sections["os"].value == "fine"
    await pool.aclose()


async def test_a_frozen_server_costs_one_deadline_and_is_found_again(quick, peer):
    await checks(quick, target(peer))
    peer.freeze()
    with pytest.raises(TimedOut):
        await checks(quick, target(peer), timeout=0.3)
    peer.thaw()
    assert (await checks(quick, target(peer))).sections["os"].value == "fine"


async def test_scripts_have_a_connection_of_their_own(quick, peer, tmp_path):
    await checks(quick, target(peer))
    running = asyncio.create_task(
        quick.run(target(peer), f"touch {tmp_path}/on; sleep 1; echo done", timeout=20)
    )
    await eventually((tmp_path / "on").exists)
    assert peer.connected == 2
    await checks(quick, target(peer))
    assert (await running).stdout == b"done\n"


async def test_a_script_is_sent_once_more_only_when_it_never_left(quick, peer, tmp_path):
    await quick.run(target(peer), "true", timeout=5)
    peer.drop()
    result = await quick.run(target(peer), f"echo x >>{tmp_path}/ran; echo ok", timeout=5)
    assert result.stdout == b"ok\n"
    running = asyncio.create_task(
        quick.run(target(peer), f"echo y >>{tmp_path}/ran; touch {tmp_path}/on; sleep 60", timeout=30)
    )
    await eventually((tmp_path / "on").exists)
    peer.drop()
    assert (await running).exit_status is None
    assert (tmp_path / "ran").read_text() == "x\ny\n"


async def test_an_unused_script_connection_is_given_back(quick, peer, monkeypatch):
    monkeypatch.setattr("daoflow_core.ssh.seat.IDLE", 0.1)
    await quick.run(target(peer), "true", timeout=5)
    assert peer.connected == 1
    await eventually(lambda: peer.connected == 0)


async def test_an_old_connection_is_made_anew(quick, peer, monkeypatch):
    monkeypatch.setattr("daoflow_core.ssh.seat.OLDEST", (-1.0, -1.0))
    await checks(quick, target(peer))
    assert (await checks(quick, target(peer))).fresh
    await eventually(lambda: peer.connected == 1)


@pytest.mark.parametrize("what", ["user", "key", "host_key"])
async def test_a_changed_target_never_meets_the_old_connection(quick, start_peer, what):
    other = OTHER_KEY.export_public_key().decode()
    peer = await start_peer(authorized={"op": [LOGIN_LINE, other], "root": [LOGIN_LINE]})
    old = target(peer)
    await checks(quick, old)
    if what == "user":
        new = replace(old, endpoint=replace(old.endpoint, user="root"))
    elif what == "key":
        new = replace(old, private_key=secret(OTHER_KEY))
    else:
        new = replace(old, host_key=peer.rotate_host_key()[0])
    assert (await checks(quick, new)).fresh
    await eventually(lambda: peer.connected == 1)


async def test_a_host_key_that_changes_meanwhile_blocks_the_next_login_only(quick, peer):
    await checks(quick, target(peer))
    wanted = target(peer)
    peer.rotate_host_key()
    assert not (await checks(quick, wanted)).fresh
    peer.drop()
    with pytest.raises(HostIdentityChanged):
        await checks(quick, wanted)


async def test_closing_a_server_ends_its_connections_and_scripts(quick, peer, tmp_path):
    wanted = target(peer)
    await checks(quick, wanted)
    running = asyncio.create_task(
        quick.run(wanted, f"echo $$ >{tmp_path}/pid; touch {tmp_path}/on; sleep 60", timeout=30)
    )
    await eventually((tmp_path / "on").exists)
    await quick.close(wanted.server_id)
    assert (await running).exit_status is None
    await eventually(lambda: peer.connected == 0)
    await eventually(lambda: not lives(tmp_path / "pid"))
    assert (await checks(quick, wanted)).fresh


async def test_closing_during_a_login_tells_who_waits(start_peer, transport):
    peer = await start_peer(latency=10.0)
    pool = HostPool(transport, script=ANSWER)
    asking = asyncio.create_task(checks(pool, target(peer)))
    await eventually(lambda: bool(peer.log.users))
    started = time.monotonic()
    await pool.aclose()
    with pytest.raises(Unreachable) as caught:
        await asking
    assert "ended here" in caught.value.message
    assert time.monotonic() - started < 1


async def test_a_cancelled_check_leaves_the_server_usable(transport, peer, tmp_path):
    script = ANSWER.replace(
        "echo;", f"if [ ! -e {tmp_path}/seen ]; then touch {tmp_path}/seen; sleep 600; fi;"
    )
    pool = HostPool(transport, script=script)
    asking = asyncio.create_task(checks(pool, target(peer), timeout=60))
    await eventually((tmp_path / "seen").exists)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await checks(pool, target(peer))).sections["os"].value == "fine"
    await pool.aclose()


async def test_a_refused_login_is_not_tried_again(quick, peer):
    """Failed logins are what fail2ban and OpenSSH's penalties count."""
    with pytest.raises(AuthFailed):
        await checks(quick, target(peer, user="mallory"))
    assert peer.log.users == ["mallory"]


async def test_an_ended_pool_leaves_no_file_no_task_and_takes_no_time(start_peer):
    peers = [await start_peer() for _ in range(5)]
    gc.collect()
    before, tasks = open_files(), len(asyncio.all_tasks())
    pool = HostPool(Transport(QUICK), script=ANSWER)
    await asyncio.gather(*(checks(pool, target(peer)) for peer in peers))
    await asyncio.gather(*(pool.run(target(peer), "true", timeout=5) for peer in peers))
    started = time.monotonic()
    await pool.aclose()
    assert time.monotonic() - started < 2
    await eventually(lambda: sum(peer.connected + peer.running for peer in peers) == 0)
    await eventually(lambda: open_files() <= before)
    await eventually(lambda: len(asyncio.all_tasks()) <= tasks)


async def test_a_dead_server_never_delays_another(start_peer, transport):
    live, dead = await start_peer(), await start_peer(latency=30.0)
    pool = HostPool(transport, script=ANSWER)
    waiting = asyncio.create_task(checks(pool, target(dead)))
    await eventually(lambda: bool(dead.log.users))
    assert (await asyncio.wait_for(checks(pool, target(live)), 3)).sections
    assert not waiting.done()
    await pool.aclose()
    with pytest.raises((Unreachable, TimedOut)):
        await waiting
