"""What an engine answers: nothing that it does not know, whatever a program asks."""

import pytest

from daoflow_tui.terminal.bittty_engine import BitttyEngine
from daoflow_tui.terminal.ghostty import GhosttyEngine


@pytest.fixture(params=[GhosttyEngine, BitttyEngine])
def engine(request):
    made = request.param(80, 24)
    yield made
    made.close()


def test_no_size_in_pixels_is_told_for_programs_divide_by_it(engine) -> None:
    engine.feed(b"\x1b[14t\x1b[15t\x1b[16t\x1b[?2048h\x1b[?2048l")
    engine.resize(90, 30)
    engine.feed(b"\x1b[18t")
    assert engine.replies() == b"\x1b[8;30;90t"


@pytest.mark.parametrize("mode", [1016, 2048])
def test_modes_that_need_pixels_are_not_known(engine, mode) -> None:
    engine.feed(b"\x1b[?%d$p\x1b[?2026$p" % mode)
    assert engine.replies() == b"\x1b[?%d;0$y\x1b[?2026;2$y" % mode
