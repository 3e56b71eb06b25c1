"""The framed reply, cut anywhere and surrounded by anything."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.model.host import Section
from daoflow_core.parse.docker import meets, read_compose, read_engine, read_swarm, version_text
from daoflow_core.parse.host import read_load, read_os
from daoflow_core.parse.probe import MAX_SECTIONS, MAX_VALUE, ReplyReader

REPLY = (
    b"\n#dft n1 begin\nos|0|12.50|12.53|kernel=6.1 name=Debian\ndocker|124|1.0|5.0|no|answer\n#dft n1 end\n"
)
READ = {
    "os": Section("os", 0, "kernel=6.1 name=Debian", 0.03),
    "docker": Section("docker", 124, "no|answer", 4.0),
}


def fed(*pieces: bytes, nonce: str = "n1") -> dict[str, Section] | None:
    reader = ReplyReader(nonce)
    found = None
    for piece in pieces:
        found = found or reader.feed(piece)
    return found


def test_reply_is_read() -> None:
    assert fed(REPLY) == READ


@given(st.sets(st.integers(0, len(REPLY)), max_size=8))
def test_reply_may_be_cut_anywhere(cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), len(REPLY)]
    assert fed(*(REPLY[a:b] for a, b in pairwise(edges))) == READ


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_noise_around_the_reply_is_ignored(before: bytes, after: bytes) -> None:
    assert fed(before + REPLY + after) == READ


@given(st.binary(max_size=2000))
def test_any_bytes_are_survived(data: bytes) -> None:
    assert fed(data) is None


def test_late_answer_to_an_earlier_question_is_no_answer() -> None:
    assert fed(REPLY, nonce="n2") is None
    late = REPLY.replace(b"n1", b"n0").replace(b"Debian", b"Late")
    assert fed(late + REPLY) == READ


def test_unfinished_reply_is_no_reply() -> None:
    assert fed(REPLY[: REPLY.index(b"#dft n1 end")]) is None
    assert fed(REPLY[:-1]) is None


def test_frame_marks_must_be_whole_lines() -> None:
    assert fed(b"x#dft n1 begin\nos|0|1|1|v\n#dft n1 end\n") is None


def test_line_that_is_no_section_is_ignored_and_the_first_of_two_counts() -> None:
    body = b"#dft n1 begin\nmotd: hello\nos|x|1|1|v\nOS|0|1|1|v\nos|0|1|1|one\nos|0|1|1|two\n#dft n1 end\n"
    assert fed(body) == {"os": Section("os", 0, "one", 0.0)}


def test_host_without_a_clock_has_sections_without_a_duration() -> None:
    assert fed(b"#dft n1 begin\nos|0|-|-|v\n#dft n1 end\n") == {"os": Section("os", 0, "v", 0.0)}
    assert fed(b"#dft n1 begin\nos|0|9.0|1.0|v\n#dft n1 end\n") == {"os": Section("os", 0, "v", 0.0)}


def test_flood_is_cut_and_control_characters_do_not_pass() -> None:
    reader = ReplyReader("n1")
    for _ in range(200):
        assert reader.feed(b"x" * 10_000) is None
    assert len(reader._line) < 2 * MAX_VALUE
    flood = b"".join(b"%s|0|1|1|v\n" % (b"a" * (n % 20 + 1) + b"b" * (n // 20)) for n in range(100))
    found = reader.feed(
        b"\n#dft n1 begin\nos|0|1|1|\x1b]0;x\x07" + b"v" * 5000 + b"\n" + flood + b"#dft n1 end\n"
    )
    assert found is not None
    assert len(found) <= MAX_SECTIONS
    assert "\x1b" not in found["os"].value
    assert len(found["os"].value) <= MAX_VALUE


@given(st.integers(0, 255), st.text(max_size=300))
def test_every_section_is_read_without_an_error(status: int, value: str) -> None:
    section = Section("x", status, value, 0.0)
    load = read_load(section)
    assert load.disk_percent is None or 0 <= load.disk_percent <= 100
    read_os(section)
    assert (read_engine(section).version is None) != (read_engine(section).fault is None)
    assert (read_compose(section).version is None) != (read_compose(section).fault is None)
    assert (read_swarm(section).state is None) != (read_swarm(section).fault is None)


def test_load_is_counted_as_people_count_it() -> None:
    value = "cores=4 load=3.52 memtotal=1000 memavailable=290 df=/dev/mapper/a b 1000 905 95 91% /"
    load = read_load(Section("res", 0, value, 0.0))
    assert (load.cores, load.cpu_percent, load.memory_percent, load.disk_percent) == (4, 88, 71, 91)


def test_load_over_one_per_core_passes_a_hundred_percent() -> None:
    value = "cores=2 load=5.00 memtotal=? memavailable=10 df=tmpfs 0 0 0 - /"
    load = read_load(Section("res", 0, value, 0.0))
    assert (load.cpu_percent, load.memory_percent, load.disk_percent) == (250, None, None)


def test_disk_counts_as_df_does_with_space_kept_for_root() -> None:
    line = "/dev/vda 264212084 24228560 82162352 23% /"
    value = f"cores=? load=? memtotal=? memavailable=? df={line}"
    assert read_load(Section("res", 0, value, 0.0)).disk_percent == 23
    overfull = value.replace("82162352 23%", "-5 100%")
    assert read_load(Section("res", 0, overfull, 0.0)).disk_percent == 100


def test_versions_as_programs_print_them() -> None:
    assert version_text("v2.23.0") == "2.23.0"
    for text in ("20.10.24+dfsg1", "2.26.1-4", "27.5.0-rc.1", "2.40.3-desktop.1", "5.0.1", "28.2"):
        assert version_text(text) == text
    for text in ("", "v", "hello", "28", "2.1 x", "2.1\n", "-1.2", "٢.٣"):
        assert version_text(text) is None


def test_floors() -> None:
    assert meets("20.10.0", (20, 10))
    assert meets("20.10.0-rc2", (20, 10))
    assert meets("28.2.2", (20, 10))
    assert not meets("20.9.99", (20, 10))
    assert not meets("19.03.15", (20, 10))
    assert meets("v2.0.0-beta.1", (2, 0))
    assert not meets("1.29.2", (2, 0))
    assert not meets("nonsense", (0, 0))
