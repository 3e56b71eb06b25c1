"""A list keeps its place by row id, draws hostile words safely, and stays quick at 10,000 rows."""

from __future__ import annotations

import time

from rich.text import Text
from textual.app import ComposeResult
from textual.message import Message

from daoflow_tui.commands.node import CommandApp
from daoflow_tui.widgets.columns import Column, place_columns
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State
from daoflow_tui.widgets.table import VirtualTable
from tui.painting import HOSTILE, painted

COLUMNS = (
    Column("state", "STATE", 11),
    Column("name", "NAME", 12, flex=True),
    Column("cpu", "CPU", 5, align="right", drop=1),
    Column("host", "HOST", 20, drop=2),
)


def row(number: int, name: str | None = None) -> Row:
    name = name if name is not None else f"server-{number}"
    return Row(f"id{number}", (State("ready", Role.GOOD), name, f"{number % 100}%", f"10.0.0.{number}"))


def rows(*numbers: int) -> list[Row]:
    return [row(number) for number in numbers]


class TableApp(CommandApp):
    def __init__(self, **options) -> None:
        super().__init__()
        self.table = VirtualTable(COLUMNS, **options)
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_virtual_table_said(self, message: VirtualTable.Said) -> None:
        self.said.append(message)

    on_virtual_table_row_highlighted = on_virtual_table_said
    on_virtual_table_row_opened = on_virtual_table_said
    on_virtual_table_row_marked = on_virtual_table_said

    def said_of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.said if type(message) is kind]


async def test_shows_header_rows_and_cursor():
    app = TableApp()
    async with app.run_test(size=(70, 8)) as pilot:
        app.table.set_rows(rows(1, 2))
        await pilot.pause()
        lines = painted(app.table)
        assert lines[0].startswith("    STATE        NAME")
        assert lines[1].startswith(" ▸  ✓ ready      server-1")
        assert lines[2].startswith("    ✓ ready      server-2")


async def test_empty_list_says_its_sentence_as_plain_words():
    app = TableApp(empty="No servers yet. [a] adds one.")
    async with app.run_test(size=(70, 8)) as pilot:
        await pilot.pause()
        assert "No servers yet. [a] adds one." in painted(app.table)[2]


async def test_keys_move_the_cursor_and_stop_at_the_ends():
    app = TableApp()
    async with app.run_test(size=(70, 8)) as pilot:
        app.table.set_rows(rows(*range(50)))
        for key, expected in [
            *[("j", "id1"), ("down", "id2"), ("k", "id1"), ("up", "id0"), ("up", "id0")],
            *[("pagedown", "id7"), ("ctrl+u", "id4"), ("ctrl+d", "id7"), ("pageup", "id0")],
            *[("G", "id49"), ("down", "id49"), ("g", "id0"), ("end", "id49"), ("home", "id0")],
        ]:
            await pilot.press(key)
            assert app.table.cursor_id == expected, key


async def test_cursor_is_always_on_screen():
    app = TableApp()
    async with app.run_test(size=(70, 8)) as pilot:
        app.table.set_rows(rows(*range(50)))
        await pilot.press("G")
        await pilot.pause()
        assert painted(app.table)[-1].startswith(" ▸  ✓ ready      server-49")


async def test_cursor_and_marks_stay_on_the_same_row_through_insert_delete_and_resort():
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(*range(500)))
        app.table.move_to("id250")
        await pilot.press("space")  # marks 250, moves on to 251
        top = app.table.scroll_offset.y
        height = app.table.rows.cursor - top

        app.table.set_rows(rows(*range(1000, 1020), *range(500)))
        await pilot.pause()
        assert (app.table.cursor_id, app.table.marked) == ("id251", {"id250"})
        assert app.table.rows.cursor - app.table.scroll_offset.y == height

        app.table.set_rows(rows(*reversed(range(100, 500))))
        await pilot.pause()
        assert (app.table.cursor_id, app.table.marked) == ("id251", {"id250"})
        assert app.table.rows.cursor - app.table.scroll_offset.y == height


async def test_filter_keeps_the_row_and_hidden_rows_keep_their_marks():
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(*range(500)))
        app.table.move_to("id250")
        await pilot.press("space", "up")
        app.table.set_filter(lambda each: int(each.id[2:]) % 2 == 0)
        assert app.table.cursor_id == "id250"
        app.table.set_filter(lambda each: int(each.id[2:]) % 2 == 1)
        assert app.table.cursor_id == "id251"
        assert app.table.marked == {"id250"}
        app.table.set_filter(lambda each: False)
        assert app.table.cursor_id is None
        app.table.set_filter(None)
        assert len(app.table.rows) == 500


async def test_a_deleted_row_hands_the_cursor_to_its_neighbour_and_loses_its_mark():
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(1, 2, 3))
        app.table.move_to("id2")
        await pilot.press("space", "up")
        app.table.set_rows(rows(1, 3))
        await pilot.pause()
        assert (app.table.cursor_id, app.table.marked) == ("id3", frozenset())
        assert app.said_of(VirtualTable.RowHighlighted)[-1].row_id == "id3"


async def test_the_top_of_a_worst_first_list_stays_in_view_when_a_worse_row_arrives():
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(*range(500)))
        app.table.set_rows(rows(900, *range(500)))
        await pilot.pause()
        assert app.table.cursor_id == "id0"
        assert "server-900" in painted(app.table)[1]


async def test_a_refresh_repaints_only_lines_that_changed(monkeypatch):
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(*range(500)))
        await pilot.pause()
        regions = []
        monkeypatch.setattr(app.table, "refresh", lambda *given, **_: regions.extend(given))
        app.table.set_rows([row(n, "renamed" if n in (3, 400) else None) for n in range(500)])
        app.table.update_row(row(450, "off-screen"))
        assert [(region.y, region.height) for region in regions] == [(4, 1)]


async def test_enter_and_a_second_click_open_the_row_a_click_in_the_gutter_marks():
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(1, 2, 3))
        await pilot.press("enter")
        await pilot.click(offset=(10, 3))
        assert app.table.cursor_id == "id3"
        assert [said.row_id for said in app.said_of(VirtualTable.RowOpened)] == ["id1"]
        await pilot.click(offset=(10, 3))
        await pilot.click(offset=(2, 2))
        assert [said.row_id for said in app.said_of(VirtualTable.RowOpened)] == ["id1", "id3"]
        assert app.said_of(VirtualTable.RowMarked)[-1].row_ids == {"id2"}


async def test_star_inverts_the_marks_of_shown_rows():
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(1, 2, 3))
        await pilot.press("space", "*")
        assert app.table.marked == {"id2", "id3"}


async def test_mark_keys_do_nothing_in_a_list_without_marks():
    app = TableApp(marking=False)
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows(rows(1, 2, 3))
        await pilot.press("space", "*")
        assert app.table.marked == frozenset()


async def test_opening_an_empty_list_says_why_not():
    app = TableApp()
    async with app.run_test(size=(70, 12), notifications=True) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert next(iter(app._notifications)).message.startswith("There is no row")


async def test_hostile_words_are_drawn_inert_and_every_line_keeps_its_width(hostile):
    app = TableApp()
    async with app.run_test(size=(70, 12)) as pilot:
        cells = (State(hostile, Role.BAD), hostile, hostile, Text(hostile, "bold"))
        app.table.set_rows([Row("x", cells), row(1)])
        await pilot.pause()
        for y in range(3):
            strip = app.table.render_line(y)
            assert strip.cell_length == 70
            assert strip.text.isprintable(), repr(strip.text)
        host = painted(app.table)[2].index("10.0.0.1")
        cut = app.table.render_line(1).crop(host - 2, host).text
        assert cut == "  ", "the gap before a column stays where it is"


async def test_all_hostile_words_survive_a_real_paint_and_every_key():
    app = TableApp()
    async with app.run_test(size=(70, 30)) as pilot:
        app.table.set_rows([row(n, words) for n, words in enumerate(HOSTILE)])
        await pilot.press("down", "space", "enter", "*", "G", "g")
        svg = app.export_screenshot()
        assert "\x1b" not in svg and "\x9b" not in svg and "\u202e" not in svg


async def test_ascii_app_draws_ascii_marks_only():
    app = TableApp()
    app.add_class("-ascii")
    async with app.run_test(size=(70, 12)) as pilot:
        app.table.set_rows([row(1, "x" * 99), Row("b", (State("blocked", Role.BAD), "b", "-", "-"))])
        app.table.set_sort("cpu", descending=True)
        await pilot.pause()
        assert all(line.isascii() for line in painted(app.table))
        assert "x blocked" in painted(app.table)[2]


def test_columns_drop_in_their_order_and_the_flexible_one_takes_the_rest():
    def shown(width):
        return [(placed.column.key, placed.width) for placed in place_columns(COLUMNS, width)]

    assert shown(80) == [("state", 11), ("name", 38), ("cpu", 5), ("host", 20)]
    assert [key for key, _ in shown(50)] == ["state", "name", "cpu"]
    assert shown(27) == [("state", 11), ("name", 14)]


async def test_ten_thousand_rows_move_and_refresh_quickly():
    """A loose guard only: `bench/` measures the real figures."""
    app = TableApp()
    async with app.run_test(size=(160, 50)) as pilot:
        many = rows(*range(10_000))
        app.table.set_rows(many)
        await pilot.pause()
        begun = time.process_time()
        for _ in range(100):
            app.table.move(1)
            for y in range(50):
                app.table.render_line(y)
        assert (time.process_time() - begun) / 100 < 0.05
        begun = time.process_time()
        app.table.set_rows(list(many))
        assert time.process_time() - begun < 0.5


async def test_a_row_drawn_before_shows_its_new_cells_at_once():
    app = TableApp()
    async with app.run_test(size=(70, 8)) as pilot:
        app.table.set_rows(rows(1, 2))
        await pilot.pause()
        painted(app.table)
        app.table.update_row(row(2, "renamed"))
        assert "renamed" in painted(app.table)[2]
        app.table.set_rows([row(1, "again"), row(2)])
        assert "again" in painted(app.table)[1] and "server-2" in painted(app.table)[2]
