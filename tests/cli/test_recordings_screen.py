"""`recordings screen`: any asciicast v2 file, without a store."""

from __future__ import annotations

import json

import pytest

HEADER = {"version": 2, "width": 10, "height": 3}


@pytest.fixture
def cast(tmp_path):
    def write(*events, header=HEADER, end=""):
        path = tmp_path / "some.cast"
        path.write_text("\n".join(json.dumps(line) for line in (header, *events)) + "\n" + end)
        return str(path)

    return write


def test_every_cell_of_the_screen_is_told(cli, cast):
    data = cli(
        "recordings", "screen", cast([0, "o", "\x1b[1;31;48;2;1;2;3mA日\x1b[0;38;5;200m-"]), "--json"
    ).data
    assert data["size"] == {"columns": 10, "rows": 3}
    assert data["cursor"] == {"column": 4, "row": 0, "visible": True}
    assert [len(row) for row in data["rows"]] == [10, 10, 10]
    styled = {"foreground": 1, "background": "#010203", "flags": ["bold"]}
    assert data["rows"][0][:5] == [
        {"text": "A", "width": 1, **styled},
        {"text": "日", "width": 2, **styled},
        {"text": "", "width": 0, **styled},
        {"text": "-", "width": 1, "foreground": 200, "background": None, "flags": []},
        {"text": " ", "width": 1, "foreground": None, "background": None, "flags": []},
    ]


def test_a_time_shows_everything_up_to_it_that_moment_included(cli, cast):
    path = cast([1, "o", "a"], [2, "r", "20x5"], [2, "o", "b"], [2.5, "o", "c"])

    def shown(at):
        data = cli("recordings", "screen", path, "--at", at, "--json").data
        return data["size"]["columns"], "".join(cell["text"] for cell in data["rows"][0]).rstrip()

    assert [shown(at) for at in ("0", "1", "2", "2.4", "99")] == [
        (10, ""),
        (10, "a"),
        (20, "ab"),
        (20, "ab"),
        (20, "abc"),
    ]


def test_the_cursor_stays_in_the_last_column_until_the_next_character(cli, cast):
    data = cli("recordings", "screen", cast([0, "o", "0123456789\x1b[?25l"]), "--json").data
    assert data["cursor"] == {"column": 9, "row": 0, "visible": False}


def test_it_reads_a_relative_path_and_makes_no_store(cli, cast, home, tmp_path, monkeypatch):
    cast([0, "o", "hello"])
    monkeypatch.chdir(tmp_path)
    answer = cli("recordings", "screen", "some.cast")
    assert (answer.status, answer.out) == (0, "hello\n")
    assert not home.exists()


def test_a_torn_end_is_a_warning_and_the_answer_stands(cli, cast):
    answer = cli("recordings", "screen", cast([0, "o", "a"], end='[1, "o'))
    assert (answer.status, answer.out) == (0, "a\n")
    assert "ends in the middle of a line" in answer.err


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nothing", "NOT_A_RECORDING"),
        ('{"version": 3}', "RECORDING_HEADER"),
        ('{"version": 2, "width": 0, "height": 1}', "RECORDING_SIZE"),
        ('{"version": 2, "width": 5, "height": 1}\nx\n[1, "o", "a"]', "RECORDING_DAMAGED"),
    ],
)
def test_what_is_no_recording_is_an_error_of_its_own(cli, tmp_path, text, code):
    path = tmp_path / "wrong.cast"
    path.write_text(text)
    answer = cli("recordings", "screen", str(path), "--json")
    assert (answer.status, answer.code) == (1, code)


@pytest.mark.parametrize(
    ("path", "code"), [("none.cast", "NOT_FOUND"), (".", "INVALID_INPUT"), ("a\0b", "INVALID_INPUT")]
)
def test_what_can_not_be_read_is_said(cli, tmp_path, monkeypatch, path, code):
    monkeypatch.chdir(tmp_path)
    assert cli("recordings", "screen", path, "--json").code == code


@pytest.mark.parametrize("at", ["-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused(cli, cast, at):
    assert cli("recordings", "screen", cast(), f"--at={at}", "--json").code == "INVALID_INPUT"
