"""`server terminal`: this terminal becomes one on a server, and is as it was before when that is over."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from tests.cli.outer_terminal import OuterTerminal, environment

from daoflow_tui.cli.tty_keys import Keys

Open = Callable[..., OuterTerminal]


@pytest.fixture
def permitted(cli, ready):
    cli("grant", "terminal", "--server", "edge", "--reason", "a test", "--yes")


@pytest.fixture
def outer(home, permitted) -> Iterator[Open]:
    """Opens `server terminal` in a terminal of its own."""
    opened: list[OuterTerminal] = []

    def start(*words: str) -> OuterTerminal:
        line = ("server", "terminal", "--server", "edge", "--shell", "sh", *words)
        opened.append(OuterTerminal(line, environment(home)))
        opened[-1].shows(b"hangs up")
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def closing(home) -> tuple[str, dict[str, object]]:
    """Outcome and detail of the newest end of a shell."""
    import json

    with (
        contextlib.closing(sqlite3.connect(f"file:{home / 'daoflow.db'}?mode=ro", uri=True)) as database,
        database,
    ):
        outcome, detail = database.execute(
            "select outcome, detail from audit where action = 'server.terminal.close' order by sequence desc limit 1"
        ).fetchone()
    return outcome, json.loads(detail)


def test_keys_sizes_and_the_exit_status_pass_and_the_terminal_is_as_before(outer, home):
    terminal = outer()
    terminal.type(b"stty size\n")
    terminal.shows(b"25 90")
    terminal.resize(101, 33)
    terminal.type(b"sleep 0.3; stty size\n")
    terminal.shows(b"33 101")
    terminal.type(b"sh -c 'echo g\"\"o; exec sleep 60'\n")
    terminal.shows(b"go\r\n")
    terminal.type(b"\x03")  # an interrupt ends the program there, not this one
    terminal.shows(b"# ", after=b"^C")
    terminal.type(b"echo st''ill here; exit 42\n")
    terminal.shows(b"still here")
    assert terminal.ends() == 42
    assert terminal.settings == terminal.before
    outcome, detail = closing(home)
    assert (outcome, detail["exitStatus"]) == ("completed", 42)


def test_enter_tilde_dot_hangs_up(outer, home):
    terminal = outer()
    terminal.type(b"\r~.")
    assert terminal.ends() == 255
    assert terminal.settings == terminal.before
    assert closing(home)[1]["reason"] == "closed"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda one: one.name)
def test_a_program_told_to_end_puts_the_terminal_right_and_the_end_on_record(outer, home, number):
    terminal = outer()
    terminal.type(b"printf '\\033[?1049h\\033[?1000h'; echo o''n\n")
    terminal.shows(b"on\r\n")
    assert terminal.settings != terminal.before
    os.kill(terminal.process.pid, number)
    assert terminal.ends() == 255
    assert terminal.settings == terminal.before
    assert closing(home)[1]["reason"] == "program-ended"
    assert b"\x1b[?1047l" in terminal.shown and b"\x1b[?1000l" in terminal.shown


def test_a_lost_server_ends_with_255_and_its_reason(outer, peer, home):
    terminal = outer()
    peer.ask(_drop(peer.peer))
    assert terminal.ends() == 255
    assert b"was lost" in terminal.shown
    assert terminal.settings == terminal.before
    assert closing(home)[0] == "interrupted"


async def _drop(peer) -> None:
    peer.drop()


def test_a_killed_program_leaves_a_shell_that_the_next_start_records_as_unknown(outer, cli, home):
    terminal = outer()
    os.kill(terminal.process.pid, signal.SIGKILL)
    terminal.ends()
    cli("server", "show", "--server", "edge")
    assert closing(home)[0] == "unknown"
    history = cli("server", "ops", "history", "--server", "edge", "--json").data["operations"]
    newest = next(one for one in history if one["kind"] == "host_terminal")
    assert (newest["status"], newest["errorCode"]) == ("interrupted", "OUTCOME_UNKNOWN")


@pytest.mark.parametrize("words", [("--json",), ()], ids=["json", "no terminal"])
def test_without_a_terminal_it_says_so(cli, permitted, words):
    answer = cli("server", "terminal", "--server", "edge", *words)
    assert answer.status == 1
    if words:
        assert answer.code == "TTY_REQUIRED"
    else:
        assert "needs a terminal" in answer.err


@pytest.mark.parametrize(
    ("typed", "sent", "ends"),
    [
        (b"ls\r", b"ls\r", False),
        (b"a~.", b"a~.", False),
        (b"~.", b"", True),
        (b"ls\r~.", b"ls\r", True),
        (b"\r~~x", b"\r~x", False),
        (b"\r~x~.", b"\r~x~.", False),
        (b"\x1b[A\r\x03", b"\x1b[A\r\x03", False),
    ],
)
def test_only_a_tilde_at_the_beginning_of_a_line_is_ours(typed, sent, ends):
    keys = Keys()
    assert b"".join(keys.feed(bytes([byte])) for byte in typed) == sent
    assert keys.hung_up == ends
    whole = Keys()
    assert (whole.feed(typed), whole.hung_up) == (sent, ends)
