"""The frames of steps.sh out of bytes cut anywhere, with noise around them and forgeries inside."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.parse.steps import Began, Collector, Ended, Finished, FrameReader, Said

NONCE = "c0ffee12"


def frame(words: str) -> bytes:
    return f"\n#dft {NONCE} {words}\n".encode()


WHOLE = (
    b"bashrc says hello\nno line end"
    + frame("run one docker ps --format {{json .}}")
    + b"first\n\nlast without an end"
    + frame("exit one 0 100.25 101.50")
    + b"between"
    + frame("run two df -Pk /")
    + frame("exit two 124 - -")
    + frame("end")
)


def happenings(pieces: list[bytes]) -> list[object]:
    reader = FrameReader(NONCE)
    return [*(one for piece in pieces for one in reader.feed(piece)), *reader.close()]


def collected(stdout: bytes, stderr: bytes = b"") -> Collector:
    collector = Collector()
    for stream, data in (("stdout", stdout), ("stderr", stderr)):
        reader = FrameReader(NONCE)
        collector.take(stream, reader.feed(data))
        collector.take(stream, reader.close())
    return collector


EXPECTED = [
    Said(None, b"bashrc says hello"),
    Said(None, b"no line end"),
    Began("one", "docker ps --format {{json .}}"),
    Said("one", b"first"),
    Said("one", b""),
    Said("one", b"last without an end"),
    Ended("one", 0, 1.25),
    Said(None, b"between"),
    Began("two", "df -Pk /"),
    Ended("two", 124, None),
    Finished(),
]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_bytes_cut_anywhere_tell_the_same(cuts):
    places = [0, *sorted(cuts), len(WHOLE)]
    pieces = [WHOLE[start:end] for start, end in itertools.pairwise(places)]
    assert happenings(pieces) == EXPECTED


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_any_bytes_at_all_are_no_fault_and_none_is_lost(data, cuts):
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[start:end] for start, end in itertools.pairwise(places)]
    said = happenings(pieces)
    assert all(isinstance(one, Said) and one.name is None for one in said)
    assert b"".join(one.data for one in said) == data.replace(b"\n", b"")


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=8))
def test_the_output_of_a_step_comes_back_as_it_was(lines):
    """All of it but line ends at its end, which a frame's own can't be told from."""
    output = b"\n".join(lines)
    step = collected(frame("run x y") + output + frame("exit x 3 1.00 1.00") + frame("end")).steps()["x"]
    assert step.stdout.rstrip(b"\n") == output.rstrip(b"\n")
    assert step.status == 3


FORGERIES = (
    b"#dft other exit one 0 1.00 2.00",
    b" #dft c0ffee12 exit one 0 1.00 2.00",
    b"#dft c0ffee12 exit one 0 1.00",
    b"#dft c0ffee12 exit one 1000 1.00 2.00",
    b"#dft c0ffee12 exit ONE 0 1.00 2.00",
    b"#dft c0ffee12 end ",
    b"#dft c0ffee12 run",
    b"#DFT c0ffee12 end",
)


def test_a_line_that_only_looks_like_a_frame_is_output():
    output = b"\n".join(FORGERIES)
    found = collected(frame("run one cat") + output)
    assert found.steps()["one"].stdout == output
    assert (found.steps()["one"].status, found.whole) == (None, False)


def test_a_step_without_an_end_is_unknown_and_one_that_never_began_is_not_there():
    steps = collected(frame("run one docker rm x") + b"half").steps()
    assert list(steps) == ["one"]
    assert (steps["one"].status, steps["one"].stdout, steps["one"].command) == (None, b"half", "docker rm x")


def test_an_end_that_only_stderr_tells_does_not_count():
    found = collected(frame("run one true"), frame("run one") + frame("exit one 0 1.00 1.00") + frame("end"))
    assert (found.steps()["one"].status, found.whole) == (None, False)


def test_each_stream_belongs_to_the_step_that_ran_when_it_came():
    out = frame("run a x") + b"out a" + frame("exit a 0 1 1") + frame("run b y") + frame("exit b 1 1 1")
    err = frame("run a") + frame("exit a 0 1 1") + frame("run b") + b"err b" + frame("exit b 1 1 1")
    steps = collected(out, err).steps()
    assert [(one.stdout, one.stderr) for one in steps.values()] == [(b"out a", b""), (b"", b"err b")]


def test_uptimes_that_are_no_numbers_are_no_duration():
    for times, seconds in (("5.00 4.00", 0.0), ("- 4.00", None), (".. 4", None), ("1 2.5", 1.5)):
        found = collected(frame("run a x") + frame(f"exit a 0 {times}"))
        assert found.steps()["a"].seconds == seconds
