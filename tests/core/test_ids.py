"""Ids sort by when they were made, also within one millisecond."""

from __future__ import annotations

from daoflow_core import ids


def test_ids_made_in_one_millisecond_sort_in_their_order_and_are_all_different(monkeypatch):
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_800_000_000_000_000_000)
    made = [ids.new_id("op") for _ in range(2000)]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {len("op_") + 26}


def test_a_clock_set_back_gives_ids_of_its_time(monkeypatch):
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_800_000_000_000_000_000)
    later = ids.new_id("op")
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1_700_000_000_000_000_000)
    assert ids.new_id("op") < later
