"""One emulated terminal between two threads: what it takes in a time, and what it leaves to whoever brought it."""

from __future__ import annotations

import random
from unittest import mock

import pytest

from daoflow_tui.terminal import shim
from daoflow_tui.terminal.emulation import Emulation
from daoflow_tui.terminal.ghostty import GhosttyEngine

TOKENS = [
    b"plain words ", b"\r\n", b"\x1b[31m", b"\x1b[38;2;1;2;3;48;5;7m", b"\x1b[m", b"\x1b[2;3H", b"\x1b[K", b"\x1b7",
    b"\x1b8", b"\x1bc", b"\x1b[!p", b"\x1b[g", b"\x1b[0L", b"\x1b[3b", b"\x1b[2;4r", b"\x1b[2 @", b"\x1b[?1049h",
    b"\x1b[?1049l", b"\x1b#8", b"\xf0\x9f\x87\xa9", b"\xf0\x9f\x87\xaa", b"\x7f", b"\x1b", b"[", b"1", b";", b"m",
    b"\x1b]8;;http://a/\x07x\x1b]8;;\x07",
]  # fmt: skip


@pytest.fixture
def told():
    return []


@pytest.fixture
def emulation(told):
    made = Emulation(GhosttyEngine(40, 5), lambda: told.append("wake"), lambda data: told.append(data))
    yield made
    made.close()


def rows(emulation):
    with emulation.engine() as engine:
        return [engine.cells(row) for row in range(engine.rows)]


def test_output_that_takes_longer_than_its_turn_is_taken_in_parts_and_none_is_lost(emulation):
    data = b"".join(b"%d\r\n" % number for number in range(100_000))
    parts = 0
    while data:
        taken = emulation.feed(data, 0.002)
        assert 0 < taken <= len(data)
        data, parts = data[taken:], parts + 1
    assert parts > 5
    with emulation.engine() as engine:
        assert engine.line(engine.history() + 3) == "99999"


def test_without_a_limit_all_is_taken_at_once(emulation):
    data = b"word\r\n" * 50_000
    assert emulation.feed(data) == len(data)
    assert emulation.received == len(data)


def test_answers_go_back_in_the_call_that_brought_the_question(emulation, told):
    emulation.feed(b"\x1b[5n")
    assert told == [b"\x1b[0n", "wake"]


def test_what_comes_after_the_end_is_taken_and_thrown_away(emulation):
    emulation.close()
    assert emulation.feed(b"late", 0.002) == 4


@pytest.mark.parametrize("seed", range(20))
def test_output_that_needs_no_rewriting_is_shown_as_if_it_had_been_looked_through(seed):
    chance = random.Random(seed)
    pieces = [b"".join(chance.choices(TOKENS, k=chance.randint(1, 6))) for _ in range(60)]
    shown = []
    for needs in (shim._needs_a_look, lambda _: True):
        with mock.patch.object(shim, "_needs_a_look", needs):
            emulation = Emulation(GhosttyEngine(40, 5), lambda: None, lambda _: None)
            for piece in pieces:
                emulation.feed(piece)
            shown.append(rows(emulation))
            emulation.close()
    assert shown[0] == shown[1]
