"""Recorded behaviours of terminals: the screen is that of a real one, however the bytes arrive, on both engines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daoflow_tui.terminal.asciicast import Cast, Resized
from daoflow_tui.terminal.bittty_engine import BitttyEngine
from daoflow_tui.terminal.ghostty import GhosttyEngine

FOLDER = Path(__file__).parent.parent / "recorded" / "terminal"
SCREENS = json.loads((FOLDER / "screens.json").read_text())

# Where the fallback shows another screen than the engine; docs/terminal.md says of each group why.
ACCEPTED = {
    "decided otherwise by its authors": {
        "origin-mode",
        "tabs-cht-cbt",
        "decaln-region",
        "decstr-wrap",
        "charset-graphics",
        "charset-uk",
        "wide-no-autowrap",
        "bce-ech-ich-dch",
        "bad-sequences",
        "colon-in-cursor",
        "sgr-256-then-more",
        "decfra-decera",
    },
    "clusters take the columns of what they look like": {
        "zwj-emoji",
        "zwj-emoji-at-end",
        "vs16",
        "skin-tone",
        "keycap",
        "devanagari",
        "zero-width-space",
    },
    "lines are kept otherwise when the size changes": {
        "resize-shorter",
        "resize-taller",
        "resize-shorter-cursor-high",
        "resize-alt",
        "resize-pending",
        "resize-tabs",
    },
}


def events(name):
    with (FOLDER / f"{name}.cast").open("rb") as file:
        cast = Cast(list(file))
    return cast, list(cast.events())


def shown(engine):
    """The screen as `screens.json` has it."""
    rows = []
    for row in range(engine.rows):
        runs = []
        for cell in engine.cells(row):
            style = cell.style
            told = [cell.text, cell.width, style.foreground, style.background, list(style.flags)]
            if runs and runs[-1][1:] == told:
                runs[-1][0] += 1
            else:
                runs.append([1, *told])
        rows.append(runs)
    cursor = engine.cursor()
    place = [cursor.column, cursor.row]
    return {"size": [engine.columns, engine.rows], "cursor": place, "visible": cursor.visible, "rows": rows}


def play(kind, name, sizes=()):
    """The screen after a recording, its bytes cut into pieces of these sizes, over and over."""
    cast, found = events(name)
    engine, turn = kind(cast.columns, cast.rows), 0
    for event in found:
        if isinstance(event, Resized):
            engine.resize(event.columns, event.rows)
            continue
        at = 0
        while at < len(event.data):
            step = sizes[turn % len(sizes)] if sizes else len(event.data)
            engine.feed(event.data[at : at + step])
            at, turn = at + step, turn + 1
    told = shown(engine)
    engine.close()
    return told


def expected(name):
    return {key: value for key, value in SCREENS[name].items() if key != "like"}


def test_every_recording_has_a_screen_and_nearly_every_screen_is_that_of_a_real_terminal():
    assert {path.stem for path in FOLDER.glob("*.cast")} == set(SCREENS)
    own = {name for name, screen in SCREENS.items() if screen["like"] == "neither"}
    assert own == {
        "decaln",
        "sgr-256-then-more",
        "flags",
        "resize-shorter-cursor-high",
        "resize-alt",
        "resize-wide-cut",
    }


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_the_screen_is_that_of_a_real_terminal(name):
    assert play(GhosttyEngine, name) == expected(name)


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_it_is_the_same_when_every_byte_comes_alone(name):
    assert play(GhosttyEngine, name, [1]) == expected(name)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SCREENS)), st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_it_is_the_same_however_the_bytes_are_cut(name, sizes):
    assert play(GhosttyEngine, name, sizes) == expected(name)


@pytest.mark.parametrize("name", sorted(SCREENS))
def test_the_fallback_shows_the_same_but_for_what_is_named(name):
    differs = play(BitttyEngine, name) != expected(name)
    assert differs is any(name in names for names in ACCEPTED.values())
