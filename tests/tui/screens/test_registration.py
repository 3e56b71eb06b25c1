"""From nothing to a ready server by the keyboard alone, over real SSH."""

from __future__ import annotations

from daoflow_core.model.server import Environment


def fill_in(operator, peer, key: str) -> None:
    """Put values into the form without a key press for each letter."""
    form = operator.app.screen
    for name, value in (
        ("name", "edge-1"),
        ("host", "127.0.0.1"),
        ("port", str(peer.port)),
        ("user", "deploy"),
        ("key", key),
    ):
        form._fields[name].value = value


async def fill_form(operator, peer, home, *, name: str = "edge-1", key: str = "") -> None:
    await operator.type(name)
    await operator.press("tab")
    await operator.type("127.0.0.1")
    await operator.press("tab", "ctrl+u")
    await operator.type(str(peer.port))
    await operator.press("tab", "ctrl+u")
    await operator.type("deploy")
    await operator.press("tab")
    await operator.type(key or str(home.key))


async def test_a_first_server_is_added_approved_and_ready_by_keyboard_alone(sit_down, start_peer, home):
    peer = await start_peer("ssh-ed25519", "ecdsa-sha2-nistp256")
    async with sit_down() as operator:
        await operator.sees("Welcome. No servers yet.", "demo fleet")
        await operator.press("a")
        await operator.sees("Add a server")
        await fill_form(operator, peer, home)
        await operator.press("enter")
        fingerprints = [shown.fingerprint for shown in peer.host_keys]
        await operator.sees("Is this really edge-1?", "edge-1 is registered", *fingerprints)
        assert peer.log.users == [], "nothing but the question for host keys may be sent before the approval"
        await operator.press("enter")
        assert peer.log.users == [], "enter never approves"
        await operator.sees("? unknown")
        await operator.press("i")
        await operator.sees("[ Approve  y ]")
        await operator.press("y")
        await operator.sees("edge-1 is ready")
        await operator.press("escape")
        await operator.sees("✓ ready", "nothing: it is ready")


async def test_y_approves_the_key_under_the_cursor_and_the_server_becomes_ready(
    sit_down, start_peer, register
):
    peer = await start_peer("ssh-ed25519", "ecdsa-sha2-nistp256")
    await register("edge-1", peer, approve=False)
    async with sit_down() as operator:
        await operator.sees("? unknown")
        await operator.press("i")
        await operator.sees("Is this really edge-1?", "[ Approve  y ]")
        await operator.press("y")
        await operator.sees("is trusted", "edge-1 is ready", "26.1.5")
        await operator.press("escape")
        await operator.sees("✓ ready")
        (view,) = operator.app.desk.fleet.views.values()
        assert view.row["approved_fingerprint"] == peer.host_keys[0].fingerprint


async def test_enter_on_the_safe_button_leaves_an_unapproved_key_unapproved(sit_down, start_peer, register):
    peer = await start_peer()
    await register("edge-1", peer, approve=False)
    async with sit_down() as operator:
        await operator.press("i")
        await operator.sees("[ Approve  y ]")
        await operator.press("enter")
        await operator.until(lambda: "Is this really" not in operator.screen())
        assert next(iter(operator.app.desk.fleet.views.values())).awaits_trust
        assert peer.log.users == []


async def test_a_prod_server_asks_for_its_name_before_the_first_approval(sit_down, start_peer, register):
    peer = await start_peer()
    await register("edge-1", peer, env=Environment.PROD, approve=False)
    async with sit_down() as operator:
        await operator.press("i")
        await operator.sees("[ Approve  enter ]")
        await operator.press("y")
        assert peer.log.users == []
        assert any("more than a key press" in toast for toast in operator.toasts())
        operator.app.screen.field.focus_input()
        await operator.type("edge-2")
        await operator.press("enter")
        await operator.sees("That is not it")
        await operator.press("ctrl+u")
        await operator.type("edge-1")
        await operator.press("enter")
        await operator.sees("edge-1 is ready")


async def test_a_changed_key_blocks_until_its_last_four_characters_are_typed(sit_down, start_peer, register):
    peer = await start_peer()
    await register("edge-1", peer)
    old, (new,) = peer.host_keys[0], peer.rotate_host_key()
    peer.drop()
    offers = len(peer.log.key_offers)
    async with sit_down() as operator:
        await operator.sees("edge-1")
        await operator.press("c")
        await operator.sees("✗ blocked")
        await operator.press("i")
        screen = await operator.sees(
            "It shows a host key that is not the one you approved", "[ Keep it blocked  esc ]"
        )
        assert old.fingerprint in screen
        assert new.fingerprint in screen
        assert operator.app.focused.id == "button-cancel"
        await operator.press("y")
        operator.app.screen.field.focus_input()
        await operator.type("zzzz")
        await operator.press("enter")
        await operator.sees("That is not it")
        assert len(peer.log.key_offers) == offers, "nothing may be offered to a changed host"
        await operator.press("ctrl+u")
        await operator.type(new.fingerprint[-4:])
        await operator.press("enter")
        await operator.sees("edge-1 is ready")


async def test_errors_stand_beside_their_fields_and_nothing_is_written(sit_down, start_peer, home):
    peer = await start_peer()
    async with sit_down() as operator:
        await operator.sees("Welcome")
        await operator.press("a")
        await operator.sees("Add a server")
        await operator.press("enter")
        await operator.sees("A name is needed.", "A host is needed")
        fill_in(operator, peer, "/nowhere/id_ed25519")
        await operator.press("enter")
        await operator.sees("can't be read", "nothing was saved")
        assert not operator.app.desk.fleet.views
        assert peer.log.connections == 0


async def test_a_passphrase_is_masked_and_asked_for_only_when_the_file_has_one(sit_down, start_peer, home):
    import asyncssh

    peer = await start_peer()
    key = asyncssh.import_private_key(home.key.read_bytes())
    locked = home.folder / "locked"
    locked.write_bytes(key.export_private_key("openssh", passphrase="correct horse"))
    locked.chmod(0o600)
    async with sit_down() as operator:
        await operator.sees("Welcome")
        await operator.press("a")
        await operator.sees("Add a server")
        fill_in(operator, peer, str(locked))
        await operator.press("enter")
        await operator.until(lambda: operator.app.screen._fields["passphrase"].error != "")
        await operator.type("correct horse")
        assert "correct" not in operator.screen()
        await operator.press("enter")
        await operator.sees("Is this really edge-1?")
