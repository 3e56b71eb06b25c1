"""What a recording may do to a real terminal: draw, and nothing beyond the screen; wherever its bytes were cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.screen_text import LONGEST, Harmless, ScreenText

DRAWS = (
    "plain text\r\n\ttab\b\a",
    "\x1b[1;31mred\x1b[0m\x1b[38;2;1;2;3mtrue",
    "\x1b[2J\x1b[H\x1b[10;20H\x1b[K\x1b[3A\x1b[5;10r\x1b[2L\x1b[M",
    "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?1049l\x1b[?2026h",
    "\x1b7\x1b8\x1bM\x1b(0lqk\x1b(B\x1b=\x1b>\x1bc",
    "\x1b[s\x1b[u\x1b[4h\x1b[4l",
    "漢字 é 🙂",
)
ACTS = {
    "clipboard": "\x1b]52;c;Zm9v\x07",
    "clipboard, ended otherwise": "\x1b]52;c;Zm9v\x1b\\",
    "clipboard, 8 bit": "\x9d52;c;Zm9v\x9c",
    "title": "\x1b]0;title\x07",
    "colour query": "\x1b]11;?\x07",
    "link": "\x1b]8;;http://x\x1b\\",
    "download": "\x1b]1337;File=inline=0:Zm9v\x07",
    "where is the cursor": "\x1b[6n",
    "what are you": "\x1b[c\x1b[>c\x1b[=c\x1b[>q\x1b[0c",
    "window": "\x1b[8;10;10t\x1b[21t\x1b[18t",
    "mode query": "\x1b[?2026$p",
    "mouse": "\x1b[?1000h\x1b[?1003h\x1b[?1006h",
    "mouse behind a mode that draws": "\x1b[?25;1003h",
    "paste and focus": "\x1b[?2004h\x1b[?1004h",
    "keyboard protocol": "\x1b[>1u\x1b[?u\x1b[=5;1u\x1b[>4;2m",
    "printing": "\x1b[5i\x1b[?5i",
    "enquiry": "\x05",
    "user keys and answers": "\x1bP1;1|17/17\x1b\\\x1bP$qm\x1b\\\x1bP+q544e\x1b\\",
    "image": "\x1b_Gf=100,t=f;L2V0Yy9wYXNzd2Q=\x1b\\",
    "privacy": "\x1b^secret\x1b\\\x1bXstring\x1b\\",
    "charset of the whole": "\x1b%G\x1b%@",
    "answer of the terminal": "\x1bZ",
}


@pytest.mark.parametrize("text", DRAWS)
def test_what_draws_passes_as_it_is(text):
    assert Harmless().feed(text) == text


@pytest.mark.parametrize("name", ACTS)
def test_what_acts_beyond_the_screen_is_gone_and_its_neighbours_stay(name):
    assert Harmless().feed(f"before{ACTS[name]}after") == "beforeafter"


@pytest.mark.parametrize("name", ACTS)
def test_a_cut_anywhere_changes_nothing(name):
    text = f"a{ACTS[name]}b\x1b[31mc"
    for at in range(len(text)):
        harmless = Harmless()
        assert harmless.feed(text[:at]) + harmless.feed(text[at:]) == "ab\x1b[31mc"
    each = Harmless()
    assert "".join(each.feed(one) for one in text) == "ab\x1b[31mc"


def test_a_control_inside_a_sequence_leaves_no_sequence():
    assert Harmless().feed("\x1b[\r6n") == "\r6n"
    assert Harmless().feed("\x1b\x1b[6n") == ""
    assert Harmless().feed("\x1b[3\x1b[6nx") == "x"
    assert Harmless().feed("\x1b]0;title\x1b[31mred") == "\x1b[31mred"


def test_a_string_without_an_end_is_held_no_longer_than_its_limit():
    harmless = Harmless()
    assert harmless.feed("\x1b]52;c;") == ""
    for _ in range(20):
        assert harmless.feed("A" * LONGEST) == ""
        assert len(harmless._held) <= LONGEST
    assert harmless.feed("\x07after") == "after"


OUT = re.compile(
    r"(?:[^\x1b\x05\x7f-\x9f]|\x1b\[[0-9;:]*[@A-HI-MPSTXZ`abdefgmrsu]|\x1b\[\??[0-9;]+[hl]|\x1b[()*+#][0-~]|\x1b[78=>DEHMc])*"
)
PIECES = st.lists(
    st.sampled_from(["\x1b", "[", "]", "P", "_", "?", "6", "n", "c", ";", "1", "h", "m", "\x07", "\\", "\x9b", "\x9d", "x", "\r", "$", "u"]),
    max_size=40,
)  # fmt: skip


@given(PIECES, st.integers(0, 40))
def test_nothing_but_drawing_comes_through_whatever_comes(pieces, cut):
    text = "".join(pieces)
    whole = Harmless()
    out = whole.feed(text)
    assert OUT.fullmatch(out), (text, out)
    halves = Harmless()
    assert OUT.fullmatch(halves.feed(text[:cut]) + halves.feed(text[cut:]))


@given(st.binary(max_size=60), st.integers(0, 60))
def test_bytes_cut_anywhere_are_the_same_text(data, cut):
    whole, halves = ScreenText(), ScreenText()
    expected = whole.feed(data) + whole.close()
    assert halves.feed(data[:cut]) + halves.feed(data[cut:]) + halves.close() == expected
    assert expected == data.decode("utf-8", "replace")
