"""What one reads at three in the morning: nothing covered, nothing cut to a lie, nothing older than it seems."""

from __future__ import annotations

from dataclasses import replace

from daoflow_tui.screens.server_list import columns_of, row_of


async def test_a_toast_on_a_small_screen_leaves_the_field_and_the_buttons_of_a_sheet_in_sight(
    sit_down, start_peer, register
):
    await register("alpha", await start_peer())
    async with sit_down(size=(80, 24)) as operator:
        operator.app._disable_notifications = False  # a pilot draws none unless told to
        await operator.press("x")
        await operator.sees("Type it here")
        operator.app.notify("2 done", title="checks of 2 servers", markup=False)
        await operator.sees("2 done", "Type it here", "[ Cancel  esc ]", "[ Remove")


async def test_an_empty_trail_is_not_called_filtered(sit_down):
    async with sit_down() as operator:
        await operator.press("A")
        assert "esc clears it" not in await operator.sees("Nothing is recorded yet")


async def test_a_load_over_a_hundred_percent_keeps_its_unit(sit_down, start_peer, register):
    one = await register("alpha", await start_peer())
    async with sit_down() as operator:
        desk = operator.app.desk
        view = desk.fleet.get(one)
        busy = replace(view, row={**view.row, "readiness_cpu_percent": 246})
        assert next(column.width for column in columns_of([busy]) if column.key == "cpu") == 5
        words = [getattr(cell, "text", cell) for cell in row_of(busy, desk, desk.now()).cells]
        assert "246%!" in words


async def test_a_log_that_is_older_than_the_verdict_in_the_list_says_so(sit_down, start_peer, register):
    one = await register("alpha", await start_peer())
    async with sit_down() as operator:
        fleet = operator.app.desk.fleet
        await operator.press("L")
        await operator.sees("probe os res docker compose")
        assert not operator.toasts()
        await operator.press("escape")
        fleet.views[one] = replace(fleet.views[one], status="blocked", checked_at="2099-01-01T00:00:00.000Z")
        await operator.press("L")
        await operator.told("This log is older than what the list says: alpha is blocked")
