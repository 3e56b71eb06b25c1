"""Bars, panes, meters, blanks and fields: the right words at every width, and hostile words inert."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.widgets import Static

from daoflow_tui.commands.node import CommandApp
from daoflow_tui.theme.themes import THEME_NAMES
from daoflow_tui.widgets.blank import Blank, Denied, Empty, Failed, Loading, NextKey, NotHere, Stale
from daoflow_tui.widgets.cells import fit_tail
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.footer import FooterKey, KeyFooter
from daoflow_tui.widgets.header import Breadcrumb, Fact, Place, TopBar
from daoflow_tui.widgets.line import Line
from daoflow_tui.widgets.meter import Meter, bar
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.spark import Spark, spark
from daoflow_tui.widgets.state_mark import ASCII, UNICODE, Role, State, Toned
from daoflow_tui.widgets.too_small import TooSmall

PLACES = [
    Place("S", "Servers"),
    Place("T", "Tunnels"),
    Place("K", "Keys & certificates"),
    Place("A", "Audit"),
]
FACTS = [Fact("prod", Role.PROD, ""), Fact("as mara", short=""), Fact("1 attention", Role.LOOK, "1 attn")]


class Form(CommandApp):
    """Fields are made while an app composes: Textual's Input asks for the running app."""

    def __init__(self, **options) -> None:
        super().__init__()
        self.options = options

    def compose(self) -> ComposeResult:
        yield Field(**self.options)


class OneWidget(CommandApp):
    def __init__(self, *widgets, **options) -> None:
        super().__init__(**options)
        self.widgets = widgets

    def compose(self) -> ComposeResult:
        yield from self.widgets


def words(app) -> str:
    """Everything on the screen as text."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)


async def test_the_top_bar_names_the_places_and_shrinks_to_letters():
    top = TopBar(PLACES, "S")
    async with OneWidget(top).run_test(size=(120, 20)) as pilot:
        top.tell(FACTS)
        full = top.render_line(0).text
        assert full.startswith(" DaoFlow   [S]ervers  [T]unnels  [K]eys & certificates  [A]udit ")
        assert full.endswith("prod  as mara  1 attention ")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        narrow = top.render_line(0).text
        assert narrow.startswith(" DaoFlow  S T K A ") and narrow.endswith(" 1 attn ")


async def test_the_top_bar_says_less_before_it_cuts_a_place():
    places = [*PLACES[:2], Place("K", "Keys & certificates", "Keys"), PLACES[3]]
    top = TopBar(places, "K")
    async with OneWidget(top).run_test(size=(120, 20)):
        top.tell([Fact("x" * 40), *FACTS])
        line = top.render_line(0).text
        assert "[K]eys  [A]udit" in line and line.endswith("1 attention ")
        top.tell([Fact("x" * 70, Role.MUTED, "xx"), *FACTS])
        line = top.render_line(0).text
        assert "[K]eys  [A]udit" in line and line.endswith(" 1 attn ")


async def test_a_click_on_a_place_asks_for_it():
    asked = []

    class Clicked(OneWidget):
        def on_top_bar_place_asked(self, message):
            asked.append(message.key)

    async with Clicked(TopBar(PLACES, "S")).run_test(size=(120, 20)) as pilot:
        await pilot.click(TopBar, offset=(24, 0))
        await pilot.click(TopBar, offset=(3, 0))
        await pilot.pause()
    assert asked == ["T"]


async def test_the_breadcrumb_shows_the_way():
    crumb = Breadcrumb()
    async with OneWidget(crumb).run_test(size=(80, 20)):
        crumb.go("Servers", "edge-us-2", "Cleanup")
        assert crumb.render_line(0).text.rstrip() == " Servers ▸ edge-us-2 ▸ Cleanup"


async def test_a_line_keeps_its_right_end_and_its_width_whatever_the_words(hostile):
    line = Line()
    async with OneWidget(line).run_test(size=(80, 20)):
        line.show([hostile, Toned(hostile, Role.MUTED), State(hostile, Role.BAD)], ["kept whole"])
        strip = line.render_line(0)
        assert strip.cell_length == 80
        assert strip.text.endswith(" kept whole ")
        assert strip.text.isprintable()


async def test_the_footer_keeps_pinned_keys_and_shows_six_when_narrow():
    keys = [FooterKey(f"x.k{n}", str(n), f"does {n}", f"d{n}") for n in range(1, 20)]
    keys += [
        FooterKey("a.p", ":", "commands", "cmds", pinned=True),
        FooterKey("a.h", "?", "help", pinned=True),
    ]
    footer = KeyFooter(lambda: keys)
    async with OneWidget(footer).run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert footer.render_line(0).text.split() == [
            "1",
            "d1",
            "2",
            "d2",
            "3",
            "d3",
            "4",
            "d4",
            ":",
            "cmds",
            "?",
            "help",
        ]
        await pilot.resize_terminal(120, 36)
        await pilot.pause()
        wide = footer.render_line(0).text
        assert wide.rstrip().endswith(": commands  ? help") and "does 8" in wide


async def test_a_panes_title_is_plain_words(hostile):
    pane = Pane(hostile, hostile)
    async with OneWidget(pane).run_test(size=(80, 20)) as pilot:
        pane.foot(hostile)
        pane.name_it(hostile, hostile, State(hostile, Role.BAD))
        await pilot.pause()
        assert all(line.isprintable() for line in words(pilot.app).splitlines())


STATES = [
    (Loading("asking docker for 3 things", 2), ["asking docker for 3 things, 2s"]),
    (
        Empty("No servers yet.", "None was added.", [NextKey("a", "add one")]),
        ["No servers yet.", "a  add one"],
    ),
    (Stale("3h old", "server not reachable since 09:10"), ["3h old", "since 09:10"]),
    (
        Failed(
            "Docker could not be asked",
            "docker info",
            1,
            "permission denied\nmore",
            [NextKey("c", "try again")],
        ),
        ["docker info", "exit 1", "permission denied", "c  try again"],
    ),
    (Failed("The link broke", "docker info"), ["no exit code came back"]),
    (Denied("Needs terminal:open; you have server:read."), ["! Needs terminal:open"]),
    (NotHere("Not a swarm manager; seen 3h ago."), ["Not a swarm manager"]),
]


@pytest.mark.parametrize(("state", "expected"), STATES, ids=lambda value: type(value).__name__)
async def test_every_state_of_a_pane_is_told_in_words(state, expected):
    async with OneWidget(Blank(state)).run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        for piece in expected:
            assert piece in words(pilot.app)
        assert "more" not in words(pilot.app)


async def test_fresh_data_leaves_no_room_for_a_state():
    blank = Blank(Loading("asking"))
    async with OneWidget(blank, Static("data", markup=False)).run_test(size=(80, 20)) as pilot:
        blank.show(None)
        await pilot.pause()
        assert words(pilot.app).startswith("data")


async def test_hostile_words_in_a_failure_are_inert(hostile):
    blank = Blank(Failed(hostile, hostile, 1, hostile, [NextKey("c", hostile)]))
    async with OneWidget(blank).run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert all(line.isprintable() for line in words(pilot.app).splitlines())


def test_a_bar_never_hides_a_little_or_pretends_all():
    assert bar(0, 10, UNICODE) == "░" * 10
    assert bar(0.4, 10, UNICODE) == "█" + "░" * 9
    assert bar(99.9, 10, UNICODE) == "█" * 9 + "░"
    assert bar(100, 10, ASCII) == "#" * 10


async def test_a_meter_says_unknown_instead_of_zero_and_marks_what_is_high():
    meter = Meter("Disk /")
    async with OneWidget(meter).run_test(size=(80, 20)) as pilot:
        meter.measure(None)
        await pilot.pause()
        assert "?" in words(pilot.app) and "0%" not in words(pilot.app) and "░" not in words(pilot.app)
        for percent, role, mark in [(12, Role.GOOD, ""), (85, Role.LOOK, "! 72"), (91, Role.BAD, "✗ 72")]:
            meter.measure(percent, "72.8 of 80 GiB")
            await pilot.pause()
            assert meter.role is role and mark in words(pilot.app) and f"{percent}%" in words(pilot.app)


async def test_a_spark_keeps_gaps_and_the_newest_values():
    assert spark([0, None, 50, 100], UNICODE) == "▁ ▅█"
    line = Spark()
    async with OneWidget(line).run_test(size=(40, 20)) as pilot:
        line.draw([0.0] * 100 + [100.0], "101 checks")
        await pilot.pause()
        assert words(pilot.app).splitlines()[0].rstrip().endswith("█   101 checks")


async def test_a_field_shows_its_error_in_place_of_the_hint():
    app = Form(label="Port", value="22", hint="usually 22", id="port")
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        field = app.query_one(Field)
        assert "usually 22" in words(pilot.app)
        field.error = "Port must be 1 to 65535 [/]."
        await pilot.pause()
        assert "✗ Port must be 1 to 65535 [/]." in words(pilot.app)
        field.error = ""
        field.value = "2222"
        await pilot.pause()
        assert "usually 22" in words(pilot.app) and field.input.value == "2222"
        assert not field.input.cursor_blink


async def test_a_secret_field_never_shows_its_value():
    async with Form(label="Passphrase", value="hunter2", secret=True).run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert "hunter2" not in words(pilot.app)


@pytest.mark.parametrize("size", [(40, 10), (59, 24), (80, 15)])
async def test_a_window_too_small_shows_one_sentence(size):
    async with OneWidget(Static("x" * 5000, markup=False), TooSmall()).run_test(size=size) as pilot:
        await pilot.pause()
        assert f"This window is {size[0]} x {size[1]}." in words(pilot.app)
        assert "x" * 10 not in words(pilot.app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "This window" not in words(pilot.app)


@pytest.mark.parametrize("theme", THEME_NAMES)
@pytest.mark.parametrize("no_color", [False, True])
async def test_every_theme_draws_with_and_without_colour(theme, no_color, monkeypatch):
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    line = Line([State("blocked", Role.BAD)])
    app = OneWidget(Pane("a"), line, theme=theme)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        style = next(segment.style for segment in line.render_line(0) if "blocked" in segment.text)
        assert bool(style.reverse) is no_color, "without colour, reverse tells what is bad"


async def test_no_colour_leaves_the_terminals_own_two_colours_and_no_greys(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    app = OneWidget(Pane("a"), Line([State("blocked", Role.BAD), Toned("note", Role.MUTED)]))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        used = {
            color.name
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None
            for color in (segment.style.color, segment.style.bgcolor)
            if color is not None
        }
    assert used <= {"default"}


def test_two_versions_that_differ_at_their_end_never_look_the_same_when_cut():
    cut = [fit_tail(version, 12) for version in ("7.88.1-10+deb12u8", "7.88.1-10+deb12u12")]
    assert cut == ["…-10+deb12u8", "…10+deb12u12"]
    assert fit_tail("3.0.1", 12) == "3.0.1       "
    assert fit_tail("名" * 9, 6) == "…名名 " and fit_tail("abc", 0) == ""
