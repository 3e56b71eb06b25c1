"""The ghostty engine: what its adapter promises beyond the library."""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len

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


def test_a_soft_reset_resets_all_but_the_place_of_the_cursor(engine):
    engine.feed(b"\x1b[2;4r\x1b[?6h\x1b[4h\x1b[1;31m\x1b(0\x1b[?25l\x1b[?1h\x1b[2;2H\x1b[!pq")
    cursor, cell = engine.cursor(), engine.cells(2)[1]
    assert (cursor.column, cursor.row, cursor.visible) == (2, 2, True)
    assert (cell.text, cell.style) == ("q", Style())
    assert not engine.modes().application_cursor


def test_output_can_not_take_the_screen_away_to_the_status_line(engine):
    engine.feed(b"\x1b[1$}lost\x1b[!pseen")
    assert texts(engine)[0] == "seen"


@pytest.mark.parametrize(
    "wish", [b"\x1b[?3h", b"\x1b[?40h\x1b[?3h", b"\x1b[?40;3h", b"\x1b[8;50;132t", b"\x1b[?40h\x1b[?3l"]
)
def test_the_width_is_the_views_whatever_the_program_wishes(engine, wish):
    for byte in wish:
        engine.feed(bytes([byte]))
    engine.changed()
    assert (engine.columns, sum(run.columns for run in engine.runs(0)), len(engine.cells(0))) == (40, 40, 40)


def test_a_change_of_width_that_is_allowed_still_clears_and_others_do_not(engine):
    engine.feed(b"kept\x1b[?3h")
    assert texts(engine)[0] == "kept"
    engine.feed(b"\x1b[?40h\x1b[?3hnew")
    assert texts(engine)[0] == "new"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (b"\x1b[c", b"\x1b[?62;22c"),
        (b"\x1b[>c", b"\x1b[>1;0;0c"),
        (b"\x1b[18t", b"\x1b[8;5;40t"),
        (b"\x1b[14t", b""),
        (b"\x1b[16t", b""),
        (b"\x1b[>q", b"\x1bP>|daoflow-tui\x1b\\"),
        (b"\x1b[5n", b"\x1b[0n"),
        (b"ab\x1b[6n", b"\x1b[1;3R"),
    ],
)
def test_questions_are_answered_with_what_is_so_and_drawn(engine, question, answer):
    engine.feed(question)
    assert engine.replies() == answer
    assert engine.replies() == b""


def test_answers_and_events_that_nobody_takes_do_not_pile_up(engine):
    engine.feed(b"\x1b[c" * 100_000 + b"".join(b"\x07\x1b]2;%d\x07" % number for number in range(10_000)))
    assert len(engine.replies()) <= 64 * 1024
    assert len(engine.events()) <= 256


def test_styles_are_told_apart_on_every_page_of_the_buffer():
    engine = GhosttyEngine(200, 50)
    for shade in range(256):
        engine.feed(b"\x1b[38;2;%d;0;9m%s\r\n" % (shade, b"x" * 190))
    engine.scroll(206)
    engine.changed()
    assert [engine.runs(row)[0].style.foreground for row in (0, 1, 49)] == ["#010009", "#020009", "#320009"]
    engine.close()


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧|",
        "❤\ufe0f|",
        "🇩🇪🇫🇷|",
        "👍🏽|",
        "1\ufe0f\u20e3|",
        "e\u0301日\u0301|",
        "\u202eevil|",
        "नमस्ते|",
        "\u1100\u1161\u11a8|",
    ],
)
def test_a_row_is_as_wide_on_the_screen_as_its_cells(engine, text):
    engine.feed(text.encode())
    engine.changed()
    for run in engine.runs(0):
        assert cell_len(run.text) == run.columns
    row = "".join(run.text for run in engine.runs(0))
    assert "\u202e" not in row
    bar = next(column for column, cell in enumerate(engine.cells(0)) if cell.text == "|")
    assert cell_len(row[: row.index("|")]) == bar


def test_runs_and_cells_agree_on_a_screen_full_of_everything(engine):
    chance = random.Random(5)
    words = [
        "a",
        "日本",
        "e\u0301",
        "\x1b[31m",
        "\x1b[48;5;9m",
        "\x1b[m",
        "\x1b[2@",
        "\x1b[3P",
        "\x1b[K",
        "\r\n",
        "─",
        "\x1b[2;9H",
        "👍",
    ]
    for _ in range(200):
        engine.feed("".join(chance.choices(words, k=20)).encode())
        engine.changed()
        for row in range(engine.rows):
            styles = [run.style for run in engine.runs(row) for _ in range(run.columns)]
            assert styles == [cell.style for cell in engine.cells(row)]


def test_lines_with_links_can_be_deleted_for_ever():
    """The library ends the whole process on this when links reach it."""
    engine = GhosttyEngine(80, 24)
    engine.feed(
        b"\x1b]8;;http://a\x1b\\" + b"".join(b"x" * 1000 + b"\x1b[H\x1b[3M\x1b[99;99H" for _ in range(300))
    )
    engine.close()


def test_a_closed_engine_gives_its_memory_back():
    for _ in range(3):
        made = GhosttyEngine(80, 24)
        made.close()
        made.close()
