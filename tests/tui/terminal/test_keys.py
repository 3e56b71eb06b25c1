"""What a program in a shell gets for a key, against the bytes that a real xterm sends."""

import json
from pathlib import Path

import pytest

from daoflow_tui.terminal.keys import legacy, raw_of, to_program
from daoflow_tui.terminal.presses import read_press
from daoflow_tui.terminal.values import Modes

RECORDED = json.loads((Path(__file__).parents[2] / "recorded/keys/xterm-379.json").read_text())
NORMAL = {key: bytes.fromhex(raw) for key, raw in RECORDED["normal"].items()}
CURSOR = {key: bytes.fromhex(raw) for key, raw in RECORDED["application-cursor"].items()}
KITTY = Modes(kitty_flags=1)
NAMES = {"ctrl+Tab": "ctrl+tab", "Return": "enter"}


def test_every_key_of_an_xterm_reaches_the_program_as_it_was_sent() -> None:
    assert len(NORMAL) > 550
    changed = {key: raw for key, raw in NORMAL.items() if to_program(raw.decode(), Modes()) != raw}
    assert not changed


def test_application_cursor_keys_are_those_of_an_xterm_in_that_mode() -> None:
    modes = Modes(application_cursor=True)
    got = {key: to_program(NORMAL[key].decode(), modes) for key in CURSOR}
    assert got == CURSOR
    assert {key: to_program(raw.decode(), Modes()) for key, raw in CURSOR.items()} == {
        key: NORMAL[key] for key in CURSOR
    }


def test_a_press_read_from_its_bytes_is_encoded_to_the_same_bytes() -> None:
    for key, raw in NORMAL.items():
        press = read_press(raw.decode())
        assert press is not None, key
        assert legacy(press).encode() == raw, (key, press)


@pytest.mark.parametrize(
    ("key", "character", "raw"),
    [
        ("a", "a", "a"),
        ("A", "A", "A"),
        ("ctrl+c", "\x03", "\x03"),
        ("ctrl+q", None, "\x11"),
        ("ctrl+p", None, "\x10"),
        ("escape", "\x1b", "\x1b"),
        ("tab", "\t", "\t"),
        ("shift+tab", None, "\x1b[Z"),
        ("enter", "\r", "\r"),
        ("backspace", "\x7f", "\x7f"),
        ("space", " ", " "),
        ("colon", ":", ":"),
        ("question_mark", "?", "?"),
        ("ctrl+right_square_bracket", None, "\x1d"),
        ("ctrl+backslash", None, "\x1c"),
        ("alt+slash", None, "\x1b/"),
        ("minus", "-", "-"),
        ("f1", None, "\x1bOP"),
        ("shift+f5", None, "\x1b[15;2~"),
        ("ctrl+left", None, "\x1b[1;5D"),
        ("alt+x", None, "\x1bx"),
        ("é", "é", "é"),
    ],
)
def test_a_key_known_only_by_name_is_encoded_as_an_xterm_would(key, character, raw) -> None:
    assert raw_of(key, character) == raw


@pytest.mark.parametrize(
    ("kitty", "old"),
    [
        ("\x1b[97;;97u", "a"),
        ("\x1b[97;2;65u", "A"),
        ("\x1b[27u", "\x1b"),
        ("\x1b[97;3;97u", "\x1ba"),  # alt, which its text makes others forget
        ("\x1b[46;3u", "\x1b."),
        ("\x1b[13;3u", "\x1b\r"),
        ("\x1b[91;3u", "\x1b["),
        ("\x1b[97;7u", "\x1b\x01"),
        ("\x1b[127;3u", "\x1b\x7f"),
        ("\x1b[105;5u", "\t"),  # ctrl+i
        ("\x1b[104;5u", "\x08"),  # ctrl+h, which is not backspace
        ("\x1b[127u", "\x7f"),
        ("\x1b[57376u", "\x1b[25~"),  # F13
        ("\x1b[57441;2u", ""),  # shift alone
        ("\x1b[97;5:3u", ""),  # a key let go
        ("\x1b[57400;;49u", "1"),  # the keypad
        ("\x1b[93;5u", "\x1d"),
    ],
)
def test_what_a_kitty_terminal_sends_reaches_a_program_that_knows_only_the_old_way(kitty, old) -> None:
    assert to_program(kitty, Modes()) == old.encode()


@pytest.mark.parametrize(
    ("old", "kitty"),
    [
        ("\x1b", "\x1b[27u"),
        ("a", "a"),
        ("A", "A"),
        ("\r", "\r"),
        ("\t", "\t"),
        ("\x03", "\x1b[99;5u"),
        ("\x1bx", "\x1b[120;3u"),
        ("\x1b\r", "\x1b[13;3u"),
        ("\x1b[A", "\x1b[A"),
        ("\x1bOA", "\x1b[A"),
        ("\x1bOR", "\x1b[13~"),
        ("\x1b[1;5D", "\x1b[1;5D"),
    ],
)
def test_a_program_that_asked_for_kittys_way_gets_it_from_an_old_terminal(old, kitty) -> None:
    assert to_program(old, KITTY) == kitty.encode()


def test_backspace_and_enter_follow_the_modes() -> None:
    assert to_program("\x7f", Modes(backarrow=True)) == b"\x08"
    assert to_program("\r", Modes(newline=True)) == b"\r\n"
