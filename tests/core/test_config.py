"""Settings come from four layers, each value knows its source, a wrong one is named with what is allowed."""

from __future__ import annotations

import os

import pytest

from daoflow_core.config import load
from daoflow_core.errors import ConfigInvalid
from daoflow_core.model.settings import Limit

INTERVAL = "SERVER_READINESS_POLL_INTERVAL_MS"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "config.toml"


def refusal(file, content: str = "", environ=None, flags=None) -> ConfigInvalid:
    if content:
        file.write_text(content)
    with pytest.raises(ConfigInvalid) as refused:
        load(file, environ or {}, flags)
    return refused.value


def test_without_a_file_the_defaults_stand(file):
    settings = load(file, {})
    assert settings.poll_interval_ms == 60_000
    assert (settings.theme, settings.confirm) == ("dark", "typed")
    assert (settings.ascii, settings.mouse, settings.read_only) == (False, True, False)
    assert (settings.cpu, settings.memory, settings.disk) == (Limit(80, 95), Limit(80, 95), Limit(80, 90))
    assert settings.keys == {}
    assert {origin.source for origin in settings.origins()} == {"default"}


def test_every_setting_can_stand_in_the_file(file):
    file.write_text("""
read_only = true
confirm = "sheet"
readiness.poll_interval_ms = 5000
[ui]
theme = "contrast"
ascii = true
mouse = false
[keys]
"server.check" = "f5"
server.remove = ["x", "ctrl+x"]
[limits]
cpu = { warn = 50, hard = 60 }
[limits.disk]
hard = 99
""")
    settings = load(file, {})
    assert (settings.read_only, settings.confirm, settings.poll_interval_ms) == (True, "sheet", 5000)
    assert (settings.theme, settings.ascii, settings.mouse) == ("contrast", True, False)
    assert settings.keys == {"server.check": ("f5",), "server.remove": ("x", "ctrl+x")}
    assert (settings.cpu, settings.disk) == (Limit(50, 60), Limit(80, 99))


def test_flags_win_over_environment_over_file_over_default(file):
    file.write_text("ui.theme = 'light'\nread_only = true\nreadiness.poll_interval_ms = 7000\n")
    environ = {"DAOFLOW_THEME": "ansi", INTERVAL: "8000"}
    settings = load(file, environ, {"readiness.poll_interval_ms": 9000, "ui.theme": None})
    sources = {origin.key: (origin.value, origin.source) for origin in settings.origins()}
    assert sources["readiness.poll_interval_ms"] == (9000, "command line")
    assert sources["ui.theme"] == ("ansi", "DAOFLOW_THEME")
    assert sources["read_only"] == (True, str(file))
    assert sources["ui.mouse"] == (True, "default")
    assert list(sources) == sorted(sources)


NOT_INTERVALS = [
    "60s",
    "1e5",
    "0",
    "-5",
    "",
    " 60000",
    "60000 ",
    "4999",
    "86400001",
    "6_0000",
    "+60000",
    "60000.0",
    "0x7530",
    "６００００",
    "9" * 5000,
    "60000\n",
    "NaN",
]


@pytest.mark.parametrize("value", NOT_INTERVALS)
def test_a_bad_interval_names_setting_source_and_range(file, value):
    error = refusal(file, environ={INTERVAL: value})
    assert (
        "readiness.poll_interval_ms must be a whole number of milliseconds from 5000 to 86400000"
        in error.message
    )
    assert f"(from {INTERVAL})" in error.message
    assert len(error.message) < 300


@pytest.mark.parametrize(
    ("value", "milliseconds"), [("5000", 5000), ("86400000", 86_400_000), ("60000", 60_000)]
)
def test_the_ends_of_the_range_are_allowed(file, value, milliseconds):
    assert load(file, {INTERVAL: value}).poll_interval_ms == milliseconds


@pytest.mark.parametrize(
    "value", ["true", "1e5", "60000.0", "'60s'", "[]", "4999", "inf", "1979-05-27", "''"]
)
def test_the_file_takes_integers_only(file, value):
    error = refusal(file, f"# a comment\n[readiness]\npoll_interval_ms = {value}\n")
    assert f"(from {file} line 3)" in error.message
    assert "5000 to 86400000" in error.message


@pytest.mark.parametrize(
    ("content", "key", "line"),
    [
        ("ui.them = 'dark'", "ui.them", 1),
        ("[ui]\nthem = 'dark'", "ui.them", 2),
        ("\n[limits.cpu] # why\nwarn = 1\nhot = 2", "limits.cpu.hot", 4),
        ("colour = 1", "colour", 1),
        ("ui = 3", "ui", 1),
        ("[limits.gpu]\nwarn = 1", "limits.gpu.warn", 2),
    ],
)
def test_an_unknown_setting_is_named_with_file_and_line(file, content, key, line):
    error = refusal(file, content)
    assert error.message == f"Unknown setting {key} in {file} line {line}."
    assert error.code == "CONFIG_INVALID"
    assert error.details["field"] == key


def test_an_empty_unknown_table_is_unknown_and_empty_known_ones_are_fine(file):
    assert "Unknown setting servers" in refusal(file, "[servers]\n").message
    file.write_text("[ui]\n[keys]\n[limits]\n[limits.cpu]\n[readiness]\n")
    assert load(file, {}).theme == "dark"


def test_a_near_miss_gets_the_right_name(file):
    assert refusal(file, "ui.them = 'dark'").next_step == "did you mean ui.theme?"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("ui.theme = 'pink'", "ui.theme must be one of dark, light, ansi, contrast, not 'pink'"),
        ("ui.theme = ['dark']", "ui.theme must be one of"),
        ("ui.theme = ''", "not ''"),
        ("ui.ascii = 1", "ui.ascii must be true or false, not 1"),
        ("confirm = 'never'", "confirm must be one of typed, sheet"),
        ("limits.cpu.warn = 0", "limits.cpu.warn must be a whole number of percent from 1 to 100"),
        ("limits.cpu.warn = true", "limits.cpu.warn must be a whole number"),
        ("limits.disk.hard = 101", "limits.disk.hard must be"),
        ("keys.a = 1", "keys.a must be a key"),
        ("keys.a = ['']", "keys.a must be a key"),
        ("keys.a = ['x', 2]", "keys.a must be a key"),
        ('keys.a = "\\u001b[31m"', "keys.a must be a key"),
        ("limits.cpu.warn = 96", "limits.cpu.warn (96, from"),
    ],
)
def test_values_out_of_range_are_refused(file, content, words):
    error = refusal(file, content)
    assert words in error.message
    assert "\x1b" not in error.message + error.next_step


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("true", True), ("YES", True), ("0", False), ("off", False)]
)
def test_the_environment_can_make_the_session_read_only(file, text, value):
    assert load(file, {"DAOFLOW_READ_ONLY": text}).read_only is value


@pytest.mark.parametrize("text", ["", "2", "maybe", "true "])
def test_an_unclear_read_only_is_refused_and_not_guessed(file, text):
    assert "read_only must be true or false" in refusal(file, environ={"DAOFLOW_READ_ONLY": text}).message


def test_a_bad_flag_is_refused(file):
    assert "(from command line)" in refusal(file, flags={"ui.theme": "pink"}).message
    assert "Unknown setting" in refusal(file, flags={"nope": "x"}).message


@pytest.mark.parametrize(
    "content",
    [b"a = ", b"\xff\xfe", b"a = 1\na = 2", b"x = " + b"[" * 100_000, b"n = " + b"9" * 10_000, b"\x00"],
)
def test_a_file_that_is_not_toml_is_refused(file, content):
    file.write_bytes(content)
    assert "is not valid TOML" in refusal(file).message


def test_a_folder_a_pipe_and_a_giant_are_not_read(file, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "giant").write_bytes(b"#" * (1024 * 1024 + 1))
    assert "can't be read" in refusal(tmp_path).message
    assert "is not a regular file" in refusal(tmp_path / "pipe").message
    assert "is too large" in refusal(tmp_path / "giant").message
    assert "is not a regular file" in refusal(type(tmp_path)("/dev/zero")).message
