"""A list forgets what it drew when the colours or the focus change."""

from __future__ import annotations

from tui.widgets.test_table import TableApp, rows


def ground(table, line: int):
    return next(segment.style.bgcolor for segment in table.render_line(line) if segment.style)


async def test_a_new_theme_repaints_every_row_in_its_own_colours():
    app = TableApp()
    async with app.run_test(size=(70, 8)) as pilot:
        app.table.set_rows(rows(1, 2))
        await pilot.pause()
        dark = [ground(app.table, line) for line in range(4)]
        app.theme = "light"
        await pilot.pause()
        light = [ground(app.table, line) for line in range(4)]
        assert all(before != after for before, after in zip(dark, light, strict=True))


async def test_the_cursor_fades_while_the_keyboard_is_elsewhere():
    app = TableApp()
    async with app.run_test(size=(70, 8)) as pilot:
        app.table.set_rows(rows(1, 2))
        await pilot.pause()
        focused = ground(app.table, 1)
        app.screen.set_focus(None)
        await pilot.pause()
        assert ground(app.table, 1) != focused
