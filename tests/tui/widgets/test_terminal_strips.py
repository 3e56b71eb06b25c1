"""A frame that is read and drawn in turns is the one it began with, and nothing in between loses a row."""

from __future__ import annotations

import pytest

from daoflow_tui.terminal.bittty_engine import BitttyEngine
from daoflow_tui.terminal.emulation import Emulation
from daoflow_tui.terminal.ghostty import GhosttyEngine
from daoflow_tui.widgets import terminal_strips
from daoflow_tui.widgets.terminal_strips import Strips


@pytest.fixture(params=[GhosttyEngine, BitttyEngine])
def emulation(request):
    made = Emulation(request.param(20, 6), lambda: None, lambda _: None)
    yield made
    made.close()


@pytest.fixture
def strips(monkeypatch):
    monkeypatch.setattr(terminal_strips, "TURN", 0.0)
    made = Strips()
    made.forget(20, 6)
    return made


def whole(strips, emulation):
    """Turns to the end of the frame; how many it took."""
    turns = 1
    while strips.work(emulation) is None:
        turns += 1
    return turns


def texts(strips):
    return [strips.at(row).text.rstrip() for row in range(6)]


ROWS = b"".join(b"\x1b[%d;1H\x1b[48;5;%dmrow %d\x1b[m" % (row, row, row) for row in range(1, 7))


def test_a_frame_takes_as_many_turns_as_it_needs_and_is_whole_at_the_end(emulation, strips):
    emulation.feed(ROWS)
    assert whole(strips, emulation) > 3
    assert texts(strips) == [f"row {row}" for row in range(1, 7)]
    assert strips.take_fresh() == set(range(6))
    assert strips.take_fresh() == set()


def test_what_comes_between_two_turns_is_in_the_next_frame(emulation, strips):
    emulation.feed(ROWS)
    assert strips.work(emulation) is None
    emulation.feed(b"\x1b[6;1Hnews \x1b[1;1Hnews ")
    whole(strips, emulation)
    assert texts(strips) == [f"row {row}" for row in range(1, 7)]
    whole(strips, emulation)
    assert (texts(strips)[0], texts(strips)[5]) == ("news", "news")


@pytest.mark.parametrize("disturb", ["resize", "scroll"])
def test_a_frame_that_is_disturbed_loses_no_row(emulation, strips, disturb):
    emulation.feed(b"line\r\n" * 20 + ROWS)
    assert strips.work(emulation) is None
    with emulation.engine() as engine:
        if disturb == "resize":
            engine.resize(30, 6)
            engine.resize(20, 6)
        else:
            engine.scroll(5)
            engine.scroll(0)
    whole(strips, emulation)
    whole(strips, emulation)
    assert texts(strips) == [f"row {row}" for row in range(1, 7)]


def test_a_reversed_screen_is_drawn_anew_in_every_row(emulation, strips):
    emulation.feed(ROWS)
    whole(strips, emulation)
    strips.take_fresh()
    emulation.feed(b"\x1b[?5h")
    whole(strips, emulation)
    assert strips.take_fresh() == set(range(6))
    assert all(segment.style.reverse for segment in strips.at(2))


def test_an_emulation_that_was_closed_in_between_is_left_alone(strips):
    emulation = Emulation(GhosttyEngine(20, 6), lambda: None, lambda _: None)
    emulation.feed(ROWS)
    assert strips.work(emulation) is None
    emulation.close()
    assert emulation.look().rows == {}
