"""Every command is one action under one scope: denied without it, recorded when denied, allowed with exactly it."""

from __future__ import annotations

import itertools
import shutil

import pytest
from tests.cli.conftest import key_file, peers
from tests.cli.tree import commands
from tests.parse.authority import make

from daoflow_core.scopes import ACTIONS, ALL_SCOPES, RECORDS_ONLY
from daoflow_core.services.access import Principal
from daoflow_tui.cli.scopes import ACTION_OF

FINGERPRINT = ("--fingerprint", "SHA256:" + "A" * 43, "--yes")
LINES: dict[str, tuple[str, ...]] = {
    "status": (),
    "doctor": (),
    "poll": ("--once",),
    "server add": ("--name", "other", "--host", "127.0.0.1", "--ssh-port", "1", "--yes"),
    "server list": (),
    "server show": ("--server", "edge"),
    "server update": ("--server", "edge", "--region", "eu", "--yes"),
    "server remove": ("--server", "edge", "--yes"),
    "server check": ("--server", "edge"),
    "server import": ("--ssh-config", "{config}", "--yes"),
    "server terminal": ("--server", "edge"),
    "server host-key list": ("--server", "edge"),
    "server host-key scan": ("--server", "edge"),
    "server host-key approve": ("--server", "edge", *FINGERPRINT),
    "server host-key rotate": ("--server", "edge", *FINGERPRINT),
    "server ops history": ("--server", "edge"),
    "server ops logs": ("--operation", "{operation}"),
    "server ops resources": ("--server", "edge"),
    "server ops swarm refresh-topology": ("--server", "edge"),
    "server ops swarm node availability": (
        *("--server", "edge", "--node", "edge", "--availability", "drain", "--plan", "op_none", "--yes"),
    ),
    "server ops swarm service scale": (
        *("--server", "edge", "--service", "web", "--replicas", "2", "--plan", "op_none", "--yes"),
    ),
    "server ops cleanup": ("--server", "edge", "--yes"),
    "server ops patch": ("--server", "edge"),
    "server ops show": ("--operation", "{operation}"),
    "server ops cancel": ("--operation", "{operation}", "--yes"),
    "server ops export": ("--operation", "{operation}", "--out", "{out}"),
    "access-assets ssh-key list": (),
    "access-assets ssh-key show": ("--key-id", "edge SSH key"),
    "access-assets ssh-key create": ("--name", "second", "--private-key-file", "{key}", "--yes"),
    "access-assets ssh-key generate": ("--name", "made", "--yes"),
    "access-assets ssh-key rotate": (
        *("--key-id", "edge SSH key", "--private-key-file", "{key}", "--force", "--yes"),
    ),
    "access-assets ssh-key attach": ("--key-id", "edge SSH key", "--server-id", "edge", "--yes"),
    "access-assets ssh-key detach": ("--server-id", "edge", "--yes"),
    "access-assets ssh-key delete": ("--key-id", "edge SSH key", "--detach", "--yes"),
    "server ops stack plan": ("--server", "edge", "--stack", "shop", "--compose-file", "{compose}"),
    "server ops stack deploy": (
        *("--server", "edge", "--stack", "shop", "--compose-file", "{compose}", "--yes"),
    ),
    "server ops stack rollback": ("--server", "edge", "--stack", "shop", "--yes"),
    "server ops stack remove": ("--server", "edge", "--stack", "shop", "--yes"),
    "server ops stack list": ("--server", "edge"),
    "server ops stack show": ("--server", "edge", "--stack", "shop"),
    "access-assets certificate list": (),
    "access-assets certificate show": ("--certificate-id", "web"),
    "access-assets certificate create": ("--name", "new", "--certificate-file", "{certificate}", "--yes"),
    "access-assets certificate rotate": (
        *("--certificate-id", "web", "--certificate-file", "{certificate}", "--yes"),
    ),
    "access-assets certificate attach": ("--certificate-id", "web", "--server-id", "edge", "--yes"),
    "access-assets certificate detach": ("--certificate-id", "web", "--server-id", "edge", "--yes"),
    "access-assets certificate delete": ("--certificate-id", "web", "--yes"),
    "tunnels list": (),
    "tunnels show": ("--tunnel-id", "tunnel"),
    "tunnels create": ("--name", "second", "--yes"),
    "tunnels update": ("--tunnel-id", "tunnel", "--domain", "example.com", "--yes"),
    "tunnels sync": ("--tunnel-id", "tunnel", "--route", "app.example.com=web:3000", "--yes"),
    "tunnels check": ("--tunnel-id", "tunnel"),
    "tunnels rotate": ("--tunnel-id", "tunnel", "--stored-only", "--credentials-file", "{config}", "--yes"),
    "tunnels delete": ("--tunnel-id", "tunnel", "--yes"),
    "tunnels prune-stale": ("--yes",),
    "audit list": (),
    "audit show": ("--entry", "1"),
    "audit verify": (),
    "audit export": ("--out", "{out}"),
    "audit anchor": (),
    "vault status": (),
    "vault verify": (),
    "vault unlock": ("--yes",),
    "vault lock": ("--yes",),
    "vault add-slot": ("--kind", "keyfile", "--key-file", "{slot}", "--yes"),
    "vault remove-slot": ("--slot", "slot_none", "--yes"),
    "vault change-passphrase": ("--new-passphrase-file", "{config}", "--yes"),
    "vault rotate": ("--yes",),
    "vault backup": ("--out", "{out}"),
    "recordings list": (),
    "recordings rule": ("--server", "edge", "--record", "always", "--yes"),
    "recordings play": ("--recording", "rec_none"),
    "recordings export": ("--recording", "rec_none", "--out", "{out}"),
    "recordings delete": ("--recording", "rec_none", "--yes"),
    "token create": ("--name", "ci", "--scopes", "server:read", "--yes"),
    "token list": (),
    "token revoke": ("--token", "spare", "--yes"),
    "grant terminal": ("--server", "edge", "--reason", "look at it", "--yes"),
    "grant list": (),
    "grant revoke": ("--grant", "{grant}", "--yes"),
}


@pytest.fixture
def holding(monkeypatch):
    """From here on the owner of the store holds these scopes only."""

    def hold(*scopes: str, read_only: bool = False) -> None:
        monkeypatch.setattr(
            "daoflow_core.console.owner",
            lambda **given: Principal("somebody", frozenset(scopes), given["read_only"] or read_only),
        )

    return hold


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return key_file(tmp_path_factory.mktemp("key") / "id_ed25519")


@pytest.fixture(scope="module")
def peer(tmp_path_factory, key):
    with peers(tmp_path_factory.mktemp("peer"), key) as start:
        yield start()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A store with something of everything, once it was made, and the ids that tests ask for."""
    return tmp_path_factory.mktemp("kept") / "home", {}


@pytest.fixture
def line(cli, home, request, kept, tmp_path, make_key):
    """The words of a command, with what it refers to in place."""
    store, ids = kept
    if ids:
        shutil.copytree(store, home)
    else:
        request.getfixturevalue("ready")
        ids |= fill(cli, tmp_path)
        shutil.copytree(home, store)
    config = tmp_path / "ssh_config"
    config.write_text("Host imported\n  HostName 127.0.0.1\n  Port 1\n  User deploy\n")
    compose = tmp_path / "compose.yml"
    compose.write_text("services: {web: {image: app}}\n")
    second = tmp_path / "new.pem"
    second.write_bytes(make("new.example").pem)
    places = {
        **ids,
        "{config}": str(config),
        "{out}": str(tmp_path / "out"),
        "{slot}": str(tmp_path / "home" / "second.key"),
        "{key}": str(make_key("second").path),
        "{certificate}": str(second),
        "{compose}": str(compose),
    }

    def words(command: str) -> list[str]:
        return [*command.split(), *(places.get(word, word) for word in LINES[command]), "--json"]

    return words


def fill(cli, folder):
    """What the commands refer to, made; and its ids."""
    operation = cli("server", "ops", "history", "--server", "edge", "-q").out.split()[0]
    first = folder / "web.pem"
    first.write_bytes(make("web.example").pem)
    create = ("access-assets", "certificate", "create", "--name", "web", "--certificate-file", str(first))
    assert cli(*create, "--yes").status == 0
    assert cli("tunnels", "create", "--name", "tunnel", "--yes").status == 0
    cli("token", "create", "--name", "spare", "--scopes", "server:read", "--yes")
    grant = cli("grant", "terminal", "--server", "edge", "--reason", "look at it", "--yes", "-q").out.strip()
    return {"{operation}": operation, "{grant}": grant}


def test_every_command_has_an_action_and_every_action_exists():
    assert set(commands()) == set(ACTION_OF)
    assert {action for action in ACTION_OF.values() if action} <= set(ACTIONS)
    asked_of_a_store = {command for command, action in ACTION_OF.items() if action} - {"vault restore"}
    assert set(LINES) == asked_of_a_store, "a restore asks the store that it brings: tests/cli/test_vault.py"


@pytest.mark.parametrize("command", LINES)
def test_a_command_is_denied_without_its_scope_and_the_denial_is_recorded(
    cli, line, holding, counted, command
):
    """With every set of scopes that lacks it, in a read-only session and in another."""
    action = ACTION_OF[command]
    words, before = line(command), counted()
    others = [scope for scope in ALL_SCOPES if scope != ACTIONS[action]]
    for size, read_only in itertools.product(range(len(others) + 1), (False, True)):
        for scopes in itertools.combinations(others, size):
            holding(*scopes, read_only=read_only)
            answer = cli(*words)
            assert (answer.status, answer.code) == (2, "SCOPE_DENIED")
            assert answer.document["requiredScopes"] == [ACTIONS[action]]
            assert answer.document["grantedScopes"] == sorted(scopes)
    after = counted()
    assert {name for name, rows in after.items() if rows != before[name]} == {"audit"}
    assert after["audit"] - before["audit"] == 8
    holding(*ALL_SCOPES)
    newest = cli("audit", "list", "--limit", "1", "--json").data["entries"][0]
    assert (newest["phase"], newest["permissionScope"], newest["actor"]) == (
        "denied",
        ACTIONS[action],
        "somebody",
    )
    assert newest["action"] == action


@pytest.mark.parametrize("command", LINES)
def test_a_command_needs_no_other_scope_than_its_own(cli, line, holding, command):
    words = line(command)
    needed = ACTIONS[ACTION_OF[command]]
    holding(needed)
    answer = cli(*words)
    assert answer.status in (0, 1), answer
    if answer.status:
        # Permitted, and then met by what is there: a wrong fingerprint, an ended operation, no preview.
        assert answer.code in {
            "HOST_IDENTITY_MISMATCH",
            "DOCTOR_FAILED",
            "CONFLICT",
            "NOT_FOUND",
            "PREVIEW_REQUIRED",
            "TTY_REQUIRED",
            "NOT_SWARM_MANAGER",
            "STACK_FAILED",
            "STACK_REFUSED",
        }, answer


@pytest.mark.parametrize(
    "command",
    [
        name
        for name in LINES
        if ACTIONS[ACTION_OF[name] or ""] != "server:read" and ACTION_OF[name] not in RECORDS_ONLY
    ],
)
@pytest.mark.parametrize("where", ["before", "after"])
def test_read_only_refuses_every_change(cli, line, counted, command, where):
    words, before = line(command), counted()
    if command == "server update" and where == "after":
        pytest.skip("there the word marks the server")
    answer = cli("--read-only", *words) if where == "before" else cli(*words, "--read-only")
    assert (answer.status, answer.code) == (2, "READ_ONLY")
    assert {name for name, rows in counted().items() if rows != before[name]} == {"audit"}


@pytest.mark.parametrize("command", [("server", "ops", "patch"), ("server", "ops", "cleanup", "--dry-run")])
def test_read_only_lets_one_look_ahead(cli, ready, command):
    answer = cli("--read-only", *command, "--server", "edge", "--json")
    assert answer.document.get("code") != "READ_ONLY"
    assert answer.document["operation"]["dryRun"] if answer.status else answer.data["operation"]["dryRun"]
