"""What can't be undone, at a terminal: shown first, then a name to type; scripts pass `--yes` as ever."""

from __future__ import annotations

import pytest
from tests.cli.outer_terminal import OuterTerminal, environment

from daoflow_core.demo.folders import environment as of_host
from daoflow_core.demo.folders import furnish
from daoflow_core.demo.hosts import PLANS


@pytest.fixture
def at_terminal(home, ready):
    """Runs command lines in a real terminal; every one is ended, whatever the test does."""
    opened = []

    def start(*words: str, **more: str) -> OuterTerminal:
        opened.append(OuterTerminal(words, {**environment(home), **more}))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def names(cli) -> list[str]:
    return [one["name"] for one in cli("server", "list", "--json").data["servers"]]


def test_a_server_goes_when_its_name_is_typed_also_when_it_was_named_by_id(cli, at_terminal, ready):
    terminal = at_terminal("server", "remove", "--server", ready)
    terminal.shows(b"Type its name to go on: ")
    terminal.type(b"edge\n")
    assert terminal.ends() == 0
    assert names(cli) == []


@pytest.mark.parametrize("typed", [b"\n", b"edg\n", b"yes\n", b"\x04"])
def test_anything_else_leaves_everything_as_it_was(cli, at_terminal, typed):
    terminal = at_terminal("server", "remove", "--server", "edge")
    terminal.shows(b"Type its name to go on: ")
    terminal.type(typed)
    assert terminal.ends() == 1
    assert b"nothing was done" in terminal.shown
    assert names(cli) == ["edge"]


@pytest.mark.parametrize(
    ("words", "more"), [(("--json",), {}), (("-q",), {}), ((), {"DAOFLOW_TOKEN": "dft_x"})]
)
def test_scripts_and_tokens_are_not_asked_even_at_a_terminal(cli, at_terminal, words, more):
    terminal = at_terminal("server", "remove", "--server", "edge", *words, **more)
    assert terminal.ends() == 1
    assert b"--yes" in terminal.shown and b"Type its name" not in terminal.shown
    assert names(cli) == ["edge"]


def test_a_cleanup_shows_its_preview_and_asks_for_the_server_and_the_number_of_volumes(
    cli, at_terminal, peer, tmp_path
):
    folder = tmp_path / "engine"
    furnish(folder, next(one for one in PLANS if one.name == "edge-us-1"))
    peer.peer.setup.environment.update(of_host(folder))
    cleanup = ("server", "ops", "cleanup", "--server", "edge", "--include-volumes")
    made = cli(*cleanup, "--dry-run", "--json").data
    volumes = [len(group["items"]) for group in made["result"]["groups"] if group["kind"] == "volume"]
    assert volumes and volumes[0] > 0
    terminal = at_terminal(*cleanup)
    terminal.shows(b"Type the server's name to go on: ")
    assert made["operation"]["id"].encode() in terminal.shown
    terminal.type(b"edge\n")
    terminal.shows(b"Type the number of volumes that go with their data to go on: ")
    terminal.type(f"{volumes[0]}\n".encode())
    assert terminal.ends() == 0
    newest = cli("server", "ops", "history", "--server", "edge", "--kind", "cleanup_run", "--json")
    (run,) = newest.data["operations"]
    assert (run["status"], run["result"]["previewId"]) == ("completed", made["operation"]["id"])


def test_a_cleanup_without_a_preview_says_so_before_it_asks(at_terminal):
    terminal = at_terminal("server", "ops", "cleanup", "--server", "edge")
    assert terminal.ends() == 1
    assert b"--dry-run" in terminal.shown and b"Type" not in terminal.shown


def test_scaling_to_nothing_shows_its_plan_and_asks(cli, at_terminal, peer, tmp_path):
    folder = tmp_path / "manager"
    furnish(folder, next(one for one in PLANS if one.name == "swarm-mgr-a"))
    peer.peer.setup.environment.update(of_host(folder))
    cli("server", "update", "--server", "edge", "--kind", "docker-swarm-manager", "--yes", "--json")
    scale = ("server", "ops", "swarm", "service", "scale", "--server", "edge", "--service", "shop_api")
    up = at_terminal(*scale, "--replicas", "3")
    assert up.ends() == 1 and b"Pass --yes" in up.shown, "what can be undone is confirmed by --yes only"
    terminal = at_terminal(*scale, "--replicas", "0")
    terminal.shows(b"Type the server's name to go on: ")
    assert b"Would run" in terminal.shown
    terminal.type(b"no\n")
    assert terminal.ends() == 1
    kinds = [
        one["kind"]
        for one in cli("server", "ops", "history", "--server", "edge", "--json").data["operations"]
    ]
    assert kinds[0] == "swarm_service_scale_plan"


def test_yes_is_enough_at_a_terminal_too(cli, at_terminal):
    assert at_terminal("server", "remove", "--server", "edge", "--yes").ends() == 0
    assert names(cli) == []
