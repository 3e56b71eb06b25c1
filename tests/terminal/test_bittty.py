"""The fallback engine: the same promises as the native one, where they do not come of themselves."""

from __future__ import annotations

import pytest

from daoflow_tui.terminal.bittty_engine import BitttyEngine
from daoflow_tui.terminal.emulation import Emulation
from daoflow_tui.terminal.values import Bell, Clipboard, Position, Span, Title


@pytest.fixture
def engine():
    return BitttyEngine(40, 5)


def test_it_keeps_ten_thousand_lines_and_holds_the_view_while_output_comes(engine):
    engine.feed(b"".join(b"line %d\r\n" % number for number in range(10_100)))
    assert engine.history() == 10_000
    engine.scroll(50)
    engine.changed()
    before = [engine.runs(row) for row in range(5)]
    engine.feed(b"more\r\n")
    assert list(engine.changed()) == []
    assert [engine.runs(row) for row in range(5)] == before


@pytest.mark.parametrize("wish", [b"\x1b[?40h\x1b[?3h", b"\x1b[8;50;132t"])
def test_the_size_is_the_views(engine, wish):
    engine.feed(wish + b"x")
    engine.changed()
    assert (engine.columns, engine.rows, sum(run.columns for run in engine.runs(0))) == (40, 5, 40)


@pytest.mark.parametrize("question", [b"\x1b[20t", b"\x1b[21t", b"\x1b]52;c;?\x07"])
def test_what_would_leak_is_not_answered(engine, question):
    engine.feed(b"\x1b]2;name\x07\x1b]52;c;aGk=\x07" + question)
    assert engine.replies() == b""


def test_it_says_no_more_of_itself_than_the_native_one(engine):
    engine.feed(b"\x1b[c")
    assert engine.replies() == b"\x1b[?62;22c"


def test_titles_bells_and_clipboard_writes_are_events(engine):
    engine.feed(b"\x07\x1b]2;name\x07\x1b]52;c;aGk=\x07")
    assert engine.events() == [Bell(), Title("name"), Clipboard("hi")]


def test_search_words_and_copying_go_across_wrapped_lines(engine):
    engine.feed(b"a" * 35 + b" needle.example and more\r\nnext")
    assert engine.search("NEEDLE") == [Span(Position(0, 36), Position(1, 1))]
    assert engine.word(Position(1, 0)) == Span(Position(0, 36), Position(1, 9))
    assert engine.text(Span(Position(0, 36), Position(2, 39))) == "needle.example and more\nnext"
    assert engine.logical_line(Position(1, 3)) == Span(Position(0, 0), Position(1, 18))


def test_a_character_cut_in_the_middle_is_whole(engine):
    for byte in "日本".encode():
        engine.feed(bytes([byte]))
    assert [cell.text for cell in engine.cells(0)[:4]] == ["日", "", "本", ""]


def test_in_a_flood_it_gives_way_long_before_everything_is_shown_and_goes_on_where_it_stopped():
    flood = b"".join(b"y%d\r\n" % number for number in range(20_000))
    emulation = Emulation(BitttyEngine(40, 5), lambda: None, lambda _: None)
    turns, left = 0, flood
    while left:
        taken = emulation.feed(left, 0.002)
        assert 0 < taken <= len(left)
        turns, left = turns + 1, left[taken:]
    assert turns > 10
    with emulation.engine() as engine:
        assert engine.line(engine.history() + 3) == "y19999"
