"""A script on a warm connection costs one round trip, and the session kept for that takes nothing from anybody."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from tests.ssh.parts import eventually, lives, target
from tests.traps.relay import Relay

from daoflow_core.errors import TimedOut
from daoflow_core.ssh import link as link_module
from daoflow_core.ssh import seat as seat_module
from daoflow_core.ssh.link import Link

ONE_WAY = 0.15


@pytest.fixture
async def far(peer, pool):
    """The peer behind a wire that takes its time once all is warm, and the target that leads over it."""
    async with Relay() as wire:
        wire.pass_to(peer.port)
        where = replace(target(peer), endpoint=wire.endpoint("op"))
        link = await warm(pool, where)
        wire.delay = ONE_WAY
        yield where, link


async def warm(pool, where) -> Link:
    await pool.run(where, ":", timeout=20)
    link = pool._seats[where.server_id]._scripts.link
    await eventually(lambda: link._spare.ready)
    return link


async def round_trips(pool, where, script="echo out", **how) -> float:
    started = time.monotonic()
    assert (await pool.run(where, script, timeout=20, **how)).stdout == b"out\n"
    return (time.monotonic() - started) / (2 * ONE_WAY)


async def test_a_script_on_a_warm_connection_is_one_round_trip(pool, far):
    where, link = far
    for _ in range(3):
        assert 1 <= await round_trips(pool, where) < 1.6
        await eventually(lambda: link._spare.ready)


async def test_without_a_session_at_hand_it_is_three(pool, far):
    where, link = far
    link._spare.drop()
    assert 2.9 <= await round_trips(pool, where) < 3.6


async def test_what_must_not_stop_half_way_is_sent_only_after_the_server_answered(pool, far):
    where, _ = far
    assert 2.9 <= await round_trips(pool, where, survive=True) < 3.6


async def test_output_of_many_scripts_at_once_is_never_mixed_up(pool, peer):
    where = target(peer)
    await warm(pool, where)
    for _ in range(3):
        found = await asyncio.gather(*(pool.run(where, f"echo {n}; exit {n}", timeout=20) for n in range(10)))
        assert [(int(one.stdout), one.exit_status) for one in found] == [(n, n) for n in range(10)]
    assert peer.log.logins == 1


@pytest.mark.parametrize("sessions", [1, 2, 3])
async def test_a_server_with_few_sessions_lacks_none_for_the_one_kept(start_peer, pool, sessions):
    peer = await start_peer(max_sessions=sessions)
    where = target(peer)
    for _ in range(3):
        found = await asyncio.gather(
            *(pool.run(where, f"sleep 0.05; echo {n}", timeout=20, survive=n % 2 == 0) for n in range(6))
        )
        assert [int(one.stdout) for one in found] == list(range(6))
        await asyncio.sleep(0.25)  # long enough for a session to be kept
    assert peer.log.logins == 1


async def test_a_server_s_only_session_is_given_up_for_who_may_not_use_the_one_kept(start_peer, pool):
    peer = await start_peer(max_sessions=1)
    where = target(peer)
    await warm(pool, where)
    assert (await pool.run(where, "echo mine", timeout=5, survive=True)).stdout == b"mine\n"
    assert peer.log.logins == 1


async def test_a_program_that_runs_one_script_opens_one_session(pool, peer):
    await pool.run(target(peer), "echo one", timeout=5)
    await pool.aclose()
    assert peer.log.commands == ["exec sh -s"]


async def test_no_shell_is_left_on_the_host_when_the_connection_rests(pool, peer, monkeypatch):
    monkeypatch.setattr(seat_module, "IDLE", 0.5)
    await warm(pool, target(peer))
    await eventually(lambda: peer.connected == 0 and peer.running == 0)


async def test_a_shell_that_was_ended_meanwhile_is_not_used(start_peer, pool, tmp_path):
    peer = await start_peer()
    link = await warm(pool, target(peer))
    await eventually(lambda: peer.running == 1)  # the session may be granted before its shell runs
    for command in list(peer._commands):
        command.kill()
    await eventually(lambda: not link._spare.ready)
    assert (await pool.run(target(peer), "echo well", timeout=5)).stdout == b"well\n"


async def test_what_a_start_up_file_prints_is_not_in_the_output(start_peer, pool, tmp_path):
    noisy = tmp_path / "sh"
    noisy.write_text('#!/bin/sh\necho welcome; echo mail >&2; exec /bin/sh "$@"\n')
    noisy.chmod(0o755)
    peer = await start_peer(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    await warm(pool, target(peer))
    await asyncio.sleep(0.2)
    found = await pool.run(target(peer), "echo mine", timeout=5)
    assert found.stdout.replace(b"welcome\n", b"") == b"mine\n"
    assert found.stdout.count(b"welcome") <= 1  # that of the script's own `sh`, never that of the waiting one


async def test_a_shell_that_floods_before_it_is_asked_is_given_up(start_peer, pool, tmp_path):
    peer = await start_peer(environment={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    link = await warm(pool, target(peer))
    link._spare.drop()
    flood = tmp_path / "sh"
    flood.write_text("#!/bin/sh\nexec yes\n")
    flood.chmod(0o755)
    await link._spare.open_next()
    await eventually(lambda: not link._spare.ready)


async def test_a_way_that_fell_silent_is_told_as_soon_as_without_a_session_at_hand(pool, peer, monkeypatch):
    monkeypatch.setattr(link_module, "OPEN_SECONDS", 0.5)
    async with Relay() as wire:
        wire.pass_to(peer.port)
        where = replace(target(peer), endpoint=wire.endpoint("op"))
        await warm(pool, where)
        wire.silence()
        started = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            await pool.run(where, "echo lost", timeout=20)
        assert time.monotonic() - started < 5
        assert "opened no shell" in caught.value.message


async def test_a_slow_script_is_not_taken_for_a_silent_way(pool, peer, monkeypatch):
    monkeypatch.setattr(link_module, "OPEN_SECONDS", 0.3)
    await warm(pool, target(peer))
    assert (await pool.run(target(peer), "sleep 1; echo late", timeout=20)).stdout == b"late\n"


async def test_a_lost_connection_with_a_kept_session_is_replaced_without_a_word(pool, peer):
    await warm(pool, target(peer))
    peer.drop()
    await eventually(lambda: peer.connected == 0)
    assert (await pool.run(target(peer), "echo again", timeout=5)).stdout == b"again\n"


async def test_a_script_on_a_kept_session_ends_with_its_caller(pool, peer, tmp_path):
    await warm(pool, target(peer))
    script = f"echo $$ >{tmp_path}/pid; touch {tmp_path}/started; sleep 600"
    running = asyncio.create_task(pool.run(target(peer), script, timeout=60))
    await eventually((tmp_path / "started").exists)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await eventually(lambda: not lives(tmp_path / "pid"))
