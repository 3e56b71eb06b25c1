"""`access-assets ssh-key` as the mission document writes it, and what no answer ever holds."""

from __future__ import annotations

import json
import subprocess

KEYS = ("access-assets", "ssh-key")


def test_the_lines_of_the_mission_document_work_as_written(cli, peer, key):
    add = ("server", "add", "--name", "edge-vps-1", *peer.where, "--approve-fingerprint", peer.fingerprint)
    made = cli(
        *KEYS, "create", "--name", "prod-deploy", "--private-key-file", str(key.path), "--yes", "--json"
    )
    key_id = made.data["key"]["id"]
    server = cli(*add, "--ssh-key-id", key_id, "--yes", "--json").data["server"]
    assert server["sshKeyId"] == key_id
    again = cli(*KEYS, "attach", "--key-id", key_id, "--server-id", server["id"], "--yes", "--json")
    assert again.data["readiness"]["readinessStatus"] == "ready"
    gone = cli(*KEYS, "detach", "--server-id", server["id"], "--yes", "--json")
    assert (gone.data["detached"], gone.data["server"]["sshKeyId"]) == (True, None)


def test_a_change_without_yes_does_nothing(cli, ready, key, make_key, counted):
    before = counted()
    for words in (
        ("create", "--name", "x", "--private-key-file", str(make_key("x").path)),
        ("generate", "--name", "x"),
        ("rotate", "--key-id", "edge SSH key", "--private-key-file", str(make_key("y").path)),
        ("attach", "--key-id", "edge SSH key", "--server-id", "edge"),
        ("detach", "--server-id", "edge"),
        ("delete", "--key-id", "edge SSH key", "--detach"),
    ):
        assert cli(*KEYS, *words, "--json").code == "CONFIRMATION_REQUIRED", words
    assert counted() == before


def test_generate_prints_the_public_line_only_and_it_is_one_that_ssh_keygen_reads(cli, tmp_path):
    made = cli(*KEYS, "generate", "--name", "made", "--yes")
    assert made.status == 0
    assert made.out.count("\n") == 1
    line = tmp_path / "made.pub"
    line.write_text(made.out)
    said = subprocess.run(["ssh-keygen", "-l", "-f", line], capture_output=True, text=True, check=True).stdout
    shown = cli(*KEYS, "show", "--key-id", "made", "--json").data["key"]
    assert said.split()[:2] == ["256", shown["fingerprint"]]
    assert shown["publicKey"] + "\n" == made.out


def test_a_key_comes_from_standard_input_and_a_passphrase_from_a_file(cli, make_key, tmp_path):
    locked = make_key("locked", passphrase="correct horse")
    words = (*KEYS, "create", "--name", "locked", "--private-key-file", "-", "--yes", "--json")
    data = locked.path.read_bytes()
    assert cli(*words, stdin=data).code == "KEY_PASSPHRASE_REQUIRED"
    (tmp_path / "phrase").write_text("correct horse\n")
    made = cli(*words, "--passphrase-file", str(tmp_path / "phrase"), stdin=data)
    assert made.data["key"]["fingerprint"] == locked.fingerprint


def test_a_key_s_default_user_is_the_user_of_a_server_that_names_none(cli, peer, key):
    create = (*KEYS, "create", "--name", "prod", "--private-key-file", str(key.path), "--username", "deploy")
    cli(*create, "--yes")
    where = ("--host", "127.0.0.1", "--ssh-port", str(peer.peer.port))
    add = ("server", "add", "--name", "edge", *where, "--ssh-key-id", "prod", "--json")
    assert cli(*add, "--dry-run").document["data"]["sshUser"] == "deploy"
    assert cli(*add, "--ssh-user", "root", "--dry-run").document["data"]["sshUser"] == "root"
    assert cli(*add, "--yes").data["server"]["sshUser"] == "deploy"


def test_a_key_in_use_is_deleted_only_with_detach(cli, ready):
    words = (*KEYS, "delete", "--key-id", "edge SSH key", "--yes", "--json")
    refused = cli(*words)
    assert refused.code == "ASSET_IN_USE"
    assert refused.document["servers"] == [{"id": ready, "name": "edge"}]
    assert "edge" in refused.document["why"]
    assert cli(*words, "--detach").data["detachedFrom"] == [{"id": ready, "name": "edge"}]


def test_a_key_refused_by_a_server_is_not_rotated_and_the_answer_says_where(cli, ready, make_key):
    new = make_key("new")
    words = (
        *KEYS,
        "rotate",
        "--key-id",
        "edge SSH key",
        "--private-key-file",
        str(new.path),
        "--yes",
        "--json",
    )
    refused = cli(*words)
    assert (refused.status, refused.code) == (1, "KEY_NOT_PROVEN")
    assert refused.document["servers"][0]["code"] == "AUTH_FAILED"
    forced = cli(*words, "--force")
    assert forced.data["forced"] is True
    assert "edge was not seen to let the new key in" in forced.data["warnings"][0]


def test_two_ways_to_log_in_are_refused_and_an_agent_key_must_be_a_fingerprint(cli, peer):
    add = ("server", "add", "--name", "edge", *peer.where, "--yes", "--json")
    both = cli(*add, "--ssh-key-id", "x", "--agent-fingerprint", "SHA256:" + "A" * 43)
    assert both.code == "INVALID_INPUT"
    assert cli(*add, "--agent-fingerprint", "my key").code == "INVALID_INPUT"


def test_no_answer_about_a_key_holds_its_private_part(cli, ready, key, make_key):
    body = b"".join(key.path.read_bytes().splitlines()[1:-1]).decode()
    pieces = [body[start : start + 24] for start in range(0, len(body) - 24, 24)]
    assert any(piece in key.path.read_text().replace("\n", "") for piece in pieces), "the control"
    said = [
        cli(*KEYS, "list", "--json").out,
        cli(*KEYS, "list").out,
        cli(*KEYS, "show", "--key-id", "edge SSH key", "--json").out,
        cli(*KEYS, "create", "--name", "twice", "--private-key-file", str(key.path), "--yes", "--json").out,
        cli("audit", "list", "--limit", "200", "--json").out,
    ]
    public = json.loads(said[0])["data"]["keys"][0]["publicKey"]
    for text in said:
        left = text.replace(public, "")
        assert not [piece for piece in pieces if piece in left and piece not in public]
        assert "BEGIN" not in text
