"""Every field of every command with what people and scripts get wrong: a specific code, one document, nothing written."""

from __future__ import annotations

import os

import pytest

LONG = "a" * 4096
CONTROL = "web\x1b]0;owned\x07"
BAD_TEXT = [
    "",
    " ",
    LONG,
    CONTROL,
    "-rf",
    "--name",
    "a;id",
    "$(id)",
    "`id`",
    "a|b",
    "a\nb",
    "a\x00b",
    "../x",
    "caf\udce9",
]
UNKNOWN = ["", " ", LONG, CONTROL, "-x", "$(id)", "srv_01jd3k00000000000000000000", "caf\udce9", "a\x00b"]
ADD = {
    "--name": "edge",
    "--host": "203.0.113.42",
    "--ssh-port": "22",
    "--ssh-user": "deploy",
    "--region": "eu",
    "--kind": "docker-engine",
    "--env": "prod",
    "--approve-fingerprint": "SHA256:" + "A" * 43,
}
BAD_VALUES = {
    **dict.fromkeys(("--name", "--ssh-user", "--region", "--kind"), BAD_TEXT),
    "--host": [*BAD_TEXT, "999.1.1.1", "fe80::1%eth0", "http://host", "user@host", "host:22", "a..b"],
    "--ssh-port": ["", "0", "-1", "65536", "22x", "2 2", "1e3", "٢٢", LONG, CONTROL],
    "--env": [*BAD_TEXT[2:], "production"],
    "--approve-fingerprint": ["", "SHA256:short", "MD5:00", "SHA256:" + "A" * 44, LONG, CONTROL],
}
CASES = [(option, value) for option, values in BAD_VALUES.items() for value in values]


def words(options: dict[str, str]) -> list[str]:
    return [word for pair in options.items() for word in pair]


def names(case: object) -> str:
    return ascii(case)[:24]


@pytest.mark.parametrize(("option", "value"), CASES, ids=names)
def test_a_bad_field_of_a_new_server_is_named_and_nothing_is_opened(cli, home, option, value):
    answer = cli("server", "add", *words({**ADD, option: value}), "--yes", "--json")
    assert (answer.status, answer.code) == (1, "INVALID_INPUT")
    assert answer.document["field"]
    assert "\x1b" not in answer.out
    assert not home.exists()


@pytest.mark.parametrize(
    ("option", "value"), [case for case in CASES if case[0] != "--approve-fingerprint"], ids=names
)
def test_a_bad_field_of_a_change_is_named_and_nothing_is_opened(cli, home, option, value):
    answer = cli("server", "update", "--server", "edge", option, value, "--yes", "--json")
    assert (answer.status, answer.code) == (1, "INVALID_INPUT")
    assert not home.exists()


@pytest.mark.parametrize(
    "command",
    [
        ("server", "show"),
        ("server", "check"),
        ("server", "remove", "--yes"),
        ("server", "update", "--region", "eu", "--yes"),
        ("server", "host-key", "list"),
        ("server", "host-key", "scan"),
        ("server", "host-key", "approve", "--fingerprint", "SHA256:" + "A" * 43, "--yes"),
        ("server", "host-key", "rotate", "--fingerprint", "SHA256:" + "A" * 43, "--yes"),
        ("server", "ops", "history"),
    ],
    ids=lambda command: " ".join(command[:3]),
)
def test_an_unknown_server_is_not_found(cli, command):
    for reference in UNKNOWN:
        answer = cli(*command, "--json", "--server", reference)
        assert (answer.status, answer.code) == (1, "NOT_FOUND"), reference
        assert "\x1b" not in answer.out


def test_an_unknown_operation_and_an_unknown_key_are_not_found(cli):
    add = ("server", "add", "--name", "edge", "--host", "127.0.0.1", "--ssh-port", "1", "--yes", "--json")
    for reference in UNKNOWN:
        assert cli("server", "ops", "logs", "--json", "--operation", reference).code == "NOT_FOUND", reference
        assert cli(*add, "--ssh-key-id", reference).code == "NOT_FOUND", reference


@pytest.mark.parametrize("limit", ["0", "501", "-1", "x", "1.5", "", LONG])
@pytest.mark.parametrize("command", [("server", "ops", "history", "--server", "x"), ("audit", "list")])
def test_a_limit_out_of_range_is_wrong_usage(cli, home, command, limit):
    answer = cli(*command, "--limit", limit, "--json")
    assert (answer.status, answer.code) == (64, "USAGE")
    assert not home.exists()


@pytest.mark.parametrize("text", ["!", "colour:red", "a" * 300])
def test_a_filter_that_means_nothing_is_refused(cli, home, text):
    assert cli("status", "--filter", text, "--json").code == "INVALID_INPUT"
    assert not home.exists()


@pytest.mark.parametrize(
    "line",
    [
        ("--json", "nosuch"),
        ("server", "--json"),
        ("server", "add", "--json"),
        ("server", "add", "--name", "--json"),
        ("server", "list", "--bogus", "--json"),
        ("server", "list", "extra", "--json"),
        ("status", "--json", "--filter"),
        ("--json",),
        ("\x1b[31m", "--json"),
    ],
    ids=lambda line: ascii(" ".join(line)),
)
def test_wrong_usage_is_one_document_with_status_64(cli, home, line):
    answer = cli(*line)
    assert (answer.status, answer.code) == (64, "USAGE")
    assert answer.err == ""
    assert "\x1b" not in answer.out
    assert not home.exists()


def test_wrong_usage_for_people_says_where_the_help_is(cli):
    answer = cli("server", "add")
    assert answer.status == 64
    assert answer.out == ""
    assert "daoflow-tui server add --help" in answer.err


def key_file(tmp_path, name: str, content: bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize("option", ["--ssh-key", "--ssh-private-key-file"])
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("missing", "INVALID_INPUT"),
        ("folder", "INVALID_INPUT"),
        ("pipe", "INVALID_INPUT"),
        ("nul", "INVALID_INPUT"),
        ("empty", "KEY_REJECTED"),
        ("public", "KEY_REJECTED"),
        ("words", "KEY_REJECTED"),
        ("huge", "INVALID_INPUT"),
    ],
)
def test_what_is_not_a_private_key_is_refused_and_nothing_written(
    cli, key, tmp_path, counted, option, kind, code
):
    os.mkfifo(tmp_path / "fifo")
    given = {
        "missing": str(tmp_path / "nowhere"),
        "folder": str(tmp_path),
        "pipe": str(tmp_path / "fifo"),
        "nul": "a\x00b",
        "empty": key_file(tmp_path, "empty", b""),
        "public": key_file(tmp_path, "id.pub", key.line.encode()),
        "words": key_file(tmp_path, "words", b"not a key"),
        "huge": key_file(tmp_path, "huge", b"x" * 70_000),
    }[kind]
    cli("status")  # the store exists, so that its rows can be counted
    before = counted()
    answer = cli(
        "server",
        "add",
        "--name",
        "e",
        "--host",
        "127.0.0.1",
        "--ssh-port",
        "1",
        option,
        given,
        "--yes",
        "--json",
    )
    assert (answer.status, answer.code) == (1, code)
    assert counted() == before


def test_two_ways_of_naming_the_key_are_refused(cli, home, key):
    add = (
        "server",
        "add",
        "--name",
        "e",
        "--host",
        "203.0.113.1",
        "--yes",
        "--json",
        "--ssh-key",
        str(key.path),
    )
    assert cli(*add, "--ssh-key-id", "key_1").code == "INVALID_INPUT"
    assert cli(*add, "--ssh-private-key-file", "-").code == "INVALID_INPUT"
    assert not home.exists()


def test_a_passphrase_without_a_key_and_an_empty_one_are_refused(cli, home, key, tmp_path):
    add = ("server", "add", "--name", "e", "--host", "203.0.113.1", "--yes", "--json")
    empty = key_file(tmp_path, "phrase", b"\n")
    assert cli(*add, "--passphrase-file", empty).code == "INVALID_INPUT"
    assert cli(*add, "--ssh-key", str(key.path), "--passphrase-file", empty).code == "INVALID_INPUT"
    assert not home.exists()


def test_a_twin_by_name_or_by_address_is_a_conflict(cli, ready, peer, counted):
    before = counted()["servers"]
    by_name = cli(
        "server", "add", "--name", "edge", "--host", "127.0.0.1", "--ssh-port", "1", "--yes", "--json"
    )
    by_address = cli("server", "add", "--name", "other", *peer.where, "--yes", "--json")
    assert by_name.code == by_address.code == "CONFLICT"
    assert counted()["servers"] == before


def test_a_change_without_a_field_is_refused(cli, ready):
    assert cli("server", "update", "--server", "edge", "--yes", "--json").code == "INVALID_INPUT"
