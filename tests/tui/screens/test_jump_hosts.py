"""Jump hosts in the console: chosen from a list, named wherever the server is, and kept while they are used."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_hop_is_chosen_by_keyboard_and_named_in_overview_and_host_key(
    sit_down, start_peer, register, size
):
    bastion, edge = await start_peer(forwards=True), await start_peer()
    await register("bastion-1", bastion)
    await register("edge-1", edge)
    async with sit_down(size=size) as operator:
        await operator.sees("bastion-1", "edge-1")
        operator.app.screen.table.move_to(
            next(view.id for view in operator.app.desk.fleet.views.values() if view.name == "edge-1")
        )
        await operator.press("e")
        await operator.sees("Edit edge-1")
        form = operator.app.screen
        form.hop.choice.focus()
        await operator.press("space")
        screen = await operator.sees("Reach it through", "bastion-1", "it is reached directly")
        await operator.press("down", "enter")
        await operator.until(lambda: operator.app.screen is form)
        await operator.sees("Jump host", "bastion-1", "space chooses")
        form._fields["region"].focus_input()
        await operator.press("enter")
        await operator.sees("edge-1 is saved", "it is ready")
        assert bastion.log.forwards
        await operator.press("escape", "enter")
        screen = await operator.sees(f"127.0.0.1:{edge.port} through bastion-1")
        await operator.press("8")
        screen = await operator.sees("Is this really edge-1?", "through bastion-1")
        assert screen


async def test_a_hop_in_use_is_not_removed_and_the_reason_names_who_uses_it(sit_down, start_peer, register):
    bastion, edge = await start_peer(forwards=True), await start_peer()
    await register("bastion-1", bastion)
    await register("edge-1", edge, jump="bastion-1")
    async with sit_down() as operator:
        await operator.sees("bastion-1", "edge-1")
        await operator.press("home", "x")
        await operator.told("bastion-1 is the jump host of edge-1")
        assert "Remove bastion-1?" not in operator.screen()


async def test_a_hop_that_stands_in_the_way_is_named_with_the_next_step(sit_down, start_peer, register):
    bastion, edge = await start_peer(forwards=True), await start_peer()
    await register("bastion-1", bastion)
    await register("edge-1", edge, jump="bastion-1")
    bastion.rotate_host_key()
    async with sit_down() as operator:
        await operator.sees("bastion-1", "edge-1")
        await operator.press("down", "c")
        await operator.press("enter")
        screen = await operator.sees("jump host bastion-1 shows another host key", "server host-key rotate")
        assert "stands in the way" in screen
