"""Scripts of steps over real SSH and on this machine: what ends one early is told, and the log holds what was heard."""

from __future__ import annotations

import asyncio

import pytest
from tests.ssh.parts import eventually, lives

from daoflow_core.errors import Conflict, HostIdentityUnapproved, OutcomeUnknown, ScopeDenied, TimedOut
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Endpoint
from daoflow_core.services.access import Principal
from daoflow_core.services.operations import Outcome, Undertaking

UNDERTAKING = Undertaking(OperationKind.RESOURCE_CHECK, "server.resources.check", "Trial")
DONE = Outcome(OperationStatus.COMPLETED, "done")


@pytest.fixture(params=["ssh", "local"])
async def edge(request, core, start_peer, draft):
    """A trusted server, over SSH or this very machine."""
    if request.param == "local":
        await core.servers.add(draft("edge", Endpoint("localhost", 22, "me"), key_material=None))
        return None
    peer = await start_peer()
    fingerprint = peer.host_keys[0].fingerprint
    await core.servers.add(draft("edge", peer.endpoint("deploy"), approve_fingerprint=fingerprint))
    return peer


async def run(core, then, **how):
    """One operation whose work is one script; its record, its reply and its log."""
    replies = []

    async def work(server, handle):
        replies.append(await core.scripts.run(server, handle, then=then, **{"timeout": 20, **how}))
        return DONE

    operation = await core.operations.run("edge", UNDERTAKING, work)
    lines = await core.history.lines(operation.id, limit=500)
    return operation, replies[0], lines


def said(lines, *streams):
    return [line.message for line in lines if line.stream in streams]


async def test_every_command_line_and_status_is_in_the_log_in_order(core, edge):
    _, reply, lines = await run(
        core, "dft_step one sh -c 'echo first; echo oops >&2; exit 3'\ndft_step two echo last"
    )
    assert (reply.whole, reply.error, reply["one"].status, reply["two"].stdout) == (True, None, 3, b"last")
    assert reply.settled() is reply
    shown = [(line.stream, line.message.split(" after ")[0]) for line in lines[1:-1]]
    assert [one for one in shown if one[0] is not Stream.STDERR] == [
        (Stream.RUN, "sh -c echo first; echo oops >&2; exit 3"),
        (Stream.STDOUT, "first"),
        (Stream.EXIT, "exit 3"),
        (Stream.RUN, "echo last"),
        (Stream.STDOUT, "last"),
        (Stream.EXIT, "exit 0"),
    ]
    assert (Stream.STDERR, "oops") in shown


async def test_lines_are_in_the_log_while_the_script_runs(core, edge, tmp_path):
    gate = tmp_path / "gate"
    then = f"dft_step one sh -c 'echo early; while [ ! -e {gate} ]; do sleep 0.05; done; echo late'"
    running = asyncio.create_task(run(core, then))
    while True:
        rows = await core.database.rows(
            "select message from operation_logs where message in ('early', 'late')"
        )
        if rows:
            break
        await asyncio.sleep(0.02)
    assert [row["message"] for row in rows] == ["early"]
    gate.touch()
    _, reply, _ = await running
    assert reply["one"].stdout == b"early\nlate"


async def test_what_is_late_is_ended_and_what_was_heard_is_kept(core, edge, tmp_path):
    then = f"dft_step one echo heard\ndft_step two sh -c 'echo $$ >{tmp_path}/pid; exec sleep 60'"
    _, reply, lines = await run(core, then, timeout=1.0, step_seconds=50)
    assert isinstance(reply.error, TimedOut)
    assert reply.error.details["ended"] is True
    await eventually(lambda: not lives(tmp_path / "pid"), 3)
    assert (reply["one"].status, reply["two"].status, reply.whole) == (0, None, False)
    assert "heard" in said(lines, Stream.STDOUT)
    with pytest.raises(TimedOut):
        reply.settled()


async def test_a_surviving_script_that_is_late_goes_on(core, edge, tmp_path):
    then = f"dft_step one sh -c 'echo begun; sleep 1.5; touch {tmp_path}/done'"
    _, reply, _ = await run(core, then, timeout=0.7, survive=True)
    assert isinstance(reply.error, TimedOut)
    assert reply.error.details["ended"] is False
    await eventually((tmp_path / "done").exists)


async def test_a_surviving_script_keeps_its_steps_apart(core, edge):
    _, reply, _ = await run(core, "dft_step one sh -c 'echo out; echo err >&2; exit 5'", survive=True)
    assert (reply["one"].status, reply["one"].stdout, reply["one"].stderr) == (5, b"out", b"err")
    assert (reply.whole, reply.error) == (True, None)


async def test_a_shell_that_ends_before_its_last_line_is_an_unknown_outcome(core, edge):
    _, reply, _ = await run(core, "dft_step one echo heard\nexit 9\ndft_step two echo never")
    assert isinstance(reply.error, OutcomeUnknown)
    assert "status 9" in reply.error.message
    assert (reply["one"].status, "two" in reply.steps) == (0, False)


async def test_a_flood_over_the_limit_is_cut_and_never_taken_for_the_whole(core, edge):
    then = "dft_step one sh -c 'head -c 300000 /dev/zero | tr \"\\\\0\" x'\ndft_step two echo never-heard"
    _, reply, lines = await run(core, then, limit=100_000)
    assert (reply.truncated, reply.whole) == (True, False)
    assert isinstance(reply.error, OutcomeUnknown)
    assert reply["one"].status is None
    assert len(reply["one"].stdout) < 100_000
    cut = [message for message in said(lines, Stream.STDOUT) if "bytes more, not kept here" in message]
    assert len(cut) == 1


async def test_bytes_that_are_no_text_and_escapes_are_harmless_in_the_log(core, edge):
    _, reply, lines = await run(core, "dft_step one printf 'a\\033[31mred\\377\\rb\\n'")
    assert reply["one"].stdout == b"a\x1b[31mred\xff\rb"
    (line,) = [one for one in said(lines, Stream.STDOUT) if "red" in one]
    assert line.isprintable()
    assert line.startswith("ared")


async def test_a_link_lost_in_a_step_leaves_its_outcome_unknown_and_the_rest_known(
    core, start_peer, draft, tmp_path
):
    peer = await start_peer()
    fingerprint = peer.host_keys[0].fingerprint
    await core.servers.add(draft("edge", peer.endpoint("deploy"), approve_fingerprint=fingerprint))
    then = f"dft_step one echo heard\ndft_step two sh -c 'touch {tmp_path}/two; exec sleep 60'"
    running = asyncio.create_task(run(core, then, step_seconds=50))
    await eventually((tmp_path / "two").exists)
    server = (await core.inventory.find("edge")).id
    told: list[str] = []
    async with asyncio.timeout(20):  # the host is at it, and what it said of that may still be on its way
        while "heard" not in told or not any("exec sleep 60" in one for one in told):
            (latest,) = await core.history.operations(server, limit=1)
            told = [line.message for line in await core.history.lines(latest.id, limit=500)]
            await asyncio.sleep(0.02)
    peer.drop()
    _, reply, lines = await running
    assert isinstance(reply.error, OutcomeUnknown)
    assert "the connection was lost" in reply.error.message
    assert (reply["one"].status, reply["two"].status, reply["two"].command != "") == (0, None, True)
    assert "heard" in said(lines, Stream.STDOUT)


async def test_noise_of_a_start_up_file_is_in_the_log_but_in_no_step(core, start_peer, draft, tmp_path):
    noisy = tmp_path / "programs" / "sh"
    noisy.write_text("#!/bin/sh\necho '#dft 0 exit one 0 1 1'; echo mail >&2; exec /bin/sh \"$@\"\n")
    noisy.chmod(0o755)
    peer = await start_peer()
    fingerprint = peer.host_keys[0].fingerprint
    await core.servers.add(draft("edge", peer.endpoint("deploy"), approve_fingerprint=fingerprint))
    _, reply, _ = await run(core, "dft_step one echo mine; dft_step two true")
    assert (reply["one"].stdout, reply["one"].stderr, reply["one"].status) == (b"mine", b"", 0)
    assert (reply["two"].stdout, reply.whole) == (b"", True)


async def test_nothing_is_sent_to_a_server_whose_key_nobody_approved(core, start_peer, draft):
    peer = await start_peer()
    await core.servers.add(draft("edge", peer.endpoint("deploy")))
    with pytest.raises(HostIdentityUnapproved) as caught:
        await run(core, "dft_step one true")
    ended = await core.history.operation(caught.value.details["operationId"])
    assert (ended.status, ended.error_code) == (OperationStatus.FAILED, "HOST_IDENTITY_UNAPPROVED")
    assert (peer.log.users, peer.log.commands) == ([], [])


# ---- the frame around an operation ----


async def test_without_the_scope_nothing_is_recorded_and_nothing_is_done(open_core, core, edge):
    denied = await open_core(Principal("somebody", frozenset({"server:write"}), False))
    before = await core.database.rows("select count(*) as n from operations")
    done = []

    async def work(server, handle):
        done.append(server)
        return DONE

    with pytest.raises(ScopeDenied):
        await denied.operations.run("edge", UNDERTAKING, work)
    assert done == []
    assert await core.database.rows("select count(*) as n from operations") == before
    assert (await core.database.rows("select outcome from audit order by sequence desc limit 1"))[0][
        "outcome"
    ] == "denied"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (TimedOut, OperationStatus.FAILED, "TIMEOUT"),
        (OutcomeUnknown, OperationStatus.INTERRUPTED, "OUTCOME_UNKNOWN"),
    ],
)
async def test_an_error_of_the_work_ends_it_as_what_it_is_and_carries_its_record(
    core, edge, error, status, code
):
    async def work(server, handle):
        raise error("in its own words")

    with pytest.raises(error) as caught:
        await core.operations.run("edge", UNDERTAKING, work)
    ended = await core.history.operation(caught.value.details["operationId"])
    assert (ended.status, ended.error_code, ended.error) == (status, code, "in its own words")


async def test_what_is_written_with_the_end_lands_with_it_or_nothing_does(core, edge):
    async def also(transaction, operation_id):
        await transaction.run("insert into meta (key, value) values ('trial', ?)", (operation_id,))

    async def work(server, handle):
        return Outcome(OperationStatus.PARTIAL, "half", {"n": 1}, "half of it", None, also)

    ended = await core.operations.run("edge", UNDERTAKING, work)
    assert (ended.status, ended.result, ended.error) == (OperationStatus.PARTIAL, {"n": 1}, "half of it")
    assert (await core.database.rows("select value from meta where key = 'trial'"))[0]["value"] == ended.id

    with pytest.raises(Conflict):
        await core.operations.run("edge", UNDERTAKING, work)
    newest = (await core.history.operations(ended.server_id, limit=1))[0]
    assert (newest.status, newest.result) == (OperationStatus.FAILED, {})
