"""The cursor in a shell: each shape looks another way, stands where it is, and hides no letter."""

from itertools import combinations

import pytest
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from daoflow_tui.terminal.values import Cursor, Shape
from daoflow_tui.theme.shell_palettes import PALETTES
from daoflow_tui.widgets.terminal_cursor import with_cursor
from daoflow_tui.widgets.terminal_painter import Palette

BAR = "▏"
THEMES = {
    "dark": Palette("#d8dee9", "#0f141a", PALETTES["dark"]),
    "light": Palette("#1c2430", "#fafafa", PALETTES["light"]),
    "ansi": Palette(),
}
UNDER = {
    "plain": RichStyle(),
    "underlined": RichStyle(underline=True),
    "inverse": RichStyle(reverse=True),
    "bold": RichStyle(bold=True),
}


def cursor(column: int, shape: Shape = Shape.BLOCK, *, blinking: bool = False) -> Cursor:
    return Cursor(column, 0, visible=True, shape=shape, blinking=blinking, pending=False)


def cells(strip: Strip) -> list[tuple[str, RichStyle]]:
    return [(sign, segment.style or RichStyle()) for segment in strip for sign in segment.text]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("under", UNDER)
@pytest.mark.parametrize("sign", ["x", " "])
def test_every_shape_looks_different_and_changes_only_its_cell(theme, under, sign) -> None:
    before = Strip([Segment("ab", UNDER["plain"]), Segment(sign, UNDER[under]), Segment("cd")])
    looks = {}
    for shape in Shape:
        after = cells(with_cursor(before, cursor(2, shape), 1, THEMES[theme], solid=True))
        assert after[:2] + after[3:] == cells(before)[:2] + cells(before)[3:]
        assert after[2] != cells(before)[2]
        assert after[2][0] == (BAR if shape is Shape.BAR and sign == " " else sign)
        looks[shape] = after[2]
    for one, other in combinations(Shape, 2):
        assert looks[one] != looks[other]


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("column", [0, 4])
def test_it_stands_on_the_first_and_the_last_column_too(shape, column) -> None:
    after = with_cursor(Strip([Segment("abcd ")]), cursor(column, shape), 1, THEMES["dark"], solid=True)
    assert after.cell_length == 5
    changed = [at for at, (_, style) in enumerate(cells(after)) if style != RichStyle()]
    assert changed == [column]


@pytest.mark.parametrize("shape", Shape)
def test_it_stands_whole_on_a_wide_character(shape) -> None:
    after = with_cursor(Strip([Segment("漢字")]), cursor(0, shape), 2, THEMES["dark"], solid=True)
    assert after.text == "漢字" and after.cell_length == 4
    assert [style != RichStyle() for _, style in cells(after)] == [True, False]


@pytest.mark.parametrize("shape", Shape)
def test_it_blinks_when_the_program_asked_for_it_where_no_letter_would_blink_too(shape) -> None:
    for blinking, column in ((False, 0), (False, 1), (True, 0), (True, 1)):
        at = cursor(column, shape, blinking=blinking)
        after = with_cursor(Strip([Segment("a b")]), at, 1, THEMES["dark"], solid=True)
        assert bool(cells(after)[column][1].blink) is (blinking and column == 1)


def test_without_the_keyboard_it_is_hollow_whatever_its_shape() -> None:
    looks = {
        str(cells(with_cursor(Strip([Segment("a ")]), cursor(0, shape), 1, THEMES["dark"], solid=False)))
        for shape in Shape
    }
    assert len(looks) == 1
