"""Keys & certificates: every verb on SSH keys by keyboard, over real SSH peers; a pasted key never stays."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import asyncssh
import pytest
from textual import events

from daoflow_core.model.registration import KeyMaterial
from daoflow_core.model.server import Environment
from daoflow_core.secret import Secret
from daoflow_tui.widgets.material import MaterialInput


@pytest.fixture
def fresh():
    """A second key: its private text and its public line."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    return key.export_private_key("openssh").decode(), key.export_public_key("openssh").decode().strip()


def paste(operator, text: str) -> None:
    """As a terminal with bracketed paste sends it."""
    operator.app._driver.send_message(events.Paste(text))


def typed_at_once(operator, text: str) -> None:
    """As a terminal without bracketed paste sends it: letters and enters, none waits for the one before."""
    for sign in text:
        named = {"\n": "enter", " ": "space"}.get(sign, sign)
        operator.app._driver.send_message(events.Key(named, None if sign == "\n" else sign))


async def at_keys(operator, *words: str) -> None:
    await operator.press("K")
    await operator.sees("Keys & certificates", *words)


async def name(operator) -> str:
    """The one server's key, as the list names it."""
    await operator.until(lambda: operator.app.screen.row_id is not None)
    return operator.app.screen._here.item.name


def everything_held(operator) -> str:
    """What the fields of all screens hold."""
    screens = [screen for stack in operator.app._screen_stacks.values() for screen in stack]
    inputs = [one for screen in screens for one in screen.query(MaterialInput)]
    return "".join(f"{one.value}{one.placeholder}{bytes(one._hidden)!r}" for one in inputs)


async def test_without_any_the_lists_say_what_they_are_and_which_key_fills_them(sit_down, home):
    async with sit_down() as operator:
        await operator.press("K")
        await operator.sees("No managed SSH keys.", "a  take one in", "No certificates.", "vault: unlocked")
        await operator.press("x")
        await operator.told("There is no row to act on")


async def test_a_pasted_key_is_taken_in_unseen_and_gone_with_its_sheet(sit_down, home, fresh):
    private, public = fresh
    async with sit_down() as operator:
        await at_keys(operator)
        await operator.press("a", "enter")
        await operator.sees("Take in an SSH key")
        form = operator.app.screen
        await operator.fill("prod-deploy")
        await operator.press("tab")
        paste(operator, private)
        await operator.sees("pasted: 7 lines, not shown")
        assert all(line not in operator.screen() for line in private.splitlines())
        await operator.press("enter")
        screen = await operator.sees("its private part sealed in the vault", "Copy the public key")
        assert public.split()[1][-20:] in screen.replace("\n", "")
        assert "[" not in everything_held(operator).replace("b''", "")
        assert bytes(form.fields["key"].input._hidden) == b""
        await operator.press("escape")
        await operator.sees("unused", "prod-deploy", "sealed in the vault, never shown")


async def test_a_key_that_comes_letter_by_letter_goes_out_of_sight_too(sit_down, home, fresh):
    private, _ = fresh
    async with sit_down() as operator:
        await at_keys(operator)
        await operator.press("a", "enter")
        await operator.fill("one")
        await operator.press("tab")
        typed_at_once(operator, private)
        await operator.sees("pasted: 7 lines, not shown")
        assert not any(line in operator.screen() for line in private.splitlines()[1:])
        await operator.press("z", "enter")
        await operator.sees("its private part sealed in the vault")


async def test_a_pasted_key_can_be_taken_away_and_leaving_the_sheet_forgets_it(sit_down, home, fresh):
    async with sit_down() as operator:
        await at_keys(operator)
        await operator.press("a", "enter", "tab")
        form = operator.app.screen
        paste(operator, fresh[0])
        await operator.sees("not shown")
        await operator.press("backspace")
        await operator.sees("path of its file, or paste it here")
        paste(operator, fresh[0])
        await operator.sees("not shown")
        await operator.press("escape")
        await operator.until(lambda: operator.app.screen is not form)
        assert form.pasted("key") is None
        assert await operator.app.session.ask(lambda console: console.keys.list()) == []


async def test_what_is_wrong_with_a_key_is_said_beside_its_field(sit_down, home):
    locked = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh", passphrase="word")
    (home.folder / "locked").write_bytes(locked)
    async with sit_down() as operator:
        await at_keys(operator)
        await operator.press("a", "enter", "enter")
        await operator.sees("A private key is needed")
        await operator.fill("one")
        await operator.press("tab")
        await operator.fill("/nowhere/key")
        await operator.press("enter")
        await operator.sees("'/nowhere/key' can't be read", "nothing was changed")
        await operator.press("ctrl+u")
        await operator.fill(str(home.folder / "locked"))
        await operator.press("enter")
        await operator.sees("passphrase", "nothing was changed")
        await operator.fill("word")
        await operator.press("enter")
        await operator.sees("its private part sealed in the vault")


async def test_a_made_key_shows_its_public_part_only_and_copies_it(sit_down, home):
    async with sit_down() as operator:
        await at_keys(operator)
        await operator.press("a", "down", "enter")
        await operator.sees("Make an SSH key")
        await operator.fill("break-glass")
        await operator.press("tab")
        await operator.fill("root")
        await operator.press("enter")
        await operator.sees("ssh-ed25519 AAAA", "Put this line into authorized_keys")
        await operator.press("y")
        (key,) = await operator.app.session.ask(lambda console: console.keys.list())
        assert operator.app.clipboard == key.public_key
        assert key.username == "root"


async def test_a_rotation_states_what_goes_and_tells_how_every_server_answered(
    sit_down, start_peer, register, fresh
):
    peers = {one: await start_peer() for one in ("edge-1", "edge-2")}
    for server, peer in peers.items():
        await register(server, peer)
    private, public = fresh
    peers["edge-1"].authorize("deploy", public)
    async with sit_down() as operator:
        await at_keys(operator, "2 servers")
        before = operator.app.screen._here.item
        await operator.press("o")
        await operator.sees(f"Rotate {before.name}", "2 servers log in with it")
        paste(operator, private)
        await operator.sees("not shown")
        await operator.press("enter")
        await operator.sees("leaves the vault for good", "edge-1, edge-2", "ssh_key.rotate")
        await operator.press("tab")
        await operator.fill(before.name)
        await operator.press("enter")
        await operator.sees(
            "the old key stays: 1 of 2 let the new key in", "edge-1  ✓ let the new key in", "edge-2  ✗"
        )
        (key,) = await operator.app.session.ask(lambda console: console.keys.list())
        assert key.fingerprint == before.fingerprint
        await operator.press("tab", "tab", "tab", "right", "shift+tab", "enter")
        await operator.sees("let the new key in are rotated too", "Rotate all the same")
        await operator.press("tab")
        await operator.fill(before.name)
        await operator.press("enter")
        await operator.sees("is rotated", "edge-1  ✓ let the new key in", "edge-2  ✗ rotated all the same")
        (key,) = await operator.app.session.ask(lambda console: console.keys.list())
        assert public.startswith(key.public_key)
        assert everything_held(operator) == ""


async def test_ticks_give_a_key_to_servers_and_take_it_from_them(sit_down, start_peer, register, fresh):
    for server in ("edge-1", "edge-2"):
        await register(server, await start_peer())
    async with sit_down() as operator:
        await at_keys(operator, "2 servers")
        await operator.press("u")
        await operator.sees("Servers that use", "nothing is changed yet")
        await operator.press("y")
        await operator.told("Nothing is changed: tick a server")
        await operator.press("space")
        await operator.sees("take it from edge-1")
        await operator.press("enter", "enter")
        assert "take it from edge-1" in operator.screen(), "enter ticks, it applies nothing"
        await operator.press("y")
        await operator.sees("edge-1  ! detached, has no key now")
        fleet = operator.app.desk.fleet
        assert [view.row["ssh_key_id"] is None for view in fleet.views.values()] == [True, False]
        await operator.press("home", "space", "y")
        await operator.sees("edge-1  ✓ attached, ready")
        assert all(view.row["ssh_key_id"] for view in fleet.views.values())


async def test_a_server_in_prod_asks_for_the_name_before_its_key_changes(sit_down, start_peer, register):
    await register("edge-1", await start_peer(), env=Environment.PROD)
    async with sit_down() as operator:
        await at_keys(operator, "edge-1")
        key = await name(operator)
        await operator.press("u", "space", "y")
        await operator.sees("Change who uses", "take it from edge-1", "type its name")
        await operator.press("enter")
        await operator.sees("Servers that use", "take it from edge-1")
        (view,) = operator.app.desk.fleet.views.values()
        assert view.row["ssh_key_id"]
        await operator.press("y")
        await operator.sees("Change who uses")
        await operator.press("tab")
        await operator.fill(key)
        await operator.press("enter")
        await operator.sees("edge-1  ! detached, has no key now")


async def test_a_key_in_use_is_deleted_only_after_who_uses_it_was_seen(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await at_keys(operator, "edge-1")
        key = await name(operator)
        await operator.press("x")
        await operator.sees(f"{key} is used by edge-1", "keep it, show who uses it")
        await operator.press("enter")
        await operator.sees("Servers that use")
        await operator.press("escape", "x", "down", "enter")
        await operator.sees(f"Delete {key}?", "edge-1 can't be logged in to", "Detach and delete")
        await operator.press("enter")
        await operator.until(lambda: f"Delete {key}?" not in operator.screen())
        await operator.press("x", "down", "enter", "tab")
        await operator.fill(key)
        await operator.press("enter")
        await operator.told(f"{key} was deleted.")
        await operator.sees("No managed SSH keys.")


async def test_a_small_screen_shows_one_list_and_tab_the_other(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down(size=(80, 24)) as operator:
        await at_keys(operator, "SSH keys  1", "tab certificates")
        assert "No certificates." not in operator.screen()
        await operator.press("tab")
        await operator.sees("No certificates.", "tab SSH keys")
        assert "SSH keys  1" not in operator.screen()
        await operator.press("a")
        await operator.sees("Take in a certificate", "[ Add  enter ]")
        await operator.press("escape", "shift+tab", "slash")
        await operator.type("nope")
        await operator.sees("No row fits the filter")
        await operator.press("escape")
        await operator.sees("edge-1 SSH key")


async def test_read_only_dims_what_changes_and_says_why(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down(read_only=True) as operator:
        await at_keys(operator, "edge-1")
        for key in ("a", "o", "u", "x"):
            before = len(operator.toasts())
            await operator.press(key)
            await operator.until(lambda before=before: len(operator.toasts()) > before, key)
            assert "read-only" in operator.toasts()[-1].lower()
        await operator.press("tab")
        await operator.press("a")
        assert "Take in a certificate" not in operator.screen()


async def test_a_list_that_can_not_be_read_says_why_above_what_was_known(sit_down, start_peer, register):
    from daoflow_core.errors import StoreBusy

    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await at_keys(operator, "edge-1 SSH key")

        async def busy() -> None:
            raise StoreBusy("The store is busy.", next_step="Try again.")

        operator.app.session.console.keys.list = busy
        operator.app.screen.refresh_place()
        await operator.sees("✗ The store is busy.", "edge-1 SSH key")


async def test_names_and_facts_of_a_key_are_copied_and_shown_as_json_without_its_private_part(
    sit_down, home, fresh
):
    async with sit_down() as operator:
        await operator.app.session.ask(
            lambda console: console.key_inventory.create("one", KeyMaterial(Secret(fresh[0].encode())))
        )
        await at_keys(operator, "one", "ed25519")
        await operator.press("y")
        await operator.sees("fingerprint", "public key")
        await operator.press("escape", "J")
        screen = await operator.sees('"fingerprint": "SHA256:')
        assert "PRIVATE" not in screen
        await operator.press("escape", "e")
        await operator.told("A key is not edited")


async def test_a_key_whose_private_part_is_gone_is_told_from_the_others(sit_down, home, fresh):
    async with sit_down() as operator:
        for one, pem in (("whole", fresh[0]), ("lost", home.key.read_text())):
            material = KeyMaterial(Secret(pem.encode()))
            await operator.app.session.ask(
                lambda console, one=one, material=material: console.key_inventory.create(one, material)
            )
        (found,) = [
            key
            for key in await operator.app.session.ask(lambda console: console.keys.list())
            if key.name == "lost"
        ]
        with closing(sqlite3.connect(home.folder / "daoflow" / "daoflow.db")) as stranger, stranger:
            stranger.execute("delete from sealed where owner_id = ?", (found.id,))
        await at_keys(
            operator, "✗ missing  lost", "unused   whole", "its private part is gone from the store"
        )
