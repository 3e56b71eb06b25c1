"""Keys reach the nearest command; one that is off says why; the shell may have every key."""

from __future__ import annotations

from contextlib import asynccontextmanager

from textual.widgets import Input

from daoflow_tui.commands.essentials import ESSENTIALS
from daoflow_tui.commands.keymap import resolve
from daoflow_tui.commands.listing import footer_keys, help_rows
from daoflow_tui.widgets.footer import KeyFooter
from tui.commands.example import AddServer, CheckServer, ExampleApp


@asynccontextmanager
async def example():
    """The example app with its list focused; a fixture would run it outside the test's own context."""
    app = ExampleApp()
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await pilot.pause()
        yield pilot


async def test_a_key_runs_its_command():
    async with example() as pilot:
        await pilot.press("c")
        assert pilot.app.screen.done == ["checked"]


async def test_a_key_that_is_off_says_why_and_does_nothing():
    async with example() as pilot:
        await pilot.press("a")
        assert pilot.app.screen.done == []
        assert pilot.app.toasts() == ["The session is read-only [/]."]
        pilot.app.screen.locked = None
        await pilot.press("a")
        assert pilot.app.screen.done == ["added"]


async def test_a_missing_scope_is_told_before_the_commands_own_reason():
    async with example() as pilot:
        pilot.app.denied = {"server.check": "You have server:read; checking needs server:write."}
        await pilot.press("c")
        assert pilot.app.screen.done == []
        assert pilot.app.toasts() == ["You have server:read; checking needs server:write."]


async def test_the_footer_shows_the_focused_lists_keys_first_and_dims_what_is_off():
    async with example() as pilot:
        keys = {key.command_id: key for key in footer_keys(pilot.app.screen)}
        assert list(keys) == [
            "list.open",
            "server.check",
            "server.add",
            "list.mark",
            "app.quit",
            "app.palette",
        ]
        assert keys["server.check"].on and not keys["server.add"].on
        text = pilot.app.screen.query_one(KeyFooter).render_line(0).text
        assert text.startswith(" enter open  c check now  a add…  space mark  q quit  : commands")


async def test_the_footer_follows_the_focus():
    async with example() as pilot:
        pilot.app.screen.query_one(Input).focus()
        await pilot.pause()
        assert "enter open" not in pilot.app.screen.query_one(KeyFooter).render_line(0).text


async def test_a_click_in_the_footer_presses_the_key():
    async with example() as pilot:
        await pilot.click(KeyFooter, offset=(14, 0))
        await pilot.pause()
        assert pilot.app.screen.done == ["checked"]


async def test_letters_type_in_an_input_instead_of_acting():
    async with example() as pilot:
        field = pilot.app.screen.query_one(Input)
        field.focus()
        await pilot.press("c", ":", "?", "q")
        assert field.value == "c:?q"
        assert pilot.app.screen.done == []


async def test_no_binding_of_the_app_comes_before_the_focused_widget():
    async with example() as pilot:
        bindings = [binding for _, binding in pilot.app._bindings]
        assert {"q", "ctrl+q", "ctrl+p"} <= {binding.key for binding in bindings}
        assert not [binding.key for binding in bindings if binding.priority]


async def test_the_operators_own_key_replaces_the_declared_one_everywhere():
    async with example() as pilot:
        places = {"Servers": (CheckServer, AddServer, *ESSENTIALS)}
        pilot.app.use_keymap(resolve(places, {"server.check": "f5,!"}))
        await pilot.press("c")
        assert pilot.app.screen.done == []
        await pilot.press("f5", "!")
        assert pilot.app.screen.done == ["checked", "checked"]
        assert "f5 !" in [row.keys for row in help_rows(pilot.app.screen)]
        assert "f5" in [key.key for key in footer_keys(pilot.app.screen)]


async def test_help_lists_every_live_command_with_its_reason():
    async with example() as pilot:
        rows = {row.command_id: row for row in help_rows(pilot.app.screen)}
        assert {"list.up", "server.add", "app.quit", "app.palette"} <= rows.keys()
        assert rows["server.add"].why_off == "The session is read-only [/]."


async def test_ctrl_c_hints_and_q_quits():
    async with example() as pilot:
        await pilot.press("ctrl+c")
        assert "q quits" in pilot.app.toasts()[0]
        await pilot.press("q")
        assert not pilot.app.is_running or pilot.app._exit
