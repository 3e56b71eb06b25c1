"""Every command is one action under one scope: denied without it, recorded when denied, allowed with exactly it."""

from __future__ import annotations

import pytest
from tests.cli.tree import commands
from tests.parse.authority import make

from daoflow_core.scopes import ACTIONS, ALL_SCOPES
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
    "server host-key list": ("--server", "edge"),
    "server host-key scan": ("--server", "edge"),
    "server host-key approve": ("--server", "edge", *FINGERPRINT),
    "server host-key rotate": ("--server", "edge", *FINGERPRINT),
    "server ops history": ("--server", "edge"),
    "server ops logs": ("--operation", "{operation}"),
    "server ops resources": ("--server", "edge"),
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
    "access-assets certificate list": (),
    "access-assets certificate show": ("--certificate-id", "web"),
    "access-assets certificate create": ("--name", "new", "--certificate-file", "{certificate}", "--yes"),
    "access-assets certificate rotate": (
        *("--certificate-id", "web", "--certificate-file", "{certificate}", "--yes"),
    ),
    "access-assets certificate attach": ("--certificate-id", "web", "--server-id", "edge", "--yes"),
    "access-assets certificate detach": ("--certificate-id", "web", "--server-id", "edge", "--yes"),
    "access-assets certificate delete": ("--certificate-id", "web", "--yes"),
    "audit list": (),
    "audit verify": (),
    "vault status": (),
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


@pytest.fixture
def line(cli, ready, tmp_path, make_key):
    """The words of a command, with what it refers to in place."""
    operation = cli("server", "ops", "history", "--server", "edge", "-q").out.split()[0]
    config = tmp_path / "ssh_config"
    config.write_text("Host imported\n  HostName 127.0.0.1\n  Port 1\n  User deploy\n")
    first, second = tmp_path / "web.pem", tmp_path / "new.pem"
    first.write_bytes(make("web.example").pem)
    second.write_bytes(make("new.example").pem)
    create = ("access-assets", "certificate", "create", "--name", "web", "--certificate-file", str(first))
    assert cli(*create, "--yes").status == 0
    places = {"{certificate}": str(second)}
    places |= {"{operation}": operation, "{config}": str(config), "{key}": str(make_key("second").path)}

    def words(command: str) -> list[str]:
        return [*command.split(), *(places.get(word, word) for word in LINES[command]), "--json"]

    return words


def test_every_command_has_an_action_and_every_action_exists():
    assert set(commands()) == set(ACTION_OF)
    assert {action for action in ACTION_OF.values() if action} <= set(ACTIONS)
    assert set(LINES) == {command for command, action in ACTION_OF.items() if action}


@pytest.mark.parametrize("command", LINES)
def test_a_command_is_denied_without_its_scope_and_the_denial_is_recorded(
    cli, line, holding, counted, command
):
    action = ACTION_OF[command]
    words, before = line(command), counted()
    holding(*(scope for scope in ALL_SCOPES if scope != ACTIONS[action]))
    answer = cli(*words)
    assert (answer.status, answer.code) == (2, "SCOPE_DENIED")
    assert answer.document["requiredScopes"] == [ACTIONS[action]]
    assert {name for name, rows in counted().items() if rows != before[name]} == {"audit"}
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
        assert answer.code in {"HOST_IDENTITY_MISMATCH", "DOCTOR_FAILED"}, answer


@pytest.mark.parametrize(
    "command", [name for name in LINES if ACTIONS[ACTION_OF[name] or ""] != "server:read"]
)
@pytest.mark.parametrize("where", ["before", "after"])
def test_read_only_refuses_every_change(cli, line, counted, command, where):
    words, before = line(command), counted()
    if command == "server update" and where == "after":
        pytest.skip("there the word marks the server")
    answer = cli("--read-only", *words) if where == "before" else cli(*words, "--read-only")
    assert (answer.status, answer.code) == (2, "READ_ONLY")
    assert {name for name, rows in counted().items() if rows != before[name]} == {"audit"}
