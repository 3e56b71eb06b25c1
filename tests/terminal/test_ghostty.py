"""The ghostty engine: what its adapter promises beyond the library."""

from __future__ import annotations

import pytest

from daoflow_tui.terminal.ghostty import GhosttyEngine
from daoflow_tui.terminal.values import Bell, Clipboard, Position, Span, Style, Title


@pytest.fixture
def engine():
    made = GhosttyEngine(40, 5)
    yield made
    made.close()


def texts(engine):
    engine.changed()
    return ["".join(run.text for run in engine.runs(row)).rstrip() for row in range(engine.rows)]


def test_a_row_comes_as_runs_of_one_style_that_fill_its_columns(engine):
    engine.feed(b"\x1b[1;31mred\x1b[0m x \x1b[48;2;1;2;3m\x1b[K")
    assert 0 in engine.changed()
    red, between, rest = engine.runs(0)
    assert (red.text, red.style) == ("red", Style(foreground=1, bold=True))
    assert (between.text, between.style) == (" x ", Style())
    assert (rest.columns, rest.style) == (34, Style(background="#010203"))


def test_only_rows_that_look_different_are_told_once(engine):
    engine.changed()
    engine.feed(b"\x1b[3;1Hword")
    assert list(engine.changed()) == [2]
    assert list(engine.changed()) == []


def test_ten_thousand_lines_are_kept_whatever_the_library_counts_in(engine):
    engine.feed(b"".join(b"line %d\r\n" % number for number in range(30_000)))
    assert 10_000 <= engine.history() <= 11_500


def test_the_view_stays_in_place_while_output_comes(engine):
    engine.feed(b"".join(b"line %d\r\n" % number for number in range(100)))
    engine.scroll(50)
    before = texts(engine)
    engine.feed(b"more\r\n")
    assert texts(engine) == before
    assert engine.offset() == 51


def test_titles_bells_and_clipboard_writes_are_events(engine):
    engine.feed(b"\x07\x1b]2;name\x07\x1b]52;c;aGk=\x07")
    assert engine.events() == [Bell(), Title("name"), Clipboard("hi")]
    assert engine.events() == []


@pytest.mark.parametrize(
    "question", [b"\x1b[21t", b"\x1b]52;c;?\x07", b"\x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"]
)
def test_what_would_leak_or_is_not_drawn_is_not_answered(engine, question):
    engine.feed(b"\x1b]2;name\x07" + question)
    assert engine.replies() == b""


def test_search_and_copy_reach_into_what_scrolled_away(engine):
    engine.feed(b"".join(b"line %d needle\r\n" % number for number in range(100)))
    found = engine.search("NEEDLE")
    assert len(found) == 100
    assert found[0] == Span(Position(0, 7), Position(0, 12))
    assert engine.text(Span(Position(0, 0), Position(1, 39))) == "line 0 needle\nline 1 needle"
    assert engine.word(Position(0, 8)) == Span(Position(0, 7), Position(0, 12))
