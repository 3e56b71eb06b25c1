"""What a program in a shell gets for the mouse and for a paste, as it asked for them."""

import pytest

from daoflow_tui.terminal import mouse, pasting
from daoflow_tui.terminal.mouse import Act, Happening
from daoflow_tui.terminal.values import Modes, Mouse, MouseFormat

PRESS = Happening(Act.PRESS, 0, 4, 9)
RELEASE = Happening(Act.RELEASE, 0, 4, 9)
DRAG = Happening(Act.MOVE, 0, 5, 9)
HOVER = Happening(Act.MOVE, mouse.NO_BUTTON, 5, 9)
WHEEL = Happening(Act.PRESS, mouse.WHEEL_UP, 4, 9)


@pytest.mark.parametrize(
    ("form", "press", "release"),
    [
        (MouseFormat.SGR, b"\x1b[<0;5;10M", b"\x1b[<0;5;10m"),
        (MouseFormat.X10, b"\x1b[M\x20\x25\x2a", b"\x1b[M\x23\x25\x2a"),
        (MouseFormat.URXVT, b"\x1b[32;5;10M", b"\x1b[35;5;10M"),
        (MouseFormat.UTF8, b"\x1b[M\x20\x25\x2a", b"\x1b[M\x23\x25\x2a"),
    ],
)
def test_each_form_names_the_place_from_one(form, press, release):
    modes = Modes(mouse=Mouse.BUTTONS, mouse_format=form)
    assert mouse.to_program(modes, PRESS) == press
    assert mouse.to_program(modes, RELEASE) == release


def test_a_program_hears_only_what_it_asked_for():
    heard = {
        kind: [
            mouse.wants(Modes(mouse=kind, mouse_format=MouseFormat.SGR), one)
            for one in (PRESS, RELEASE, DRAG, HOVER, WHEEL)
        ]
        for kind in Mouse
    }
    assert heard == {
        Mouse.OFF: [False] * 5,
        Mouse.PRESS: [True, False, False, False, True],
        Mouse.BUTTONS: [True, True, False, False, True],
        Mouse.DRAG: [True, True, True, False, True],
        Mouse.MOTION: [True, True, True, True, True],
    }


def test_modifiers_motion_and_the_wheel_are_in_the_code():
    modes = Modes(mouse=Mouse.MOTION, mouse_format=MouseFormat.SGR)
    assert mouse.to_program(modes, Happening(Act.PRESS, 2, 0, 0, 16)) == b"\x1b[<18;1;1M"
    assert mouse.to_program(modes, DRAG) == b"\x1b[<32;6;10M"
    assert mouse.to_program(modes, WHEEL) == b"\x1b[<64;5;10M"


def test_a_place_that_the_oldest_form_can_not_name_is_not_told_wrongly():
    assert mouse.to_program(Modes(mouse=Mouse.BUTTONS), Happening(Act.PRESS, 0, 223, 1)) == b""


def test_a_paste_can_not_end_itself_early_nor_carry_controls():
    modes = Modes(bracketed_paste=True)
    assert pasting.to_program("a\x1b[201~\x03b\r\nc\td", modes) == b"\x1b[200~a[201~b\rc\td\x1b[201~"


@pytest.mark.parametrize(
    ("text", "asks"), [("one", False), ("one\n", True), ("one\ntwo", True), ("one\rtwo\r", True)]
)
def test_only_what_would_run_at_once_is_asked_about(text, asks):
    assert pasting.asks_first(text, Modes()) is asks
    assert not pasting.asks_first(text, Modes(bracketed_paste=True))


def test_the_lines_of_a_paste_are_shown_without_what_a_terminal_would_heed():
    assert pasting.lines_of("rm -rf \x1b[8m/\r\nls\n") == ["rm -rf [8m/", "ls"]
