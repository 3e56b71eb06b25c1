"""A script on a host ends in a true state: its own exit status, an unknown one, or an error; and never lives on."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.ssh.parts import eventually, lives, target

from daoflow_core.capture import Kept
from daoflow_core.errors import InvalidInput, TimedOut, Unreachable
from daoflow_core.ssh.capture import Capture
from daoflow_core.ssh.link import Link


@pytest.fixture(params=["cold", "warm"])
async def link(request, peer, transport):
    """A connection that was just made, and one that has a session open for the next script."""
    link = Link(await transport.connect(target(peer)), peer.endpoint("op"))
    if request.param == "warm":
        await link.run(":", timeout=5)
        await eventually(lambda: link._spare.ready)
    yield link
    await link.aclose()


async def test_streams_and_status_come_back_apart(link):
    result = await link.run("echo out; echo err >&2; exit 7", timeout=5)
    assert (result.exit_status, result.stdout, result.stderr) == (7, b"out\n", b"err\n")


async def test_the_only_command_line_is_the_constant_one(link, peer):
    await link.run("echo 'a secret'", timeout=5)
    assert set(peer.log.commands) == {"exec sh -s"}


async def test_no_part_of_a_script_is_in_an_argument_list(link, tmp_path):
    marker = "canary-4711"
    script = f"M='{marker}'; for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f 2>/dev/null; echo; done"
    result = await link.run(script, timeout=20)
    assert marker.encode() not in result.stdout
    assert b"exec sh -s" in result.stdout or b"sh -s" in result.stdout


async def test_a_script_sees_an_empty_standard_input(link):
    assert (await link.run("cat; echo end", timeout=5)).stdout == b"end\n"


async def test_quotes_newlines_and_dollars_arrive_as_they_are(link):
    text = 'it\'s "one" $HOME `id` \\n\n*second* line !'
    result = await link.run(f"cat <<'END'\n{text}\nEND", timeout=5)
    assert result.stdout.decode() == text + "\n"


async def test_a_script_longer_than_an_argument_list_runs(link):
    result = await link.run(": " + "x" * 300_000 + "\necho done", timeout=10)
    assert result.stdout == b"done\n"


async def test_a_nul_is_refused_and_the_connection_stays(link):
    with pytest.raises(InvalidInput):
        await link.run("echo a\0b", timeout=5)
    assert (await link.run("echo ok", timeout=5)).stdout == b"ok\n"


async def test_bytes_that_are_no_text_do_not_end_the_connection(link):
    result = await link.run("printf 'good\\n\\377\\376bad\\n'", timeout=5)
    assert result.stdout == b"good\n\xff\xfebad\n"
    assert (await link.run("echo still", timeout=5)).stdout == b"still\n"


async def test_a_killed_script_names_its_signal_status(link):
    result = await link.run("kill -KILL $$", timeout=5)
    assert result.exit_status == 137


async def test_output_is_capped_and_the_exit_status_stays_true(link):
    seen = []
    result = await link.run(
        "head -c 100000000 /dev/zero; exit 3",
        timeout=60,
        limit=1_000_000,
        sink=lambda *part: seen.append(part),
    )
    assert result.truncated
    assert len(result.stdout) == 1_000_000
    assert sum(len(data) for _, data in seen) == 1_000_000
    assert result.exit_status == 3


async def test_the_sink_hears_each_stream_while_the_script_runs(link, tmp_path):
    seen = []
    gate = tmp_path / "gate"
    running = asyncio.create_task(
        link.run(
            f"echo first; echo second >&2; while [ ! -e {gate} ]; do sleep 0.05; done",
            timeout=20,
            sink=lambda *part: seen.append(part),
        )
    )
    await eventually(lambda: set(seen) == {("stdout", b"first\n"), ("stderr", b"second\n")})
    assert not running.done()
    gate.touch()
    assert (await running).exit_status == 0


SLOW = (
    "echo $$ >{folder}/pid; (echo started >{folder}/started; exec sleep 600) & echo $! >{folder}/child; wait"
)


def slow(folder) -> str:
    return SLOW.format(folder=folder)


async def test_a_script_past_its_time_is_ended_there_with_its_children(link, tmp_path):
    with pytest.raises(TimedOut) as caught:
        await link.run(slow(tmp_path), timeout=0.5)
    assert caught.value.details["ended"] is True
    assert not lives(tmp_path / "pid")
    assert not lives(tmp_path / "child")
    assert (await link.run("echo next", timeout=5)).stdout == b"next\n"


async def test_a_script_that_ignores_term_is_killed(link, tmp_path):
    script = f"trap '' TERM; echo $$ >{tmp_path}/pid; while :; do sleep 1; done"
    with pytest.raises(TimedOut) as caught:
        await link.run(script, timeout=0.5)
    assert caught.value.details["ended"] is True
    await eventually(lambda: not lives(tmp_path / "pid"))


async def test_a_cancelled_script_is_ended_there(link, tmp_path):
    running = asyncio.create_task(link.run(slow(tmp_path), timeout=60))
    await eventually((tmp_path / "started").exists)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await eventually(lambda: not lives(tmp_path / "child"))


async def test_a_lost_connection_is_an_unknown_outcome_and_ends_the_script(link, peer, tmp_path):
    running = asyncio.create_task(link.run(f"echo part; {slow(tmp_path)}", timeout=60))
    await eventually((tmp_path / "started").exists)
    peer.drop()
    result = await running
    assert result.exit_status is None
    assert result.signal is None
    assert result.stdout == b"part\n"
    await eventually(lambda: not lives(tmp_path / "child"))


async def test_a_surviving_script_finishes_after_the_connection_is_lost(link, peer, tmp_path):
    lines = "n=0; while [ $n -lt 20 ]; do echo line; sleep 0.05; n=$((n+1)); done"
    script = f"touch {tmp_path}/started; {lines}; echo end >{tmp_path}/done"
    running = asyncio.create_task(link.run(script, timeout=60, survive=True))
    await eventually((tmp_path / "started").exists)
    peer.drop()
    assert (await running).exit_status is None
    await eventually((tmp_path / "done").exists)


async def test_a_surviving_script_keeps_streams_and_status_apart(link):
    result = await link.run("echo out; echo err >&2; exit 9", timeout=5, survive=True)
    assert (result.exit_status, result.stdout, result.stderr) == (9, b"out\n", b"err\n")


async def test_a_surviving_script_past_its_time_is_left_alone(link, tmp_path):
    script = f"sleep 1; echo end >{tmp_path}/done"
    with pytest.raises(TimedOut) as caught:
        await link.run(script, timeout=0.2, survive=True)
    assert caught.value.details["ended"] is False
    await eventually((tmp_path / "done").exists)


async def test_more_scripts_than_sessions_wait_their_turn(start_peer, transport):
    peer = await start_peer(max_sessions=2)
    link = Link(await transport.connect(target(peer)), peer.endpoint("op"))
    results = await asyncio.gather(*(link.run(f"sleep 0.1; echo {n}", timeout=20) for n in range(12)))
    assert [int(result.stdout) for result in results] == list(range(12))
    await link.aclose()


async def test_a_server_that_grants_no_session_is_told(start_peer, transport):
    peer = await start_peer(max_sessions=0)
    link = Link(await transport.connect(target(peer)), peer.endpoint("op"))
    with pytest.raises(Unreachable) as caught:
        await link.run("echo", timeout=5)
    assert "no session" in caught.value.why
    await link.aclose()


async def test_a_child_that_keeps_the_channel_open_does_not_hold_up_the_result(monkeypatch):
    """OpenSSH sends the status when the shell ends, and closes only when the last writer has gone."""
    monkeypatch.setattr("daoflow_core.ssh.capture.SETTLE", 0.2)
    capture = Capture(Kept(100, None))
    capture.exit_status_received(5)
    started = time.monotonic()
    await asyncio.sleep(0.15)
    assert not capture.over.is_set()
    capture.data_received(b"late output", None)
    await asyncio.wait_for(capture.over.wait(), 5)
    assert time.monotonic() - started >= 0.3, "output after the status must buy more time"
    assert capture.kept.result(capture.exit_status, None, 0.1).stdout == b"late output"


async def test_without_setsid_a_note_says_so_and_the_script_still_ends(start_peer, transport, tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "cat", "sleep"):
        (programs / name).symlink_to(f"/bin/{name}")
    peer = await start_peer(environment={"PATH": str(programs)})
    link = Link(await transport.connect(target(peer)), peer.endpoint("op"))
    result = await link.run("echo out; exit 6", timeout=5)
    assert (result.exit_status, result.stdout) == (6, b"out\n")
    assert b"no setsid" in result.stderr
    with pytest.raises(TimedOut) as caught:
        await link.run(f"echo $$ >{tmp_path}/pid; while :; do sleep 0.1; done", timeout=0.5)
    assert caught.value.details["ended"] is True
    await eventually(lambda: not lives(tmp_path / "pid"))
    await link.aclose()
