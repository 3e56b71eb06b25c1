"""Which engine is taken, and that the other one stands in where the first can't be used."""

from __future__ import annotations

import json

import pytest

from daoflow_tui.terminal import choice, ghostty_library
from daoflow_tui.terminal.ghostty_library import Unusable, check_layout, load


@pytest.fixture
def types():
    ffi, lib = load()
    return json.loads(ffi.string(lib.ghostty_type_json()))


def test_the_native_engine_is_taken_where_it_loads():
    assert choice.choose(80, 24).name == "ghostty"
    assert choice.why_not_native() is None


def moved_bits(types):
    types["types"]["GhosttyCell"]["bits"]["style_id"]["lsb"] = 27


def moved_field(types):
    types["types"]["GhosttyStyle"]["fields"]["bold"]["offset"] = 60


def another_size(types):
    types["types"]["GhosttyStyle"]["size"] = 80


def no_cell(types):
    del types["types"]["GhosttyCell"]


@pytest.mark.parametrize("change", [moved_bits, moved_field, another_size, no_cell])
def test_a_library_that_lays_out_its_memory_otherwise_is_not_used(types, change):
    change(types)
    with pytest.raises(Unusable):
        check_layout(json.dumps(types).encode())


@pytest.mark.parametrize("said", [b"", b"{}", b"no json", b"[]"])
def test_nor_one_that_does_not_tell(said):
    with pytest.raises(Unusable):
        check_layout(said)


def test_the_fallback_stands_in_and_says_why(monkeypatch):
    def refuse(_types):
        raise Unusable("lays its cells out in another way")

    monkeypatch.setattr(ghostty_library, "check_layout", refuse)
    load.cache_clear()
    try:
        engine = choice.choose(20, 3)
        engine.feed("e\u0301日\x1b[31mx".encode())
        assert engine.name == "bittty"
        assert [cell.text for cell in engine.cells(0)[:4]] == ["e\u0301", "日", "", "x"]
        assert "another way" in (choice.why_not_native() or "")
    finally:
        load.cache_clear()
