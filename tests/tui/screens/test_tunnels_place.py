"""The Tunnels place by keyboard: record, plan, apply, check, rotate, delete; over a provider on loopback."""

from __future__ import annotations

import base64
import re

import pytest
from tests.providers.fake_cloudflare import ACCOUNT, TOKEN, fake_cloudflare

from daoflow_core.console import Opening, open_console
from daoflow_core.model.tunnel import Provider, TunnelDraft
from daoflow_core.providers import http
from daoflow_core.secret import Secret


@pytest.fixture
def fake(monkeypatch, home):
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    with fake_cloudflare() as one:
        usual = home.environ
        monkeypatch.setattr(
            type(home), "environ", property(lambda _: {**usual, "DAOFLOW_CLOUDFLARE_URL": one.url})
        )
        yield one


@pytest.fixture
async def there(fake, home):
    """A tunnel at the provider with two routes, recorded as edge and synced once."""
    one = fake.add("edge", ("a.example.com", "http://web:3000"), ("b.example.com", "http://api:80"))
    async with await open_console(Opening(home.environ)) as console:
        draft = TunnelDraft("edge", Provider.CLOUDFLARE, one.id, ACCOUNT, "example.com")
        await console.tunnels.create(draft, Secret(TOKEN.encode()))
        await console.tunnel_sync.sync("edge")
    return one


async def at_tunnels(operator, *words):
    await operator.press("T")
    await operator.sees("Tunnels", *words)


async def test_without_any_the_place_says_what_it_is_and_which_key_fills_it(sit_down, home):
    async with sit_down() as operator:
        await at_tunnels(operator, "No managed tunnels.", "a  record one", "choose a tunnel above")
        await operator.press("p")
        await operator.told("There is no row to act on")


async def test_a_tunnel_by_hand_is_recorded_planned_and_applied_by_keyboard(sit_down, home):
    async with sit_down() as operator:
        await at_tunnels(operator)
        await operator.press("a")
        await operator.sees("Record a tunnel")
        await operator.type("edge")
        await operator.press("enter")
        await operator.sees("? unknown", "edge", "No routes are recorded.", "e  say which routes it exposes")
        await operator.press("!")
        await operator.told("There is no plan that was not applied")
        await operator.press("p")
        await operator.sees("Routes of edge", "Plan")
        await operator.type("app.example.com")
        await operator.press("enter")
        await operator.sees("there is no equals")
        await operator.type("=web:3000")
        await operator.press("enter")
        await operator.sees("! drifted", "! extra", "app.example.com", "web:3000", "applies the plan")
        await operator.press("!")
        await operator.sees("Sync the records of edge?", "+ app.example.com web:3000", "Undo", "Plan")
        await operator.press("enter")
        await operator.until(lambda: len(operator.app.screen_stack) == 1)
        assert "! drifted" in operator.screen()
        await operator.press("!", "y")
        await operator.sees("✓ in step", "1 / 1")


async def test_a_plan_shows_what_differs_and_apply_follows_it_without_touching_the_provider(
    sit_down, fake, there
):
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step", "2 / 2", "healthy 2")
        there.ingress = [
            {"hostname": "a.example.com", "service": "http://web:4000"},
            {"hostname": "c.example.com", "service": "http://c:1"},
        ]
        await operator.press("p")
        await operator.sees("! drifted", "! differs", "web:4000", "! gone", "! extra", "c.example.com")
        await operator.press("!")
        await operator.sees("~ a.example.com web:3000 becomes", "- b.example.com", "c.example.com c:1")
        await operator.press("y")
        await operator.sees("✓ in step", "stale      b.example.com")
        assert {method for method, _ in fake.requests} == {"GET"}


async def test_a_provider_that_fails_is_told_and_what_was_known_stays(sit_down, fake, there):
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        fake.fault = "html 502"
        await operator.press("p")
        await operator.sees("Cloudflare could not be asked: it answered 502", "PROVIDER_UNAVAILABLE")
        await operator.press("escape")
        screen = await operator.sees("✗ failing", "a.example.com", "web:3000", "its log")
        assert "! gone" not in screen
        await operator.press("L")
        await operator.sees("ask a stand-in at http://127.0.0.1")


async def test_a_rotation_asks_for_the_name_tells_the_steps_and_shows_no_secret(sit_down, fake, there, home):
    old, out = there.secret, home.folder / "token"
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.press("o", "down", "enter")
        await operator.sees("Rotate the secret of edge", "sealed here before the provider hears of it")
        operator.app.screen.fields["file"].value = str(out)
        await operator.press("enter")
        await operator.sees("Rotate the secret of edge?", "type the tunnel's name")
        await operator.press("tab")
        await operator.type("edg")
        await operator.press("enter")
        await operator.sees("This is not the tunnel's name")
        assert there.secret == old
        await operator.type("e")
        await operator.press("enter")
        screen = await operator.sees("what is left to do", "1. ", "5. ")
        assert there.secret != old
        assert out.stat().st_mode & 0o777 == 0o600
        assert base64.b64encode(there.secret) in base64.b64decode(out.read_bytes())
        assert base64.b64encode(there.secret).decode() not in screen
        await operator.press("escape")
        await operator.sees("rotated 0s ago")


async def test_a_rotation_without_a_known_end_stands_in_the_list_and_goes_on(sit_down, fake, there):
    fake.fault = "patch lost before"
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.press("o", "down", "enter", "enter", "tab")
        await operator.type("edge")
        await operator.press("enter")
        await operator.sees("ROTATION_UNKNOWN")
        await operator.press("escape", "escape")
        await operator.sees("✗ rotation ?", "o goes on with it")
        fake.fault = None
        await operator.press("o", "enter")
        await operator.sees("this goes on with the same secret")
        await operator.press("enter", "tab")
        await operator.type("edge")
        await operator.press("enter")
        await operator.sees("what is left to do")
        await operator.press("escape")
        await operator.sees("✓ in step")


async def test_our_stored_token_is_replaced_unseen(sit_down, fake, there):
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.press("o", "enter")
        await operator.sees("Replace the stored credential of edge")
        await operator.type("canary-token-2")
        assert "canary-token-2" not in operator.screen()
        await operator.press("enter", "tab")
        await operator.type("edge")
        await operator.press("enter")
        await operator.sees("rotated 0s ago")
        await operator.press("p")
        await operator.sees("PROVIDER_REFUSED", "10000 Authentication error")


async def test_a_record_is_deleted_only_after_its_name_was_typed(sit_down, fake, there):
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.press("x")
        await operator.sees("Delete the record of edge?", "at the provider nothing changes")
        await operator.press("tab", "enter")
        await operator.sees("Delete the record of edge?")
        await operator.type("edge")
        await operator.press("enter")
        await operator.sees("No managed tunnels.")
        assert there.id in fake.tunnels


async def test_a_small_screen_shows_one_table_and_tab_the_other(sit_down, there):
    async with sit_down(size=(80, 24)) as operator:
        await at_tunnels(operator, "✓ in step", "Health", "tab routes")
        assert "RECORDED" not in operator.screen()
        await operator.press("tab")
        await operator.sees("RECORDED", "SEEN", "a.example.com", "tab list")
        assert "PROVIDER" not in operator.screen()
        await operator.press("escape")
        await operator.sees("PROVIDER")
        await operator.press("enter")
        await operator.sees("RECORDED")


async def test_a_read_only_session_may_plan_and_change_nothing(sit_down, fake, there):
    async with sit_down(read_only=True) as operator:
        await at_tunnels(operator, "✓ in step")
        for key in ("a", "e", "o", "x"):
            await operator.press(key)
        await operator.told("This session is read-only.")
        assert len(operator.app.screen_stack) == 1
        there.ingress.pop(0)
        await operator.press("p")
        await operator.sees("! drifted")


async def test_a_filter_narrows_by_hostname_and_state(sit_down, there):
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.press("/")
        await operator.type("b.example")
        await operator.press("enter")
        await operator.sees("1 shown of 1")
        await operator.press("/")
        await operator.press("ctrl+u")
        await operator.type("drifted")
        await operator.sees("0 shown of 1")


async def test_the_route_under_the_cursor_is_told_whole_and_its_answer_after_a_check(sit_down, fake, there):
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.press("tab")
        await operator.sees("Recorded  http://web:3000", "Leads to  unknown", "not asked yet")
        await operator.press("down")
        await operator.sees("Recorded  http://api:80")
        await operator.press("c")
        await operator.told("0 of 2 routes answer")
        await operator.sees("Answered  dns")


async def test_routes_that_a_provider_can_t_show_are_said_to_be_so(sit_down, fake, there):
    there.config_src = "local"
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.press("p")
        screen = await operator.sees("? unavailable", "configured by a file on its", "? not shown")
        assert "gone" not in screen
        await operator.press("!")
        await operator.told("could not show the routes")


async def test_ages_grow_while_nothing_happens(sit_down, there):
    async with sit_down() as operator:
        await at_tunnels(operator, "✓ in step")
        await operator.until(lambda: re.search(r"stored ([3-9]|\d\d)s ago", operator.screen()) is not None)
