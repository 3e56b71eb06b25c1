"""`recordings`: made in a real terminal, listed without a byte of them, played without harm, exported, deleted."""

from __future__ import annotations

import json

import pytest
from tests.cli.outer_terminal import OuterTerminal, environment

from daoflow_tui.cli.answers.table import ANSWERS

CANARY = "canary-in-a-recording"
HARM = r"printf '\033]52;c;Y2FuYXJ5\007\033]0;a title\007\033[6n\033[?1003h\033[31mred\033[0m'; "


@pytest.fixture
def recorded(cli, ready, home) -> str:
    """The id of a recording made in a terminal, of a shell that also tried to do harm."""
    cli("grant", "terminal", "--server", "edge", "--reason", "a test", "--yes")
    line = ("server", "terminal", "--server", "edge", "--shell", "sh", "--record")
    terminal = OuterTerminal(line, environment(home))
    try:
        assert b"RECORDED (rec_" in terminal.shows(b"hangs up")
        terminal.type(f"{HARM}echo {CANARY[:6]}''{CANARY[6:]}; exit\n".encode())
        assert terminal.ends() == 0
    finally:
        terminal.close()
    (one,) = cli("recordings", "list", "--json").data["recordings"]
    assert (one["status"], one["serverName"], one["hasInput"]) == ("complete", "edge", False)
    return one["id"]


def test_a_recording_is_listed_played_exported_and_deleted(cli, recorded, home, tmp_path):
    out = tmp_path / "shell.cast"
    exported = cli("recordings", "export", "--recording", recorded, "--out", str(out), "--json")
    ANSWERS["recordings export"].model_validate_json(json.dumps(exported.data), strict=True)
    assert out.stat().st_mode & 0o777 == 0o600
    head, *events = [json.loads(line) for line in out.read_text().splitlines()]
    assert (head["width"], head["height"], exported.data["events"]) == (90, 25, len(events))
    assert CANARY in "".join(text for _, _, text in events)
    again = cli("recordings", "export", "--recording", recorded, "--out", str(out), "--json")
    assert again.code == "CONFLICT", "a file is never written over"

    terminal = OuterTerminal(
        ("recordings", "play", "--recording", recorded, "--speed", "50"), environment(home)
    )
    try:
        shown = terminal.shows(CANARY.encode())
        assert terminal.ends() == 0
        assert b"\x1b[31mred" in shown
        for harm in (b"\x1b]52", b"\x1b]0;", b"\x1b[6n", b"\x1b[?1003h"):
            assert harm not in terminal.shown
        assert terminal.settings == terminal.before
    finally:
        terminal.close()
    assert cli("recordings", "play", "--recording", recorded, "--json").code == "TTY_REQUIRED"

    screen = cli("recordings", "screen", recorded, "--json").data
    assert any(CANARY in "".join(cell["text"] for cell in row) for row in screen["rows"])
    assert screen["size"] == {"columns": 90, "rows": 25}

    for words in (
        ("recordings", "list"),
        ("audit", "list"),
        ("server", "ops", "history", "--server", "edge"),
    ):
        assert CANARY not in cli(*words, "--json").out
    looks = [one["action"] for one in cli("audit", "list", "--limit", "50", "--json").data["entries"]]
    assert (looks.count("recording.play"), looks.count("recording.export")) == (4, 2)
    gone = cli("recordings", "delete", "--recording", recorded, "--yes", "--json")
    assert gone.data["recording"]["status"] == "deleted"
    assert list(home.glob("recordings/*")) == []
    assert cli("recordings", "play", "--recording", recorded, "--json").code == "TTY_REQUIRED"
    assert (
        cli("recordings", "export", "--recording", recorded, "--out", f"{out}2", "--json").code == "CONFLICT"
    )
    assert not out.with_name("shell.cast2").exists()


def test_a_backup_says_that_recordings_are_not_in_it(cli, recorded, tmp_path):
    told = cli("vault", "backup", "--out", str(tmp_path / "b.tar"))
    assert told.status == 0
    assert "1 recordings are not in it" in told.err


def test_a_rule_is_set_and_shown(cli, ready):
    assert cli("recordings", "rule", "--server", "edge", "--json").data["record"] == "asked"
    refused = cli("recordings", "rule", "--server", "edge", "--record", "always", "--json")
    assert refused.code == "CONFIRMATION_REQUIRED"
    cli("recordings", "rule", "--server", "edge", "--record", "always", "--yes")
    assert cli("recordings", "rule", "--server", "edge", "--json").data["record"] == "always"


def test_a_grant_with_record_records_a_shell_that_did_not_ask_for_it(cli, ready, home):
    words = ("grant", "terminal", "--server", "edge", "--reason", "a test", "--record", "--yes", "--json")
    granted = cli(*words)
    ANSWERS["grant terminal"].model_validate_json(json.dumps(granted.data), strict=True)
    assert granted.data["grant"]["record"] is True
    assert "always" in cli("grant", "list").out
    terminal = OuterTerminal(("server", "terminal", "--server", "edge", "--shell", "sh"), environment(home))
    try:
        assert b", as its grant demands." in terminal.shows(b"hangs up")
        terminal.type(b"exit\n")
        assert terminal.ends() == 0
    finally:
        terminal.close()
    listed = cli("recordings", "list", "--json")
    ANSWERS["recordings list"].model_validate_json(json.dumps(listed.data), strict=True)
    assert listed.data["recordings"][0]["recordedBecause"] == ["grant"]
    entries = cli("audit", "list", "--limit", "50", "--json").data["entries"]
    (created,) = (one for one in entries if one["action"] == "grant.create" and one["phase"] == "outcome")
    assert created["detail"]["record"] is True


@pytest.mark.parametrize("words", [("--speed", "0"), ("--idle", "-1"), ("--speed", "1000")])
def test_a_pace_that_is_none_is_refused(cli, ready, words):
    assert cli("recordings", "play", "--recording", "rec_x", *words, "--json").code == "INVALID_INPUT"
