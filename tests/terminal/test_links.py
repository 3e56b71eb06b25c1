"""Links that a program sets (OSC 8): where their text is, and nowhere else."""

from __future__ import annotations

import random

import pytest

from daoflow_tui.terminal.bittty_engine import BitttyEngine
from daoflow_tui.terminal.ghostty import GhosttyEngine

LINK = b"\x1b]8;;http://a/\x1b\\link\x1b]8;;\x07"


@pytest.fixture(params=[GhosttyEngine, BitttyEngine])
def engine(request):
    made = request.param(20, 4)
    yield made
    made.close()


def links(engine):
    """Row, text and address of every linked run of the view."""
    engine.changed()
    runs = [(row, run) for row in range(engine.rows) for run in engine.runs(row)]
    return [(row, run.text, run.link) for row, run in runs if run.link]


def test_a_link_is_told_with_its_text(engine):
    engine.feed(b"ab " + LINK + b" cd")
    assert links(engine) == [(0, "link", "http://a/")]


def test_it_is_told_when_it_ends_after_its_row_was_drawn(engine):
    engine.feed(LINK[:-6])
    engine.changed()
    engine.feed(LINK[-6:])
    assert links(engine) == [(0, "link", "http://a/")]


def test_a_link_that_wraps_is_one_on_both_rows(engine):
    engine.feed(b"x" * 18 + LINK)
    assert links(engine) == [(0, "li", "http://a/"), (1, "nk", "http://a/")]


def test_one_that_begins_when_a_wrap_is_pending_begins_on_the_next_row(engine):
    engine.feed(b"x" * 20 + LINK)
    assert links(engine) == [(1, "link", "http://a/")]


def test_it_moves_with_its_line_and_into_what_scrolled_away(engine):
    engine.feed(LINK + b"\r\n\n\n\n\n")
    assert links(engine) == []
    engine.scroll(2)
    assert [found[1:] for found in links(engine)] == [("link", "http://a/")]


def test_text_written_over_a_link_is_never_linked(engine):
    engine.feed(LINK + b"\rEVIL")
    assert links(engine) == []


def test_a_cleared_screen_has_no_links(engine):
    engine.feed(LINK + b"\x1b[2J\x1b[Hlink")
    assert [found for found in links(engine) if found[1] != "link"] == []


@pytest.mark.parametrize("seed", range(3))
def test_no_order_of_links_lines_and_sizes_harms_the_engine(seed):
    chance = random.Random(seed)
    parts = [
        LINK,
        LINK[:16],
        b"x" * 7,
        b"\r\n",
        b"\x1b[H",
        b"\x1b[3M",
        b"\x1b[2L",
        b"\x1b[9;99H",
        b"\x1b[2J",
        b"\x1b[3J",
        b"\x1bc",
    ]
    parts += [
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[5S",
        b"\x1b[2T",
        b"\x1b[2;5r",
        b"\x1b[K",
        "日\u0301".encode(),
    ]
    engine = GhosttyEngine(30, 8, chance.choice((0, 50)))
    for _ in range(1500):
        engine.feed(chance.choice(parts))
        if chance.random() < 0.03:
            engine.changed()
            assert all(
                sum(run.columns for run in engine.runs(row)) == engine.columns for row in range(engine.rows)
            )
        if chance.random() < 0.005:
            engine.resize(chance.randrange(1, 80), chance.randrange(1, 30))
    engine.close()
