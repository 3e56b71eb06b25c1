"""The list: order, filter, marks, checks, removal, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.model.server import Environment
from daoflow_tui.screens.server_list import Order, accepting, in_order


@pytest.fixture
async def three(start_peer, register):
    """Two healthy servers and one that nobody approved."""
    return [
        await register("alpha", await start_peer()),
        await register("beta", await start_peer(), env=Environment.PROD),
        await register("gamma", await start_peer(), approve=False),
    ]


async def test_the_first_look_is_painted_before_the_core_is_open(sit_down, three):
    async with sit_down(wait=False) as operator:
        assert "alpha" in operator.screen()
        await operator.opened()


async def test_worst_stands_first_and_a_filter_narrows_while_one_types(sit_down, three):
    async with sit_down() as operator:
        screen = await operator.sees("alpha", "gamma")
        assert screen.index("gamma") < screen.index("alpha")
        await operator.press("slash")
        await operator.type("env:prod")
        await operator.until(lambda: operator.app.screen.table.rows.shown == [three[1]])
        await operator.press("enter")
        await operator.sees("1 shown of 3", "env:prod")
        await operator.press("escape")
        await operator.until(lambda: len(operator.app.screen.table.rows) == 3)


async def test_filters_ask_columns_and_take_not(sit_down, three):
    async with sit_down() as operator:
        desk = operator.app.desk

        def names(words: str) -> set[str]:
            return {view.name for view in desk.fleet.views.values() if accepting(words, desk)(view)}

        assert names("!gamma") == {"alpha", "beta"}
        assert names("state:ready") == {"alpha", "beta"}
        assert names("state:unknown") == {"gamma"}
        assert names("ALPHA") == {"alpha"}
        assert names("env:prod !beta") == set()


async def test_unknown_values_come_last_in_either_direction(sit_down, three):
    async with sit_down() as operator:
        desk = operator.app.desk
        for reverse in (False, True):
            order = in_order(list(desk.fleet.views.values()), Order("disk", reverse), desk)
            assert order[-1].name == "gamma"


async def test_marks_and_cursor_stay_on_their_servers_through_refresh_filter_and_sort(sit_down, three):
    async with sit_down() as operator:
        table = operator.app.screen.table
        table.move_to(three[0])
        await operator.press("space")
        table.move_to(three[1])
        operator.app.screen._sort_by("name")
        operator.app.screen.refresh_place()
        operator.app.screen.searched("alpha")
        operator.app.screen.searched("")
        assert table.marked == {three[0]}
        assert table.cursor_id in three
        assert [view.id for view in operator.app.screen.chosen] == [three[0]]


async def test_c_checks_every_marked_server_and_records_each(sit_down, three):
    async with sit_down() as operator:
        before = len(operator.app.desk.operations)
        operator.app.screen.table.rows.marked.update(three[:2])
        await operator.press("c")
        await operator.sees("Checks of 2 servers", "2 done", "2 of 2")
        await operator.until(lambda: len(operator.app.desk.operations) >= before + 2)
        assert {one.server_name for one in operator.app.desk.operations[:2]} == {"alpha", "beta"}


async def test_remove_needs_the_name_and_begins_on_cancel(sit_down, three):
    async with sit_down() as operator:
        operator.app.screen.table.move_to(three[0])
        await operator.press("x")
        await operator.sees("Remove alpha?", "Changes", "Stays", "Undo", "Recorded")
        assert operator.app.focused.id == "button-cancel"
        operator.app.screen.field.focus_input()
        await operator.type("beta")
        await operator.press("enter")
        await operator.sees("Nothing was changed")
        assert three[0] in operator.app.desk.fleet.views
        operator.app.screen.field.value = "alpha"
        await operator.press("enter")
        await operator.until(lambda: three[0] not in operator.app.desk.fleet.views)


async def test_a_read_only_session_lets_no_change_reach_the_core(sit_down, three, home):
    async with sit_down(read_only=True) as operator:
        await operator.sees("READ-ONLY")
        for key in ("a", "e", "x"):
            await operator.press(key)
            assert type(operator.app.screen).__name__ == "ServersScreen", key
        assert sum("read-only" in toast for toast in operator.toasts()) >= 1
        operator.app.screen.table.move_to(three[2])
        await operator.press("i")
        await operator.sees("[ Approve  y ]")
        await operator.press("y")
        await operator.press("escape")
    async with await open_console(Opening(home.environ)) as console:
        entries = await console.audit.list(200)
        assert {server.name for server in await console.inventory.all()} == {"alpha", "beta", "gamma"}
        assert not [one for one in entries if one.phase.value == "denied"], "the core was not even asked"


async def test_what_another_process_writes_appears(sit_down, three, home):
    async with sit_down() as operator:
        app = operator.app
        await operator.until(
            lambda: app.session._reader is not None and not app._reading, "the first look to be over"
        )
        async with await open_console(Opening(home.environ)) as console:
            await console.servers.remove("alpha")
        table = operator.app.screen.table
        await operator.until(lambda: three[0] not in table.rows, "the removed server to go")


async def test_the_detail_and_the_log_open_and_esc_comes_back(sit_down, three):
    async with sit_down() as operator:
        operator.app.screen.table.move_to(three[0])
        await operator.press("enter")
        await operator.sees("Servers ▸ alpha", "What was asked of it", "readiness check")
        await operator.press("L")
        await operator.sees("probe os res docker compose", "ended: no more lines will come")
        await operator.press("escape", "escape")
        await operator.sees("Latest operations")


async def test_keys_and_audit_tell_public_facts_and_check_the_chain(sit_down, three, home):
    async with sit_down() as operator:
        await operator.press("K")
        await operator.sees("3 servers", "sealed in the vault", "in use")
        await operator.press("A")
        await operator.sees("server.register", "chain not checked yet")
        await operator.press("c")
        await operator.sees("chain intact to #1")
        await operator.press("J")
        await operator.sees("as JSON", "previous")
        await operator.press("escape")
        await operator.press("S")
        await operator.sees("Latest operations")


async def test_a_narrow_window_shows_one_pane_and_a_tiny_one_the_sentence(sit_down, three):
    async with sit_down(size=(80, 24)) as operator:
        screen = await operator.sees("alpha")
        assert "Latest operations" not in screen
        assert all(len(line) <= 80 for line in screen.splitlines())
        await operator.pilot.resize_terminal(50, 12)
        await operator.sees("DaoFlow needs 60 x 16.")


async def test_times_turn_for_the_whole_console(sit_down, three):
    async with sit_down() as operator:
        await operator.sees("ago")
        await operator.press("z", "z")
        await operator.until(lambda: " ago" not in operator.screen().split("Latest")[0])


class Later:
    """The clock of a console that has been open for a while."""

    def __init__(self, clock, seconds: float) -> None:
        self._clock, self._ahead = clock, timedelta(seconds=seconds)

    def now(self):
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()


async def _age_and_stop(operator, seconds: float) -> None:
    """Let time pass, and hold the tick of every second, so that only what a test does can draw."""
    app = operator.app
    app.desk.start = replace(app.desk.start, clock=Later(app.desk.clock, seconds))
    app.screen.tick = lambda: None
    await operator.pilot.pause()


@pytest.mark.parametrize("sheet", [False, True], ids=["alone", "behind a sheet"])
async def test_news_of_one_server_never_makes_the_others_look_just_checked(sit_down, three, sheet):
    async with sit_down() as operator:
        place = operator.app.screen
        await operator.sees("alpha", "ready")
        await _age_and_stop(operator, 100)
        if sheet:
            await operator.press("a")
        place.refresh_place()
        await operator.pilot.pause()
        found = [place.table.rows.get(one).cells[-1] for one in three[:2]]
        assert all(str(words).startswith("1m") for words in found), found


async def test_news_of_one_server_leaves_an_old_verdict_on_another_stale(sit_down, three):
    async with sit_down() as operator:
        place = operator.app.screen
        await operator.sees("alpha", "ready")
        await _age_and_stop(operator, 86_400)
        place.refresh_place()
        assert [place.table.rows.get(one).cells[0].word for one in three[:2]] == ["stale", "stale"]


async def test_rows_scrolled_into_sight_show_their_age_at_once(sit_down, three, start_peer, register):
    far = await register("zeta", await start_peer())
    async with sit_down(size=(80, 16)) as operator:
        place = operator.app.screen
        await operator.sees("alpha")
        place.table.styles.height = 3
        await operator.until(lambda: place.table.page_lines == 2)
        await _age_and_stop(operator, 100)
        assert far not in [row.id for row in place.table.rows.window(0, 2)], "it has to come into sight first"
        place.table.scroll_end(animate=False)
        await operator.until(lambda: place.table.scroll_offset.y > 0)
        assert str(place.table.rows.get(far).cells[-1]).startswith("1m")


async def test_quitting_ends_the_core_and_its_locks(sit_down, three):
    async with sit_down() as operator:
        await operator.press("q")
        await operator.pilot.pause()
    assert not operator.app.session._bridge._thread.is_alive()


async def test_a_long_name_is_shown_whole_and_the_kind_makes_room_for_it(sit_down, start_peer, register):
    long = "web-production-eu-01"
    await register(long, await start_peer())
    async with sit_down() as operator:
        screen = await operator.sees(long)
        assert "KIND" not in screen


async def test_short_names_leave_room_for_the_kind(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await operator.sees("edge-1", "KIND", "engine")
