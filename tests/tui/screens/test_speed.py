"""What keeps keys quick: moving lays nothing out, and unchanged servers are not made into rows again."""

from __future__ import annotations

import pytest

from daoflow_tui.screens import servers


@pytest.fixture
async def three(start_peer, register):
    """Two healthy servers and one that nobody approved, so that the pane has different words to say."""
    return [
        await register("alpha", await start_peer()),
        await register("beta", await start_peer()),
        await register("gamma", await start_peer(), approve=False),
    ]


async def test_moving_the_cursor_lays_nothing_out_and_tells_of_the_new_row(sit_down, three):
    async with sit_down() as operator:
        screen, laid_out = operator.app.screen, []
        await operator.press("home")
        whole = screen._refresh_layout
        screen._refresh_layout = lambda *given, **named: (laid_out.append(1), whole(*given, **named))
        before = screen.why.text
        await operator.press("end")
        await operator.until(lambda: screen.why.text != before)
        await operator.press("home")
        await operator.until(lambda: screen.why.text == before)
        assert not laid_out


async def test_many_presses_never_sort_the_whole_list_again(sit_down, three, monkeypatch):
    async with sit_down() as operator:
        screen, sorted_again = operator.app.screen, []
        whole = screen._draw_list
        monkeypatch.setattr(screen, "_draw_list", lambda: (sorted_again.append(1), whole()))
        screen._ticks = 0
        for _ in range(servers.RESORT_SECONDS):
            screen._draw_row()
        assert not sorted_again
        assert screen._ticks < servers.RESORT_SECONDS


async def test_rows_of_unchanged_servers_are_kept_until_times_are_shown_otherwise(sit_down, three):
    async with sit_down() as operator:
        screen = operator.app.screen
        views = list(screen.desk.fleet.views.values())
        before = screen._known_rows(views)
        assert all(one is other for one, other in zip(before, screen._known_rows(views), strict=True))
        screen.desk.times = screen.desk.times.following
        assert not any(one is other for one, other in zip(before, screen._known_rows(views), strict=True))


async def test_a_row_made_during_a_check_is_made_again_when_it_ends(sit_down, three):
    async with sit_down() as operator:
        screen, desk = operator.app.screen, operator.app.desk
        view = desk.fleet.get(three[0])
        desk.begin_check([view.id])
        assert "asked" in str(screen._known_rows([view])[0].cells[0])
        desk.checking.clear()
        assert "asked" not in str(screen._known_rows([view])[0].cells[0])


async def test_a_preview_is_parsed_once_however_often_its_tab_is_drawn(open_hub, monkeypatch):
    from daoflow_tui.screens.panes import cleanup_news

    parsed, whole = [], cleanup_news.preview_of
    async with open_hub() as operator:
        await operator.press("3", "p")
        await operator.sees("stopped containers")
        monkeypatch.setattr(cleanup_news, "preview_of", lambda one: (parsed.append(1), whole(one))[1])
        for _ in range(20):
            operator.app.screen.tick()
        assert not parsed
