"""Forms: keys that come at once, prod servers, imports by ticks, leaving, and what read-only refuses."""

from __future__ import annotations

from textual import events

from daoflow_core.model.server import Environment

NAMED = {" ": "space", "-": "minus", ".": "full_stop", "/": "slash", "_": "underscore"}


def burst(operator, *keys: str) -> None:
    """All keys at once, as a password manager sends them: none waits for the one before."""
    for key in keys:
        single = len(key) == 1
        operator.app._driver.send_message(
            events.Key(NAMED.get(key, key) if single else key, key if single else None)
        )


async def test_a_whole_form_sent_at_once_lands_in_its_fields_and_later_keys_nowhere(
    sit_down, start_peer, home
):
    peer = await start_peer()
    async with sit_down() as operator:
        await operator.press("a")
        await operator.sees("Add a server")
        burst(operator, *"edge-1", "tab", *"127.0.0.1", "tab", "ctrl+u", *str(peer.port))
        burst(operator, "tab", "ctrl+u", *"deploi", "backspace", *"y", "tab", *str(home.key))
        burst(operator, "tab", "tab", "right", "tab", "tab", *"eu", "shift+tab", "shift+tab", "shift+tab")
        burst(operator, "shift+tab", "enter", *"zzz")
        await operator.sees("Is this really edge-1?")
        (view,) = operator.app.desk.fleet.views.values()
        assert (view.name, view.endpoint) == ("edge-1", peer.endpoint("deploy"))
        assert (view.environment, view.row["region"]) == ("prod", "eu")
        assert view.row["ssh_key_id"]


async def test_the_first_key_may_come_before_the_store_is_open(sit_down, home):
    async with sit_down(wait=False) as operator:
        operator.app.session.console = None
        await operator.press("a")
        await operator.sees("Add a server")


async def test_without_an_ssh_config_the_first_run_says_so_and_every_key_works(sit_down, home):
    async with sit_down() as operator:
        screen = await operator.sees("No ~/.ssh/config here.", "q quit", "m demo fleet")
        assert "can't" not in screen
        await operator.press("m")
        assert operator.app.wants_demo


async def test_a_server_that_was_never_asked_shows_never(sit_down, start_peer, register):
    await register("edge-1", await start_peer(), approve=False)
    async with sit_down() as operator:
        screen = await operator.sees("edge-1", "? unknown")
        assert "never" in screen


async def test_an_edit_in_prod_states_the_change_and_asks_for_the_name(sit_down, start_peer, register):
    await register("edge-1", await start_peer(), env=Environment.PROD)
    async with sit_down() as operator:
        await operator.press("e")
        await operator.sees("Edit edge-1")
        operator.app.screen._fields["region"].value = "eu-west"
        await operator.press("enter")
        await operator.sees("Change edge-1?", "region from default to eu-west", "server.update", "Undo")
        await operator.press("enter")
        await operator.until(lambda: "Change edge-1?" not in operator.screen())
        (view,) = operator.app.desk.fleet.views.values()
        assert view.row["region"] == "default", "enter on Cancel changes nothing"
        await operator.press("enter")
        await operator.sees("Change edge-1?")
        burst(operator, "tab", *"edge-1", "enter")
        await operator.sees("edge-1 is saved")
        (view,) = operator.app.desk.fleet.views.values()
        assert view.row["region"] == "eu-west"


async def test_ticks_choose_which_hosts_of_the_ssh_config_are_imported(sit_down, start_peer, home):
    peers = [await start_peer(), await start_peer()]
    (home.folder / ".ssh").mkdir(mode=0o700)
    (home.folder / ".ssh" / "config").write_text(
        "".join(
            f"Host {name}\n  HostName 127.0.0.1\n  Port {peer.port}\n  User deploy\n  IdentityFile {home.key}\n"
            for name, peer in zip(("one", "two"), peers, strict=True)
        )
    )
    async with sit_down() as operator:
        await operator.sees("Found 2 hosts in ~/.ssh/config", "space ticks")
        await operator.press("space", "enter")
        await operator.until(lambda: len(operator.app.desk.fleet) == 1)
        await operator.sees("two", "? unknown")
        assert [view.name for view in operator.app.desk.fleet.views.values()] == ["two"]
        assert not [user for peer in peers for user in peer.log.users]
        assert peers[0].log.connections == 0, "an unticked host is not asked for anything"


async def test_why_a_host_is_left_out_or_gets_no_key_stands_in_full_under_the_list(sit_down, home):
    (home.folder / ".ssh").mkdir(mode=0o700)
    (home.folder / ".ssh" / "id_ed25519").write_bytes(home.key.read_bytes())
    (home.folder / ".ssh" / "config").write_text(
        "Host good\n  HostName 127.0.0.1\n  IdentityFile ~/.ssh/id_ed25519\n"
        "Host lost\n  HostName 127.0.0.2\n  IdentityFile ~/.ssh/nowhere\n"
        "Host far\n  HostName 127.0.0.3\n  ProxyCommand nc %h %p\n"
    )
    async with sit_down(size=(80, 24)) as operator:
        screen = await operator.sees("Found 3 hosts in ~/.ssh/config", "~/.ssh/id_ed25519")
        assert "without a key:" not in screen
        await operator.press("down")
        await operator.sees("lost is added without a key:", "There is no such file.")
        await operator.press("down")
        await operator.sees("far is left out:", "(ProxyCommand)", "can't do yet.")
        await operator.press("home")
        await operator.until(lambda: "is left out:" not in operator.screen())


async def test_a_wrong_passphrase_is_said_beside_its_field_and_the_right_one_goes_on(
    sit_down, start_peer, home
):
    import asyncssh

    peer = await start_peer()
    locked = home.folder / "locked"
    key = asyncssh.import_private_key(home.key.read_bytes())
    locked.write_bytes(key.export_private_key("openssh", passphrase="correct horse"))
    locked.chmod(0o600)
    async with sit_down() as operator:
        await operator.press("a")
        await operator.sees("Add a server")
        burst(operator, *"edge-1", "tab", *"127.0.0.1", "tab", "ctrl+u", *str(peer.port), "tab", "ctrl+u")
        burst(operator, *"deploy", "tab", *str(locked), "tab", *"wrong", "enter")
        await operator.sees("nothing was saved")
        form = operator.app.screen
        await operator.until(lambda: "passphrase" in form._fields["passphrase"].error)
        assert not operator.app.desk.fleet.views
        burst(operator, "ctrl+u", *"correct horse", "enter")
        await operator.sees("Is this really edge-1?")


async def test_quitting_while_a_check_runs_asks_and_enter_stays(sit_down, start_peer, register, home):
    peer = await start_peer()
    await register("edge-1", peer)
    docker = home.folder / "programs" / "docker"
    docker.write_text("#!/bin/sh\nexec sleep 60\n")
    async with sit_down() as operator:
        await operator.press("c")
        await operator.until(lambda: bool(operator.app.desk.checking))
        await operator.press("q")
        await operator.sees("Quit while something runs?", "One check is still under way.")
        await operator.press("enter")
        await operator.until(lambda: "Quit while" not in operator.screen())
        assert operator.app.is_running
        await operator.press("q")
        await operator.sees("Quit while something runs?")
        await operator.press("y")
        await operator.until(lambda: not operator.app.is_running or operator.app._exit)


async def test_a_read_only_session_refuses_changes_from_the_palette_too(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down(read_only=True) as operator:
        await operator.sees("READ-ONLY")
        await operator.press("colon")
        await operator.type("remove")
        await operator.press("enter")
        await operator.until(lambda: any("read-only" in toast.lower() for toast in operator.toasts()))
        assert len(operator.app.desk.fleet) == 1
        assert "Remove edge-1?" not in operator.screen()


async def test_tab_leads_from_the_safe_button_to_what_has_to_be_typed(sit_down, start_peer, register):
    peer = await start_peer("ssh-ed25519", "ecdsa-sha2-nistp256")
    await register("edge-1", peer)
    new = peer.rotate_host_key()
    peer.drop()
    async with sit_down(size=(80, 24)) as operator:
        await operator.press("c")
        await operator.sees("✗ blocked")
        await operator.press("i")
        await operator.sees("[ Keep it blocked  esc ]", "ecdsa")
        chosen = operator.app.screen.chosen
        assert chosen.fingerprint in [key.fingerprint for key in new]
        burst(operator, "tab", *"zzzz", "enter")
        await operator.sees("That is not it", "[ Keep it blocked  esc ]")
        burst(operator, "ctrl+u", *chosen.fingerprint[-4:], "enter")
        await operator.sees("edge-1 is ready")
