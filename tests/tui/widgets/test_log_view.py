"""A log of a million lines never loads, stands still when asked to, and can be read to its last part."""

from __future__ import annotations

from textual.app import ComposeResult

from daoflow_tui.commands.node import CommandApp
from daoflow_tui.widgets.log_layout import Spot, advance, fold, last_top
from daoflow_tui.widgets.log_pages import PAGE_LINES, LogLine
from daoflow_tui.widgets.log_view import VirtualLog
from tui.painting import HOSTILE, painted


class LogApp(CommandApp):
    def __init__(self, texts=None, count=0, **options) -> None:
        super().__init__()
        self.reads: list[int] = []
        self.texts = texts
        self.log_view = VirtualLog(self.page, count if texts is None else len(texts), **options)
        self.searched: list[VirtualLog.Searched] = []

    def page(self, offset: int, limit: int) -> list[LogLine]:
        self.reads.append(offset)
        if self.texts is not None:
            return [LogLine("09:12", "stdout", text) for text in self.texts[offset : offset + limit]]
        last = min(offset + limit, self.log_view.count)
        return [LogLine("09:12", "stdout", f"line {number}") for number in range(offset, last)]

    def compose(self) -> ComposeResult:
        yield self.log_view

    def on_virtual_log_searched(self, message: VirtualLog.Searched) -> None:
        self.searched.append(message)


async def test_a_million_lines_open_at_the_end_reading_only_the_pages_on_screen():
    app = LogApp(count=1_000_000)
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        assert painted(app.log_view)[-1].rstrip().endswith("line 999999")
        await pilot.press("g")
        assert painted(app.log_view)[0].rstrip().endswith("line 0")
        assert len(set(app.reads)) <= 3


async def test_following_shows_new_lines_and_pausing_counts_them():
    app = LogApp(count=100)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        app.log_view.set_count(105)
        await pilot.pause()
        assert painted(app.log_view)[-1].rstrip().endswith("line 104")
        await pilot.press("k")
        before = painted(app.log_view)[:-1]
        app.log_view.set_count(1_117)
        await pilot.pause()
        assert painted(app.log_view)[:-1] == before, "a paused log stands still"
        assert painted(app.log_view)[-1].endswith(" +1,012 lines  f follows ")
        await pilot.press("f")
        assert painted(app.log_view)[-1].rstrip().endswith("line 1116")
        assert app.log_view.unseen == 0


async def test_a_page_that_was_short_is_read_again_when_the_log_grows():
    app = LogApp(count=PAGE_LINES + 1)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        app.log_view.set_count(PAGE_LINES + 2)
        await pilot.pause()
        assert painted(app.log_view)[-1].rstrip().endswith(f"line {PAGE_LINES + 1}")


async def test_a_closed_log_shows_its_end_and_says_why_it_can_not_be_followed():
    app = LogApp(count=100)
    async with app.run_test(size=(80, 10), notifications=True) as pilot:
        await pilot.pause()
        app.log_view.set_count(110, live=False)
        await pilot.pause()
        assert painted(app.log_view)[-1].rstrip().endswith("line 109")
        await pilot.press("f")
        assert next(iter(app._notifications)).message.startswith("This log is closed")


async def test_a_folded_line_longer_than_the_screen_can_be_read_to_its_end():
    app = LogApp(texts=["start", "x" * 3000 + "END", "after"], live=False)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        seen = []
        for _ in range(60):
            seen += painted(app.log_view)
            await pilot.press("j")
        words = "".join(line.split()[-1] for line in seen if line.strip())
        assert "END" in words and "after" in words


async def test_w_cuts_long_lines_and_keeps_the_line_at_the_top():
    app = LogApp(texts=["y" * 500] * 50, live=False)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("w")
        await pilot.pause()
        lines = painted(app.log_view)
        assert len([line for line in lines if "09:12" in line]) == 10
        assert all(line.endswith("…") for line in lines if line.strip())


async def test_n_and_capital_n_go_between_found_lines():
    texts = [f"word {'needle' if n in (40, 300) else ''} [/] {n}" for n in range(500)]
    app = LogApp(texts=texts, live=False)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        app.log_view.search("NEEDLE [")
        await pilot.pause()
        await pilot.press("n", "N")
        await pilot.press("N")
        assert [said.found for said in app.searched] == [40, 300, 40, None]
        assert any("needle [/] 40" in line for line in painted(app.log_view))


async def test_n_without_a_search_says_so():
    app = LogApp(count=5)
    async with app.run_test(size=(80, 10), notifications=True) as pilot:
        await pilot.press("n")
        assert next(iter(app._notifications)).message.startswith("Nothing is searched for yet")


async def test_a_page_on_its_way_says_reading_until_it_is_filled():
    app = LogApp(count=3)
    app.log_view._pages._read = lambda offset, limit: None
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        assert painted(app.log_view)[0].strip() == "reading"
        app.log_view.fill(0, [LogLine("09:12", "run", f"filled {n}") for n in range(3)])
        await pilot.pause()
        assert painted(app.log_view)[2].rstrip().endswith("filled 2")


async def test_hostile_lines_are_inert_and_every_line_has_the_screens_width():
    app = LogApp(texts=HOSTILE, live=False)
    async with app.run_test(size=(80, 90)) as pilot:
        await pilot.pause()
        app.log_view.search("e")
        for y in range(90):
            strip = app.log_view.render_line(y)
            assert strip.cell_length == app.log_view.scrollable_content_region.width
            assert strip.text.isprintable(), repr(strip.text)


async def test_an_empty_log_draws_blank_lines_and_takes_every_key():
    app = LogApp(count=0)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("j", "k", "G", "g", "pagedown", "w", "f", "f")
        assert {line.strip() for line in painted(app.log_view)} == {""}


def test_positions_advance_over_folded_parts_and_stop_at_the_ends():
    sizes = [1, 4, 2]

    def parts(line):
        return sizes[line]

    assert advance(Spot(0, 0), 2, 3, parts) == Spot(1, 1)
    assert advance(Spot(2, 1), -4, 3, parts) == Spot(1, 1)
    assert advance(Spot(1, 1), 99, 3, parts) == Spot(2, 1)
    assert advance(Spot(1, 1), -99, 3, parts) == Spot(0, 0)
    assert last_top(3, 3, parts) == Spot(1, 3)
    assert last_top(0, 3, parts) == Spot(0, 0)
    assert fold("日本語", 4, wrap=True) == ["日本", "語"]
