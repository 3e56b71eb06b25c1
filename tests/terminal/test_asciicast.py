"""Reading recordings: what counts as one, what is passed over, what is refused."""

from __future__ import annotations

import json

import pytest

from daoflow_core.recording_errors import (
    NotARecording,
    RecordingDamaged,
    RecordingHeader,
    RecordingSize,
    RecordingTooBig,
)
from daoflow_tui.terminal import asciicast
from daoflow_tui.terminal.asciicast import Cast, Output, Resized

HEADER = b'{"version": 2, "width": 80, "height": 24}\n'


def cast(*events, header=HEADER, end=b""):
    lines = [header, *(json.dumps(event).encode() + b"\n" for event in events)]
    return Cast([*lines, end] if end else lines)


def test_output_and_sizes_are_read_and_input_and_marks_are_not():
    found = cast([0.5, "o", "é"], [1, "i", "secret"], [2, "m", "here"], [3, "r", "100x30"], [4, "x", "new"])
    assert list(found.events()) == [Output(0.5, "é".encode()), Resized(3.0, 100, 30)]
    assert (found.columns, found.rows) == (80, 24)


def test_a_character_cut_in_two_halves_between_events_is_whole():
    high, low = "\ud83d", "\udc4d"
    data = b"".join(event.data for event in cast([0, "o", "a" + high], [1, "o", low + "b"]).events())
    assert data == "a👍b".encode()


def test_a_half_without_its_other_half_is_a_replacement():
    assert b"".join(one.data for one in cast([0, "o", "\udc4d"], [1, "o", "b"]).events()).endswith(b"b")


def test_a_torn_last_line_is_told_and_nothing_before_it_is_lost():
    found = cast([0, "o", "a"], end=b'[1, "o", "b')
    assert list(found.events()) == [Output(0.0, b"a")]
    assert found.torn


def test_a_whole_recording_is_not_torn_with_or_without_its_last_line_end():
    found = cast([0, "o", "a"], end=b'[1, "o", "b"]')
    assert len(list(found.events())) == 2
    assert not found.torn


def test_a_broken_line_in_the_middle_is_damage_and_says_where():
    found = cast([0, "o", "a"], "no event", [2, "o", "b"])
    with pytest.raises(RecordingDamaged) as caught:
        list(found.events())
    assert caught.value.details == {"line": 3}


@pytest.mark.parametrize("line", [b"", b"\n", b"#!/bin/sh\n", b"[1]\n", b"\xff\xfe\n", b"[" * 100_000])
def test_another_file_is_no_recording(line):
    with pytest.raises(NotARecording):
        cast(header=line)


@pytest.mark.parametrize(
    "header",
    [
        {"version": 1, "width": 80, "height": 24},
        {"version": True, "width": 80, "height": 24},
        {"version": 2},
        {"version": 2, "width": "80", "height": 24},
        {"version": 2, "width": 80.5, "height": 24},
        {},
    ],
)
def test_a_header_of_another_kind_is_refused(header):
    with pytest.raises(RecordingHeader):
        cast(header=json.dumps(header).encode())


@pytest.mark.parametrize(("width", "height"), [(0, 24), (80, 0), (-1, 5), (1001, 24), (80, 10**9)])
def test_a_size_that_no_terminal_has_is_refused(width, height):
    with pytest.raises(RecordingSize):
        cast(header=json.dumps({"version": 2, "width": width, "height": height}).encode())


@pytest.mark.parametrize("size", ["0x5", "5x0", "1001x1", "99999x1"])
def test_so_is_one_that_comes_later(size):
    with pytest.raises(RecordingSize):
        list(cast([0, "r", size]).events())


@pytest.mark.parametrize("size", ["", "80", "80x", "x24", "-1x5", "8.5x2", "80x24x1", "٨x5"])
def test_a_size_that_is_none_is_damage(size):
    with pytest.raises(RecordingDamaged):
        list(cast([0, "r", size]).events())


def test_more_than_is_read_at_once_is_refused(monkeypatch):
    monkeypatch.setattr(asciicast, "MAX_BYTES", 100)
    with pytest.raises(RecordingTooBig):
        list(cast(*[[0, "o", "a" * 30]] * 5).events())


def test_a_mark_of_byte_order_and_empty_lines_do_no_harm():
    found = cast([0, "o", "a"], header=b"\xef\xbb\xbf" + HEADER, end=b"\n\r\n")
    assert [event.data for event in found.events()] == [b"a"]
    assert not found.torn
