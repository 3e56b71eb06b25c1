"""What `schema` promises is what every command answers."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from tests.cli.tree import commands
from tests.parse.authority import make

from daoflow_tui.cli.answers.table import ANSWERS


def holds(command: str, answer) -> None:
    """Validate a real answer against the model of its command, from JSON as a reader would."""
    ANSWERS[command].model_validate_json(json.dumps(answer.data), strict=True)


def test_every_command_has_a_schema():
    assert set(commands()) | {"--version", "failure"} == set(ANSWERS)


def hold_certificates(cli, tmp_path):
    nouns = ("access-assets", "certificate")

    def change(verb, *words):
        answer = cli(*nouns, verb, *words, "--yes", "--json")
        holds(f"access-assets certificate {verb}", answer)
        return answer.data

    for name in ("web", "next"):
        one = make(f"{name}.example")
        (tmp_path / f"{name}.pem").write_bytes(one.pem)
        (tmp_path / f"{name}.key").write_bytes(one.key_pem())
    files = [
        (
            "--certificate-file",
            str(tmp_path / f"{name}.pem"),
            "--private-key-file",
            str(tmp_path / f"{name}.key"),
        )
        for name in ("web", "next")
    ]
    change("create", "--name", "web", *files[0])
    holds("access-assets certificate list", cli(*nouns, "list", "--json"))
    holds("access-assets certificate show", cli(*nouns, "show", "--certificate-id", "web", "--json"))
    use = ("--certificate-id", "web", "--server-id", "edge")
    assert change("attach", *use)["changed"] is True
    assert change("rotate", "--certificate-id", "web", *files[1])["warnings"]
    assert change("detach", *use)["changed"] is True
    change("delete", "--certificate-id", "web")


def hold_keys(cli, make_key):
    keys = ("access-assets", "ssh-key")

    def change(verb, *words):
        answer = cli(*keys, verb, *words, "--yes", "--json")
        holds(f"access-assets ssh-key {verb}", answer)
        return answer.data

    fresh, next_one = make_key("fresh"), make_key("next")
    change("create", "--name", "fresh", "--private-key-file", str(fresh.path), "--username", "deploy")
    change("generate", "--name", "made")
    holds("access-assets ssh-key show", cli(*keys, "show", "--key-id", "fresh", "--json"))
    attached = change("attach", "--key-id", "edge SSH key", "--server-id", "other")
    assert attached["sshKey"]["servers"] == [
        {"id": one, "name": name}
        for name, one in sorted((two["name"], two["id"]) for two in attached["sshKey"]["servers"])
    ]
    change("detach", "--server-id", "other")
    change("detach", "--server-id", "other")
    rotated = change(
        "rotate", "--key-id", "edge SSH key", "--private-key-file", str(next_one.path), "--force"
    )
    assert [one["code"] for one in rotated["proofs"]] == ["AUTH_FAILED"]
    change("delete", "--key-id", "fresh")
    change("delete", "--key-id", "edge SSH key", "--detach")


def test_real_answers_are_what_the_schemas_say(cli, ready, start_peer, peer, key, make_key, tmp_path):
    other = start_peer(docker=False)
    key_option = ("--ssh-key", str(key.path))
    add = ("server", "add", "--name", "other", *other.where, *key_option, "--json")
    config = tmp_path / "ssh_config"
    config.write_text(
        "Host imported\n  HostName 127.0.0.1\n  Port 1\nHost *.example\nHost jump\n  ProxyJump x\n"
    )
    holds("server add", cli(*add, "--dry-run"))
    holds("server add", cli(*add, "--yes"))
    holds("server list", cli("server", "list", "--json"))
    holds("server host-key list", cli("server", "host-key", "list", "--server", "edge", "--json"))
    holds("server host-key scan", cli("server", "host-key", "scan", "--server", "other", "--json"))
    approve = ("server", "host-key", "approve", "--server", "other", "--fingerprint", other.fingerprint)
    holds("server host-key approve", cli(*approve, "--yes", "--json"))
    rotate = ("server", "host-key", "rotate", "--server", "edge", "--fingerprint", peer.fingerprint)
    holds("server host-key rotate", cli(*rotate, "--yes", "--json"))
    holds("server show", cli("server", "show", "--server", "edge", "--json"))
    holds("server check", cli("server", "check", "--server", "other", "--json"))
    holds("server update", cli("server", "update", "--server", "edge", "--env", "prod", "--yes", "--json"))
    holds("server import", cli("server", "import", "--ssh-config", str(config), "--dry-run", "--json"))
    holds("server import", cli("server", "import", "--ssh-config", str(config), "--yes", "--json"))
    holds("status", cli("status", "--json"))
    holds("poll", cli("poll", "--once", "--json"))
    history = cli("server", "ops", "history", "--server", "edge", "--json")
    holds("server ops history", history)
    operation = history.data["operations"][0]["id"]
    holds("server ops logs", cli("server", "ops", "logs", "--operation", operation, "--json"))
    holds("access-assets ssh-key list", cli("access-assets", "ssh-key", "list", "--json"))
    hold_keys(cli, make_key)
    hold_certificates(cli, tmp_path)
    holds("audit list", cli("audit", "list", "--json"))
    holds("audit show", cli("audit", "show", "--entry", "1", "--json"))
    holds("audit verify", cli("audit", "verify", "--json"))
    exported = str(tmp_path / "trail.jsonl")
    holds("audit export", cli("audit", "export", "--out", exported, "--json"))
    holds("audit verify", cli("audit", "verify", "--file", exported, "--json"))
    holds("audit anchor", cli("audit", "anchor", "--json"))
    holds("vault status", cli("vault", "status", "--json"))
    create = ("token", "create", "--name", "ci", "--scopes", "server:read", "--server", "edge", "--json")
    holds("token create", cli(*create, "--dry-run"))
    holds("vault verify", cli("vault", "verify", "--json"))
    holds("vault rotate", cli("vault", "rotate", "--yes", "--json"))
    holds("token create", cli(*create, "--yes"))
    holds("token list", cli("token", "list", "--json"))
    holds("token revoke", cli("token", "revoke", "--token", "ci", "--yes", "--json"))
    granted = cli("grant", "terminal", "--server", "edge", "--reason", "look at it", "--yes", "--json")
    holds("grant terminal", granted)
    holds("grant list", cli("grant", "list", "--json"))
    grant = granted.data["grant"]["id"]
    holds("grant revoke", cli("grant", "revoke", "--grant", grant, "--yes", "--json"))
    holds("server remove", cli("server", "remove", "--server", "other", "--yes", "--json"))
    failed = cli("doctor", "--json").document
    ANSWERS["doctor"].model_validate(failed["data"])


def test_answers_about_the_program_are_what_the_schemas_say(cli):
    holds("config show", cli("config", "show", "--json"))
    holds("keys list", cli("keys", "list", "--json"))
    holds("keys check", cli("keys", "check", "--json"))
    holds("--version", cli("--version", "--json"))
    holds("schema", cli("schema", "--json"))
    holds("doctor", cli("doctor", "--json"))


def test_the_demo_without_a_terminal_is_the_status_of_its_fleet(cli, home, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    answer = cli("demo", "--json")
    holds("demo", answer)
    states = {one["status"] for one in answer.data["servers"]["checks"]}
    assert states == {"ready", "attention", "blocked", "unknown"}
    assert answer.data["servers"]["summary"]["totalServers"] >= 8
    assert not home.exists(), "the demo never touches the operator's own store"
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_failure_is_what_its_schema_says(cli):
    ANSWERS["failure"].model_validate_json(cli("server", "show", "--server", "x", "--json").out)


def test_a_field_too_many_would_be_noticed():
    with pytest.raises(ValidationError):
        ANSWERS["--version"].model_validate({"version": "1", "more": 1})


def test_one_schema_can_be_asked_for(cli):
    schema = cli("schema", "server", "add", "--json").data["schemas"]["server add"]
    assert schema["required"] == ["ok", "data"]
    assert cli("schema", "nosuch", "--json").code == "NOT_FOUND"
