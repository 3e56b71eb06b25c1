"""A program that asked for xterm's modifyOtherKeys, or kitty's protocol, inside of a real kitty and in old terminals."""

import json
from pathlib import Path

import pytest

from daoflow_tui.terminal.bittty_engine import BitttyEngine
from daoflow_tui.terminal.ghostty import GhosttyEngine
from daoflow_tui.terminal.keyboard import KeyReader, RawKey
from daoflow_tui.terminal.keys import outer_flags, to_program
from daoflow_tui.terminal.outer_parser import IGNORED, OuterParser
from daoflow_tui.terminal.values import Modes

KEYS = Path(__file__).parents[2] / "recorded/keys"
XTERM, KITTY = (json.loads((KEYS / f"{name}.json").read_text()) for name in ("xterm-379", "kitty-0.26.5"))
LEADER = "ctrl+right_square_bracket"


def through(recorded: str, modes: Modes) -> bytes:
    """What a program gets when this terminal sends these bytes."""
    reader = KeyReader(OuterParser())
    text = bytes.fromhex(recorded).decode()
    found = [*reader.feed(text), *reader.flush()]
    return b"".join(to_program(one.raw, modes) for one in found if isinstance(one, RawKey))


def different(kitty: str, modes: Modes, wanted: dict[str, str]) -> dict[str, tuple[bytes, bytes]]:
    pairs = {
        key: (through(KITTY[kitty][key], modes), bytes.fromhex(raw))
        for key, raw in wanted.items()
        if key in KITTY[kitty]
    }
    assert len(pairs) > 590
    return {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("level", [1, 2])
def test_in_a_kitty_a_program_that_asked_for_other_keys_gets_the_bytes_of_an_xterm(level) -> None:
    modes = Modes(modify_other_keys=level)
    assert outer_flags(modes) == 29
    assert not different("flags-29", modes, XTERM[f"modify-other-keys-{level}"])


@pytest.mark.parametrize("level", [0, 3, 7])
def test_levels_that_an_xterm_does_not_heed_change_nothing(level) -> None:
    modes = Modes(modify_other_keys=level)
    assert outer_flags(modes) == 0
    assert not different("flags-29", modes, XTERM["normal"])


@pytest.mark.parametrize("flags", [1, 29])
def test_a_program_that_asked_for_kittys_way_gets_the_bytes_of_a_kitty(flags) -> None:
    modes = Modes(kitty_flags=flags, modify_other_keys=2)
    assert outer_flags(modes) == flags
    wanted = {key: raw for key, raw in KITTY[f"flags-{flags}"].items() if raw}
    assert not different(f"flags-{flags}", modes, wanted)


def test_a_legacy_program_in_a_kitty_gets_the_bytes_of_an_xterm_but_where_kitty_itself_sends_others() -> None:
    assert set(different("flags-0", Modes(), XTERM["normal"])) == {
        *("shift+alt+Tab", "shift+ctrl+alt+Tab", "ctrl+grave", "ctrl+alt+grave", "ctrl+bar", "ctrl+alt+bar"),
        *("ctrl+braceleft", "ctrl+alt+braceleft", "ctrl+braceright", "ctrl+alt+braceright"),
    }


def test_what_an_old_terminal_sends_is_passed_whatever_the_program_asked_for() -> None:
    modes = Modes(
        modify_other_keys=2
    )  # an escape and a letter may be two keys: guessing would type the wrong one
    changed = {key for key, raw in XTERM["normal"].items() if through(raw, modes) != bytes.fromhex(raw)}
    assert not changed


def test_an_outer_xterm_that_was_told_to_send_other_keys_serves_a_program_that_was_not() -> None:
    wanted = {key: bytes.fromhex(raw) for key, raw in XTERM["normal"].items()}
    got = {key: through(raw, Modes()) for key, raw in XTERM["modify-other-keys-2"].items() if key in wanted}
    assert {key for key in got if got[key] != wanted[key]} == set()


@pytest.mark.parametrize("raw", ["93;5u", "93;133u", "93;5:1u", "93;5:2u", "1098::93;5u", "27;5;93~"])
def test_the_key_that_gives_the_keyboard_back_is_known_in_every_form(raw) -> None:
    (key,) = KeyReader(OuterParser()).feed(f"\x1b[{raw}")
    assert key.key == LEADER


@pytest.mark.parametrize(("raw", "name"), [("24;1:1~", "f12"), ("24;129~", "f12"), ("93:125;6u", None)])
def test_f12_is_known_too_and_no_other_key_is_taken_for_it(raw, name) -> None:
    (key,) = KeyReader(OuterParser()).feed(f"\x1b[{raw}")
    assert key.key == name or (name is None and key.key not in (LEADER, "f12"))


@pytest.mark.parametrize("raw", ["93;5:3u", "24;1:3~"])
def test_letting_the_key_go_gives_nothing_back(raw) -> None:
    (key,) = KeyReader(OuterParser()).feed(f"\x1b[{raw}")
    assert key.key == IGNORED


@pytest.mark.parametrize(
    ("late", "names"),
    [
        ("\x1b[93;5:3u", []),
        ("\x1b[24;1:3~", []),
        ("\x1b[1;1:3A", []),
        ("\x1b[103:71;2;71u", ["G"]),
        ("\x1b[103:71;2u", ["G"]),
        ("\x1b[97;1:2u", ["a"]),
        ("\x1b[1;5:1A", ["ctrl+up"]),
        ("\x1b[99999999999999999999;5u", []),
        ("\x1b[97:99999999999;5;99999999999u", ["ctrl+a"]),
    ],
)
def test_the_console_outlives_keys_that_come_in_the_form_of_a_program_it_took_the_keyboard_from(
    late, names
) -> None:
    parser = OuterParser()
    found = [event.key for event in parser.feed(late + "x")]
    assert found == [*names, "x"]


@pytest.fixture(params=[GhosttyEngine, BitttyEngine])
def engine(request):
    made = request.param(20, 4)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("asked", "level"),
    [
        (b"\x1b[>4;2m", 2),
        (b"\x1b[>4;1m", 1),
        (b"\x1b[>4;2m\x1b[>4m", 0),
        (b"\x1b[>4;2m\x1b[>4;m", 0),
        (b"\x1b[>4;2m\x1b[>m", 2),
        (b"\x1b[>4;2m\x1b[!p", 0),
        (b"\x1b[>4;2m\x1bc", 0),
        (b"\x1b[>4;2m\x1b[?1049h", 2),
        (b"\x1b[>1;1m", 0),
    ],
)
def test_an_engine_keeps_the_level_and_tells_it_as_an_xterm_does(engine, asked, level) -> None:
    for byte in asked:
        engine.feed(bytes([byte]))
    assert engine.modes().modify_other_keys == level
    engine.feed(b"\x1b[?4m")
    assert engine.replies() == f"\x1b[>4;{level}m".encode()
    assert all(cell.text == " " and not cell.style.flags for cell in engine.cells(0))


def test_a_number_of_any_length_harms_nobody() -> None:
    made, digits = GhosttyEngine(20, 4), b"9" * 5000
    made.feed(
        b"".join(b"\x1b[" + one % digits for one in (b">4;%sm", b"%sr", b"%s @", b"?%sh", b"%sb")) + b"ok"
    )
    assert made.line(made.history())
    made.close()
