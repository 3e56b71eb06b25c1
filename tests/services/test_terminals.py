"""A shell on a server: permitted, on record before it is there, and ended truthfully, whatever ends it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3

import pytest
from tests.services.shells import REQUEST, Screen, detail, register, trail
from tests.ssh.parts import eventually

from daoflow_core.errors import AuditBroken, HostIdentityUnapproved, InvalidInput, ScopeDenied, StoreFull
from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.server import Endpoint
from daoflow_core.model.terminal import EndReason, ShellRequest
from daoflow_core.services import terminal_watch
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.store import operations


async def test_what_is_typed_reaches_a_terminal_of_the_asked_size_and_its_exit_status_comes_back(
    core, trusted, screen
):
    session = await core.terminals.open("one", REQUEST, screen)
    session.write(b"stty size; echo $TERM $COLORTERM\n")
    await screen.shows(b"30 100")
    await screen.shows(b"xterm-256color truecolor")
    session.resize(77, 22)
    session.write(b"stty size\n")
    await screen.shows(b"22 77")
    session.write(b"exit 7\n")
    end = await session.ended()
    assert (end.reason, end.exit_status) == (EndReason.EXITED, 7)
    row = await operations.by_id(core.database, session.operation_id)
    assert (row.status, row.result["exitStatus"]) == (OperationStatus.COMPLETED, 7)
    assert row.result["bytesOut"] == len(screen.shown)
    assert await trail(core, "server.terminal.open") == [("intent", "pending"), ("outcome", "completed")]
    assert await trail(core, "server.terminal.close") == [("outcome", "completed")]
    closing = await detail(core, "server.terminal.close")
    assert (closing["exitStatus"], closing["bytesIn"]) == (7, session.bytes_in)
    assert core.terminals.sessions == ()


async def test_nothing_of_what_is_typed_or_shown_is_in_the_record(core, trusted, screen):
    session = await core.terminals.open("one", REQUEST, screen)
    session.write(b"echo can''ary-in-the-shell; exit\n")
    await session.ended()
    assert b"canary-in-the-shell" in screen.shown
    rows = await core.database.rows("select message from operation_logs")
    entries = await core.database.rows("select detail from audit")
    assert "ary-in-the-shell" not in str(rows) + str(entries)


async def test_without_a_grant_nothing_is_opened_and_the_refusal_is_on_record(
    core, start_peer, draft, screen
):
    peer = await start_peer()
    await register(core, draft("one", peer.endpoint("deploy")), peer)
    logins = peer.log.logins
    with pytest.raises(ScopeDenied):
        await core.terminals.open("one", REQUEST, screen)
    assert await trail(core, "server.terminal.open") == [("denied", "denied")]
    assert peer.log.logins == logins


async def test_an_unapproved_server_gets_no_login_and_the_attempt_is_on_record(
    core, start_peer, draft, screen
):
    peer = await start_peer()
    await core.servers.add(draft("one", peer.endpoint("deploy")))
    await core.grants.terminal("one", 900, "a test")
    with pytest.raises(HostIdentityUnapproved):
        await core.terminals.open("one", REQUEST, screen)
    assert await trail(core, "server.terminal.open") == [("intent", "pending"), ("outcome", "failed")]
    assert await trail(core, "server.terminal.close") == []
    assert peer.log.users == []


async def test_when_the_trail_cannot_be_written_nothing_opens(core, trusted, screen):
    commands = len(trusted.log.commands)
    with contextlib.closing(sqlite3.connect(core.paths.database)) as stranger:
        for (name,) in stranger.execute(
            "select name from sqlite_master where type = 'trigger' and tbl_name = 'audit_head'"
        ).fetchall():
            stranger.execute(f"drop trigger {name}")
        stranger.execute("update audit_head set mac = 'broken'")
        stranger.commit()
    with pytest.raises(AuditBroken):
        await core.terminals.open("one", REQUEST, screen)
    assert len(trusted.log.commands) == commands


async def test_a_shell_whose_opening_cannot_be_recorded_is_ended_at_once(core, trusted, screen, monkeypatch):
    async def full(*_: object) -> None:
        raise StoreFull("The disk is full.")

    running = trusted.running
    monkeypatch.setattr(OperationHandle, "opened", full)
    with pytest.raises(StoreFull):
        await core.terminals.open("one", REQUEST, screen)
    await eventually(lambda: trusted.running == running)
    assert await trail(core, "server.terminal.open") == [("intent", "pending"), ("outcome", "failed")]


async def test_a_lost_connection_ends_the_session_with_its_reason_and_no_status(core, trusted, screen):
    session = await core.terminals.open("one", REQUEST, screen)
    trusted.drop()
    end = await session.ended()
    assert (end.reason, end.exit_status, end.signal) == (EndReason.LINK_LOST, None, None)
    row = await operations.by_id(core.database, session.operation_id)
    assert (row.status, row.error_code) == (OperationStatus.INTERRUPTED, "LINK_LOST")
    assert "lost" in row.error
    assert await trail(core, "server.terminal.close") == [("outcome", "interrupted")]


async def test_a_revoked_grant_ends_the_open_shell(core, trusted, screen, monkeypatch):
    monkeypatch.setattr(terminal_watch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(terminal_watch, "TICK", 0.02)
    session = await core.terminals.open("one", REQUEST, screen)
    for grant, _ in await core.grants.list():
        await core.grants.revoke(grant.id)
    end = await session.ended()
    assert end.reason is EndReason.NOT_PERMITTED
    assert (await detail(core, "server.terminal.close"))["reason"] == "not-permitted"


async def test_a_grant_that_is_about_to_end_is_told_and_then_ends_the_shell(
    core, trusted, screen, monkeypatch
):
    monkeypatch.setattr(terminal_watch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(terminal_watch, "TICK", 0.02)
    for grant, _ in await core.grants.list():
        await core.grants.revoke(grant.id)
    await core.grants.terminal("one", 3, "a short test")
    session = await core.terminals.open("one", REQUEST, screen)
    end = await session.ended()
    assert end.reason is EndReason.NOT_PERMITTED
    assert [one.reason for one in screen.notices] == [EndReason.NOT_PERMITTED]


async def test_a_removed_server_ends_its_shells(core, trusted, screen, monkeypatch):
    session = await core.terminals.open("one", REQUEST, screen)
    await core.servers.remove("one")
    end = await session.ended()
    assert end.reason is EndReason.SERVER_REMOVED


async def test_an_idle_shell_is_warned_of_and_ended(core, trusted, screen, monkeypatch):
    monkeypatch.setattr(terminal_watch, "TICK", 0.02)
    monkeypatch.setattr(core.terminals._watch, "_idle_seconds", 0.6)
    session = await core.terminals.open("one", REQUEST, screen)
    end = await session.ended()
    assert end.reason is EndReason.IDLE
    assert [one.reason for one in screen.notices] == [EndReason.IDLE]


async def test_the_program_in_front_is_named_and_an_idle_prompt_is_told_from_it(core, trusted, screen):
    session = await core.terminals.open("one", REQUEST, screen)
    session.write(b"echo re''ady\n")
    await screen.shows(b"ready")
    assert (await session.foreground()).busy is False
    session.write(b"sleep 60\n")
    await screen.shows(b"sleep 60")
    for _ in range(100):
        found = await session.foreground()
        if found.busy:
            break
    assert (found.busy, found.program) == (True, "sleep")
    end = await session.close()
    assert (end.reason, end.exit_status) == (EndReason.CLOSED, None)


async def test_closing_the_console_ends_its_shells_on_record(open_core, start_peer, draft, screen):
    core, other = await open_core(), await open_core()
    peer = await start_peer()
    await register(core, draft("one", peer.endpoint("deploy")), peer)
    await core.grants.terminal("one", 900, "a test")
    session = await core.terminals.open("one", REQUEST, screen)
    await core.close()
    assert (await session.ended()).reason is EndReason.PROGRAM_ENDED
    row = await operations.by_id(other.database, session.operation_id)
    assert row.status is OperationStatus.INTERRUPTED
    assert await trail(other, "server.terminal.close") == [("outcome", "interrupted")]


async def test_a_shell_can_be_ended_from_another_process(core, trusted, screen):
    session = await core.terminals.open("one", REQUEST, screen)
    await core.history.cancel(session.operation_id)
    end = await session.ended()
    assert end.reason is EndReason.CANCELLED
    row = await operations.by_id(core.database, session.operation_id)
    assert (row.status, row.result["reason"]) == (OperationStatus.CANCELLED, "cancelled")


async def test_a_screen_that_fails_ends_its_own_shell_only(core, trusted, screen):
    class Broken(Screen):
        def feed(self, data: bytes) -> None:
            raise RuntimeError(data)

    well = await core.terminals.open("one", REQUEST, screen)
    ill = await core.terminals.open("one", REQUEST, Broken())
    assert (await ill.ended()).reason is EndReason.CONSOLE_FAULT
    well.write(b"echo al''ive\n")
    await screen.shows(b"alive")


async def test_a_held_back_shell_waits_and_loses_nothing(core, trusted, screen):
    session = await core.terminals.open("one", REQUEST, screen)
    session.pause_reading()
    session.write(b"seq 1 200000; exit\n")
    await asyncio.sleep(0.3)
    held = len(screen.shown)
    session.resume_reading()
    await session.ended()
    assert held < 1_000_000 < len(screen.shown)
    assert b"\n199999\r\n200000\r\n" in screen.shown


@pytest.mark.parametrize(("rate", "most"), [(1000.0, 8 * 1024), (1e9, 256 * 1024)])
async def test_only_as_much_is_under_way_as_can_be_shown_in_a_moment(core, trusted, screen, rate, most):
    session = await core.terminals.open("one", REQUEST, screen)
    session.pace(rate)
    session.write(b"seq 1 40000; echo do''ne\n")
    await screen.shows(b"done")
    session.pause_reading()
    session.write(b"seq 1 400000\n")
    await asyncio.sleep(0.3)
    before = len(screen.shown)
    session.resume_reading()  # hands over what was kept here, in this call
    assert most // 2 <= len(screen.shown) - before <= most
    session.end(EndReason.CLOSED, "seen enough")
    await session.ended()


async def test_an_impossible_size_is_refused_before_anything_is_recorded(core, trusted, screen):
    with pytest.raises(InvalidInput):
        await core.terminals.open("one", ShellRequest(0, 24), screen)
    assert await trail(core, "server.terminal.open") == []


async def test_this_machine_gives_a_shell_without_ssh(core, screen, draft):
    await core.servers.add(draft("here", Endpoint("localhost", 22, "root"), key_material=None))
    await core.grants.terminal("here", 900, "a test")
    session = await core.terminals.open("here", REQUEST, screen)
    session.write(b"stty size; tty; exit 3\n")
    end = await session.ended()
    assert (end.reason, end.exit_status) == (EndReason.EXITED, 3)
    assert b"30 100" in screen.shown
