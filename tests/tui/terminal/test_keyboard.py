"""Reading the outer terminal while a shell has the keyboard: no byte is lost, whatever the cuts."""

import json
import random
from pathlib import Path

from textual import events

from daoflow_tui.terminal.input_splitter import InputSplitter, Part
from daoflow_tui.terminal.keyboard import KeyReader, RawKey
from daoflow_tui.terminal.outer_parser import OuterParser

RECORDED = json.loads((Path(__file__).parents[2] / "recorded/keys/xterm-379.json").read_text())
NORMAL = {key: bytes.fromhex(raw).decode() for key, raw in RECORDED["normal"].items()}
MOUSE = "\x1b[<0;10;20M"


def reader() -> KeyReader:
    return KeyReader(OuterParser())


def raws(found) -> str:
    return "".join(event.raw for event in found if isinstance(event, RawKey))


def test_each_key_is_one_event_with_its_own_bytes() -> None:
    for key, raw in NORMAL.items():
        one = reader()
        found = [*one.feed(raw), *one.flush()]
        assert raws(found) == raw, key
        assert len(found) == (2 if raw == "\x1b\x1b" else 1), key


def test_all_keys_at_once_and_cut_anywhere_keep_every_byte_in_order() -> None:
    every = "".join(NORMAL.values())
    assert raws(reader().feed(every)) == every
    rng = random.Random(7)
    one, at, found = reader(), 0, []
    while at < len(every):
        cut = rng.randint(1, 9)
        found += one.feed(every[at : at + cut])
        at += cut
    assert raws([*found, *one.flush()]) == every


def test_escape_alone_waits_only_for_the_flush() -> None:
    one = reader()
    assert not list(one.feed("\x1b")) and one.pending
    (key,) = one.flush()
    assert (key.key, key.raw, one.pending) == ("escape", "\x1b", False)


def test_the_keys_that_textual_loses_have_their_bytes_and_the_leader_its_name() -> None:
    one = reader()
    for raw in ("\x1b.", "\x1b\r", "\x1b\x01", "\x1b\x7f", "\x1b[25~", "\x08", "\x7f"):
        (key,) = one.feed(raw)
        assert key.raw == raw
    assert [key.key for key in one.feed("\x1d")] == ["ctrl+right_square_bracket"]
    assert [key.key for key in one.feed("\x1b[93;5u")] == ["ctrl+right_square_bracket"]
    assert [key.key for key in one.feed("\x1b[24~")] == ["f12"]
    assert [key.key for key in one.feed("\x1b\x1d")] == ["alt+ctrl+right_square_bracket"]  # no way out


def test_pastes_mouse_and_focus_are_no_keys() -> None:
    found = list(reader().feed(f"a{MOUSE}\x1b[200~one\r\x1b[A two\x1b[201~\x1b[I\x1b[Ob"))
    kinds = [type(event).__name__ for event in found]
    assert kinds == ["RawKey", "MouseDown", "Paste", "AppFocus", "AppBlur", "RawKey"]
    assert found[2].text == "one\r\x1b[A two"
    assert raws(found) == "ab"


def test_a_paste_cut_anywhere_is_one_paste() -> None:
    text = "\x1b[200~" + "line\r" * 50 + "\x1b[201~z"
    for cut in range(1, len(text)):
        one = InputSplitter()
        found = [*one.feed(text[:cut]), *one.feed(text[cut:])]
        assert [piece.part for piece in found] == [Part.PASTE, Part.KEY]


def test_a_raw_key_is_a_key_to_everybody() -> None:
    assert RawKey.handler_name == events.Key.handler_name
    assert isinstance(RawKey("a", "a", "a").copy(), RawKey)


def test_the_mouse_is_told_in_cells_where_the_outer_terminal_measures_no_pixels() -> None:
    parser = OuterParser()
    found = list(parser.feed("\x1b[48;24;80;0;0t" + MOUSE + "x"))
    assert [type(event).__name__ for event in found] == ["Resize", "MouseDown", "Key"]
    assert (found[1].x, found[1].y) == (9, 19)
