"""Whatever a host prints, no control byte, hidden character or half a sequence gets past the text border."""

from __future__ import annotations

import random
import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daoflow_core.text import MAX_LINE, LineDecoder, cell_width, clean, clean_lines, decode, shorten

ESC = "\x1b"
VISIBLE_FORMAT = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
VISIBLE_FORMAT |= {
    chr(point) for point in range(0x13430, 0x13440)
}  # hieroglyph joiners and shorthand have a shape
PIECES = [
    *"\x00\x07\x08\t\n\r\x0b\x18\x1a\x1b\x1c\x7f\x80\x84\x8d\x90\x98\x9b\x9c\x9d\x9e\x9f\xa0\xad",
    *"\u061c\u200b\u200d\u200e\u202e\u2028\u2029\u2066\u2069\ufeff\ud800\udfff\U000e0041\ufe0f",
    *"[]P^_X\\;?0123456789mhHJKc ~@aé中🙂",
    "\x1b[", "\x1b]", "\x1b]52;c;", "\x1bP", "\x1b\\", "\x1b[31m", "\x1b[0", "\x1b]0;t\x07", "\r\n", "words",
]  # fmt: skip


def unsafe(character: str) -> bool:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return hidden and character != "\t" and character not in VISIBLE_FORMAT


def is_safe(text: str) -> bool:
    return not any(map(unsafe, text))


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]52;c;ZXZpbA==\x1b\\x", "x"),
        ("\x9d52;c;ZXZpbA==\x9cx", "x"),
        ("a\x1b]8;;http://evil\x07link\x1b]8;;\x07b", "alinkb"),
        ("\x9b2Jgone", "gone"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1b_app\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\left", "left"),
        ("\x1b(Bline\x1b7\x1bc", "line"),
        ("cut\x1b", "cut"),
        ("cut\x1b[", "cut"),
        ("cut\x1b[38;5", "cut"),
        ("cut\x1b]0;title", "cut"),
        ("\x1b\x1b[31mx", "x"),
        ("\x1b]0;a\x1b[31mb", "b"),
        ("real\rfake", "real\\x0dfake"),
        ("a\x08b\x00c\x7fd\x85e", "a\\x08b\\x00c\\x7fd\\x85e"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("wor\u200bker\ufeff", "wor\\u200bker\\ufeff"),
        ("a\u2028b\u2029c\nd", "a\\u2028b\\u2029c\\x0ad"),
        ("tag\U000e0041\ud800", "tag\\U000e0041\\ud800"),
        ("\tkept é 中 🙂 \u00a0", "\tkept é 中 🙂 \u00a0"),
        ("[/] [@click=app.quit]x[/]", "[/] [@click=app.quit]x[/]"),
    ],
)
def test_clean_removes_sequences_and_shows_what_hides(hostile, shown):
    assert clean(hostile) == shown


def test_every_code_point_is_safe_after_clean():
    bad = [hex(point) for point in range(0x110000) if not is_safe(clean(chr(point)))]
    assert bad == []


def test_bulk_of_hostile_strings_comes_out_safe_and_stable():
    rng = random.Random(20260320)
    for _ in range(200_000):
        text = "".join(rng.choices(PIECES, k=rng.randint(1, 12)))
        cleaned = clean(text)
        assert not any(map(unsafe, cleaned)), repr(text)
        assert clean(cleaned) == cleaned, repr(text)


@given(st.text(alphabet=st.characters(), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_safe_and_cleaning_twice_changes_nothing(text):
    assert is_safe(clean(text))
    assert clean(clean(text)) == clean(text)
    assert is_safe(clean_lines(text).replace("\n", ""))
    assert clean_lines(clean_lines(text)) == clean_lines(text)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.data())
@settings(max_examples=300, deadline=None)
def test_any_cut_through_the_bytes_leaves_no_escape(text, data):
    raw = text.encode("utf-8", "surrogatepass")
    cut = data.draw(st.integers(0, len(raw)))
    assert is_safe(decode(raw[:cut]) + decode(raw[cut:]))


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_decode(raw):
    assert is_safe(decode(raw))


def test_bytes_that_are_not_utf8_are_shown():
    assert decode(b"caf\xe9 \xff\x9b31m") == "caf\\xe9 \\xff\\x9b31m"


def test_clean_lines_keeps_line_ends_and_only_them():
    assert clean_lines("a\r\nb\nc\rd\x1b]0;x\ne") == "a\nb\nc\\x0dd\ne"


@pytest.mark.parametrize(
    "unit", ["\x1b[", "\x1b]", "\x1b", "\x9d", "\x1b[1;", "\x1b ", "\x1b[0 ", "\x1b]0;a", "a\x07"]
)
def test_a_megabyte_of_openings_takes_linear_time(unit):
    def cost(size: int) -> float:
        text = unit * (size // len(unit))
        best = 9.0
        for _ in range(3):
            start = time.process_time()
            clean(text)
            best = min(best, time.process_time() - start)
        return best

    assert cost(1_000_000) < 20 * cost(125_000) + 0.05  # quadratic would be 64 times


def lines_of(*chunks: bytes, limit: int = MAX_LINE) -> list[str]:
    decoder = LineDecoder(limit)
    return [line for chunk in chunks for line in decoder.feed(chunk)] + decoder.flush()


def test_lines_come_out_when_they_end_and_the_rest_at_the_flush():
    decoder = LineDecoder()
    assert decoder.feed(b"one\r\ntw") == ["one"]
    assert decoder.feed(b"o\n\nthr") == ["two", ""]
    assert decoder.flush() == ["thr"]
    assert decoder.flush() == []


def test_a_character_cut_between_two_reads_is_whole():
    assert lines_of("é中🙂\n".encode()[:4], "é中🙂\n".encode()[4:]) == ["é中🙂"]


@given(
    st.lists(st.sampled_from([*PIECES, "\n"]), max_size=20).map("".join),
    st.lists(st.integers(0, 80), max_size=4),
)
@settings(max_examples=300, deadline=None)
def test_lines_do_not_depend_on_how_the_bytes_arrive(text, cuts):
    raw = text.encode("utf-8", "surrogatepass")
    edges = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    chunks = [raw[start:end] for start, end in pairwise(edges)]
    assert lines_of(*chunks, limit=24) == lines_of(raw, limit=24)
    assert all(is_safe(line) for line in lines_of(raw, limit=24))


def test_an_endless_line_is_cut_visibly_and_keeps_little_memory():
    decoder = LineDecoder()
    for _ in range(1000):
        assert decoder.feed(b"x" * 10_000) == []
    assert len(decoder._kept) == MAX_LINE
    (line,) = decoder.feed(b"\nnext")
    assert line == "x" * MAX_LINE + f"… [{10_000_000 - MAX_LINE} more bytes cut]"
    assert decoder.flush() == ["next"]


def test_a_cut_does_not_go_through_a_character():
    assert lines_of("ab中中".encode(), limit=4) == ["ab… [6 more bytes cut]"]


def test_a_line_of_exactly_the_limit_is_whole():
    assert lines_of(b"abcd\n", limit=4) == ["abcd"]


@pytest.mark.parametrize(
    ("text", "cells", "where", "short"),
    [
        ("server-eu-1", 11, "end", "server-eu-1"),
        ("server-eu-1", 7, "end", "server…"),
        ("server-eu-1", 7, "start", "…r-eu-1"),
        ("server-eu-1", 7, "middle", "ser…u-1"),
        ("中中中中", 5, "end", "中中…"),
        ("中中中中", 6, "middle", "中…中"),
        ("e\u0301e\u0301e\u0301", 2, "end", "e\u0301…"),
        ("e\u0301e\u0301e\u0301", 2, "start", "…e\u0301"),
        ("abc", 1, "end", "…"),
        ("abc", 0, "end", ""),
        ("a\tb", 3, "end", "a b"),
    ],
)
def test_shorten_fits_the_cells_and_marks_the_gap(text, cells, where, short):
    assert shorten(text, cells, where) == short


def test_shorten_takes_an_ascii_mark():
    assert shorten("server-eu-1", 8, mark="...") == "serve..."


@given(st.text(max_size=40), st.integers(0, 45), st.sampled_from(["start", "middle", "end"]))
@settings(max_examples=500, deadline=None)
def test_shorten_never_takes_more_cells(text, cells, where):
    line = clean(text)
    short = shorten(line, cells, where)
    assert cell_width(short) <= cells
    assert short == line.replace("\t", " ") or "…" in short or cells == 0


@pytest.mark.parametrize(
    ("text", "cells"), [("abc", 3), ("中文", 4), ("e\u0301", 1), ("🙂", 2), ("ｆ", 2), ("한", 2)]
)
def test_cell_width_counts_what_a_terminal_draws(text, cells):
    assert cell_width(text) == cells
