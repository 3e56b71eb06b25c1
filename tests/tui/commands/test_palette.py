"""The palette finds commands with their keys and the things a screen names, as plain words."""

from __future__ import annotations

from textual.command import CommandPalette

from tui.commands.example import ExampleApp


async def hits(pilot, typed: str) -> list[str]:
    await pilot.press(":")
    await pilot.pause()
    await pilot.press(*typed)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    options = pilot.app.screen.query_one("CommandList").options
    return [str(option.prompt) for option in options]


async def test_it_finds_a_command_with_its_key_and_runs_it():
    app = ExampleApp()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        below = app.screen
        assert any("check now  c" in hit for hit in await hits(pilot, "check"))
        await pilot.press("enter")
        await pilot.pause()
        assert below.done == ["checked"]


async def test_a_command_that_is_off_says_why_in_the_list():
    app = ExampleApp()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        assert any("off: The session is read-only [/]." in hit for hit in await hits(pilot, "add"))


async def test_it_finds_the_things_of_the_screen_below():
    app = ExampleApp()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        below = app.screen
        assert any("edge-us-2 [/]  server" in hit for hit in await hits(pilot, "edge"))
        await pilot.press("enter")
        await pilot.pause()
        assert below.done == ["went to edge-us-2"]


async def test_it_opens_with_both_keys_and_only_once():
    app = ExampleApp()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        await pilot.press("ctrl+p")
        assert CommandPalette.is_open(app)
        await pilot.press("escape")
        await pilot.pause()
        assert not CommandPalette.is_open(app)
