"""Shells on real OpenSSH hosts: what programs see of the terminal, and how every end is told and recorded."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.services.shells import Screen, detail, trail
from tests.ssh.parts import eventually

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.terminal import EndReason, ShellChoice, ShellRequest
from daoflow_core.store import operations
from daoflow_core.terminal_errors import TerminalRefused

from .lab_hosts import LabHost, RealLab
from .seats import enrol

LOGIN = ShellRequest(100, 30)
SH = ShellRequest(100, 30, ShellChoice.SH)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
async def console(home: Path) -> AsyncIterator[Console]:
    async with await open_console(Opening({"DAOFLOW_HOME": str(home), "HOME": str(home)})) as opened:
        yield opened


@pytest.fixture(params=["alpha", "gamma"])
def host(request: pytest.FixtureRequest, lab: RealLab) -> LabHost:
    """OpenSSH 10 and OpenSSH 9.2."""
    lab[request.param].pardon()
    return lab[request.param]


@pytest.fixture
def screen() -> Screen:
    return Screen()


async def test_a_program_sees_a_terminal_of_the_asked_size_and_its_changes(console, host, screen):
    await enrol(console, host, "one")
    session = await console.terminals.open("one", LOGIN, screen)
    session.write(
        b"stty size; echo $TERM; tty; shopt -q login_shell && echo lo''gin; stty -a | grep -o iutf8\n"
    )
    for shown in (b"30 100\r\n", b"xterm-256color\r\n", b"/dev/pts/", b"login\r\n", b"iutf8\r\n"):
        await screen.shows(shown)
    session.write(b"trap 'stty size' WINCH; echo set''up\n")
    await screen.shows(b"setup\r\n")
    session.resize(133, 44)
    session.write(b"\n")
    await screen.shows(b"44 133\r\n")
    found = await session.foreground()
    assert found.busy is False
    session.write(b"sh -c 'echo go''ing; exec sleep 60'\n")
    await screen.shows(b"going\r\n")
    found = await session.foreground()
    assert (found.busy, found.program) == (True, "sleep")
    session.write(b"\x03")
    session.write(b"exit 42\n")
    end = await session.ended()
    assert (end.reason, end.exit_status) == (EndReason.EXITED, 42)
    assert (await detail(console, "server.terminal.close"))["exitStatus"] == 42


async def test_a_full_screen_program_draws_hears_keys_and_follows_the_size(console, host, screen):
    await enrol(console, host, "one")
    session = await console.terminals.open("one", SH, screen)
    session.write(b"top -d 60\n")
    await screen.shows(b"load average")
    assert (await session.foreground()).program == "top"
    drawn = len(screen.shown)
    session.resize(70, 12)
    await eventually(lambda: b"PID" in screen.shown[drawn:])
    session.write(b"q")
    await eventually(lambda: screen.shown.endswith(b"$ "))  # it throws away what is typed ahead
    session.write(b"stty size; echo by''e; exit 5\n")
    await screen.shows(b"bye\r\n")
    assert (await session.ended()).exit_status == 5
    assert b"12 70\r\n" in screen.shown


async def test_a_shell_that_a_signal_ends_says_which(console, host, screen):
    await enrol(console, host, "one")
    session = await console.terminals.open("one", SH, screen)
    session.write(b"kill -KILL $$\n")
    end = await session.ended()
    assert (end.reason, end.exit_status, end.signal) == (EndReason.EXITED, None, "KILL")


async def test_a_killed_sshd_ends_the_session_with_its_reason_on_record(console, host, screen):
    await enrol(console, host, "one")
    session = await console.terminals.open("one", SH, screen)
    host.exec("sh", "-c", "kill -9 $(pgrep -f '[s]shd.*: deploy')")
    end = await session.ended()
    assert (end.reason, end.exit_status) == (EndReason.LINK_LOST, None)
    row = await operations.by_id(console.database, session.operation_id)
    assert (row.status, row.error_code) == (OperationStatus.INTERRUPTED, "LINK_LOST")
    assert await trail(console, "server.terminal.close") == [("outcome", "interrupted")]
    assert (await detail(console, "server.terminal.close"))["reason"] == "link-lost"


async def test_closing_hangs_up_and_nothing_of_ours_stays_on_the_host(console, host, screen):
    await enrol(console, host, "one")
    session = await console.terminals.open("one", SH, screen)
    session.write(b"sh -c 'echo go''ing; exec sleep 4711'\n")
    await screen.shows(b"going\r\n")
    assert (await session.close()).reason is EndReason.CLOSED
    for _ in range(100):
        if not host.exec("pgrep", "-f", "[s]leep 4711", check=False):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the program outlived its terminal")


async def test_a_console_killed_with_a_shell_open_is_recorded_as_unknown_and_the_host_hangs_up(
    console, host, home
):
    await enrol(console, host, "one")
    with subprocess.Popen(
        [sys.executable, "-m", "tests.services.recording_rounds", str(home), "mark-real"],
        stdout=subprocess.PIPE,
        env={**os.environ, "DAOFLOW_HOME": str(home), "HOME": str(home)},
    ) as child:
        assert (await asyncio.to_thread(child.stdout.readline)).strip() == b"mark-real"
        await asyncio.sleep(0.8)
        child.kill()
    await console.recover()
    assert await trail(console, "server.terminal.close") == [("outcome", "unknown")]
    (kept,) = await console.recordings.list()
    _, frames = await console.recordings.frames(kept.id)
    assert b"mark-real" in b"".join(frame.data for frame in frames)


async def test_where_sshd_gives_no_terminal_it_says_so(console, alpha, screen):
    await enrol(console, alpha, "one")
    keys = "~deploy/.ssh/authorized_keys"
    alpha.exec("sh", "-c", f"cp {keys} /root/keys && sed -i 's/^/no-pty /' {keys}")
    try:
        with pytest.raises(TerminalRefused, match="gives deploy no terminal"):
            await console.terminals.open("one", SH, screen)
    finally:
        alpha.exec("sh", "-c", f"cat /root/keys > {keys}")
    assert await trail(console, "server.terminal.open") == [("intent", "pending"), ("outcome", "failed")]


async def test_ctrl_c_in_a_flood_is_quiet_soon_and_other_work_goes_on_meanwhile(console, host, screen):
    await enrol(console, host, "one")
    session = await console.terminals.open("one", SH, screen)
    session.write(b"yes\n")
    await screen.shows(b"y\r\ny\r\n" * 100)
    checked = await asyncio.wait_for(console.readiness.check("one"), 15)
    assert checked is not None
    flooded = len(screen.shown)
    session.write(b"\x03")
    session.write(b"echo qui''et\n")
    loop = asyncio.get_running_loop()
    started = loop.time()
    await screen.shows(b"quiet\r\n")
    assert loop.time() - started < 2
    assert flooded > 64 * 1024
