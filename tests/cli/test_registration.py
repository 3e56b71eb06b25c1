"""A server's whole path by command line: added, trusted, ready, changed, removed."""

from __future__ import annotations

from daoflow_core.errors import EXIT_DRY_RUN


def test_without_yes_nothing_is_sent_and_nothing_written(cli, home):
    answer = cli("server", "add", "--name", "edge-vps-1", "--host", "203.0.113.42", "--json")
    assert answer.status == 1
    assert answer.document == {
        "ok": False,
        "error": "Register server edge-vps-1 at 203.0.113.42. Pass --yes to confirm.",
        "code": "CONFIRMATION_REQUIRED",
    }
    assert answer.err == ""
    assert not home.exists()


def test_a_new_server_waits_for_its_host_key_and_says_the_next_step(cli, peer, key):
    answer = cli(
        "server", "add", "--name", "edge", *peer.where, "--ssh-key", str(key.path), "--yes", "--json"
    )
    assert answer.status == 0
    data = answer.data
    assert data["server"]["status"] == "pending host identity approval"
    assert data["readiness"]["readinessStatus"] == "unknown"
    assert data["hostIdentity"]["verification"] == "unapproved"
    assert data["hostIdentity"]["shown"][0]["fingerprint"] == peer.fingerprint
    assert any(peer.fingerprint in step and "host-key approve" in step for step in data["nextSteps"])
    assert peer.peer.log.key_offers == [], "a key was offered to a server that nobody approved"
    assert peer.peer.log.users == []


def test_a_fingerprint_that_is_equal_is_trusted_and_the_server_checked(cli, peer, key, ready):
    shown = cli("server", "show", "--server", "edge", "--json").data
    assert shown["server"]["status"] == "ready"
    assert shown["server"]["dockerVersion"] == "26.1.5"
    assert shown["server"]["composeVersion"] == "2.26.1"
    assert shown["readiness"]["issues"] == []
    assert shown["hostIdentity"]["approved"] == peer.fingerprint
    assert peer.peer.log.key_offers[-1] == key.fingerprint


def test_a_fingerprint_that_is_not_equal_registers_nothing(cli, peer, key, counted):
    wrong = "SHA256:" + "A" * 43
    answer = cli(
        *("server", "add", "--name", "edge", *peer.where, "--ssh-key", str(key.path)),
        *("--approve-fingerprint", wrong, "--yes", "--json"),
    )
    assert (answer.status, answer.code) == (1, "HOST_IDENTITY_MISMATCH")
    assert counted()["servers"] == counted()["ssh_keys"] == 0
    assert peer.peer.log.key_offers == []


def test_approving_later_makes_it_ready(cli, peer, key):
    cli("server", "add", "--name", "edge", *peer.where, "--ssh-key", str(key.path), "--yes")
    refused = cli(
        "server", "host-key", "approve", "--server", "edge", "--fingerprint", peer.fingerprint, "--json"
    )
    assert refused.code == "CONFIRMATION_REQUIRED"
    approved = cli(
        *("server", "host-key", "approve", "--server", "edge"),
        *("--fingerprint", peer.fingerprint, "--yes", "--json"),
    )
    assert approved.data["server"]["status"] == "ready"


def test_a_changed_host_key_blocks_until_it_is_rotated_and_rotating_back_works(cli, peer, ready):
    old = list(peer.peer._keys)

    async def change(keys=None):
        return peer.peer.rotate_host_key() if keys is None else peer.peer.use_host_keys(keys)

    (first,) = peer.peer.host_keys
    (changed,) = peer.ask(change())
    blocked = cli("server", "check", "--server", "edge", "--json").data
    assert blocked["server"]["status"] == "blocked"
    assert blocked["hostIdentity"]["verification"] == "mismatch"
    again = cli(
        "server",
        "host-key",
        "approve",
        "--server",
        "edge",
        "--fingerprint",
        changed.fingerprint,
        "--yes",
        "--json",
    )
    assert again.code == "CONFLICT"
    rotate = ("server", "host-key", "rotate", "--server", "edge", "--yes", "--json", "--fingerprint")
    assert cli(*rotate, changed.fingerprint).data["server"]["status"] == "ready"
    assert cli(*rotate, first.fingerprint).code == "HOST_IDENTITY_MISMATCH", (
        "it does not show the old key now"
    )
    peer.ask(change(old))
    assert cli("server", "check", "--server", "edge", "--json").data["server"]["status"] == "blocked"
    assert cli(*rotate, first.fingerprint).data["server"]["status"] == "ready"


def test_a_second_server_with_the_same_key_reuses_it(cli, start_peer, peer, key, ready):
    other = start_peer()
    added = cli(
        "server", "add", "--name", "edge-2", *other.where, "--ssh-key", str(key.path), "--yes", "--json"
    ).data
    assert added["key"]["reused"] is True
    keys = cli("access-assets", "ssh-key", "list", "--json").data["keys"]
    assert [one["fingerprint"] for one in keys] == [key.fingerprint]
    assert "PRIVATE" not in str(keys)


def test_a_dry_run_records_nothing_sends_nothing_and_holds_no_secret(cli, peer, key, counted):
    answer = cli(
        "server", "add", "--name", "edge", *peer.where, "--ssh-key", str(key.path), "--dry-run", "--json"
    )
    assert answer.status == EXIT_DRY_RUN
    assert answer.data["dryRun"] is True
    assert answer.data["key"]["fingerprint"] == key.fingerprint
    assert key.path.read_text().splitlines()[1] not in answer.out
    assert set(counted().values()) == {0}
    assert peer.peer.log.connections == 0


def test_a_key_from_standard_input_is_taken(cli, peer, key):
    answer = cli(
        *("server", "add", "--name", "edge", *peer.where, "--ssh-private-key-file", "-"),
        *("--approve-fingerprint", peer.fingerprint, "--yes", "--json"),
        stdin=key.path.read_bytes(),
    )
    assert answer.data["readiness"]["readinessStatus"] == "ready"


def test_a_protected_key_opens_with_its_passphrase_only(cli, peer, make_key, tmp_path, counted):
    locked = make_key("locked", "open sesame")
    phrase, wrong = tmp_path / "phrase", tmp_path / "wrong"
    phrase.write_text("open sesame\n")
    wrong.write_text("shut\n")
    add = ("server", "add", "--name", "edge", *peer.where, "--ssh-key", str(locked.path), "--yes", "--json")
    assert cli(*add).code == "KEY_PASSPHRASE_REQUIRED"
    assert cli(*add, "--passphrase-file", str(wrong)).code == "KEY_PASSPHRASE_WRONG"
    assert counted()["servers"] == counted()["ssh_keys"] == 0
    added = cli(*add, "--passphrase-file", str(phrase))
    assert added.status == 0
    assert "open sesame" not in added.out + added.err


def test_a_server_is_changed_by_name_or_id(cli, ready):
    by_id = cli(
        "server", "update", "--server", ready, "--name", "edge-eu", "--env", "prod", "--yes", "--json"
    ).data
    assert (by_id["server"]["name"], by_id["server"]["environment"]) == ("edge-eu", "prod")
    by_name = cli("server", "update", "--server", "edge-eu", "--read-only", "--yes", "--json").data
    assert by_name["server"]["readOnly"] is True
    refused = cli("server", "update", "--server", "edge-eu", "--region", "eu", "--yes", "--json")
    assert (refused.status, refused.code) == (2, "READ_ONLY")
    lifted = cli("server", "update", "--server", "edge-eu", "--no-read-only", "--yes", "--json")
    assert lifted.data["server"]["readOnly"] is False


def test_a_moved_server_needs_its_host_key_anew(cli, ready, start_peer):
    other = start_peer()
    moved = cli(
        "server", "update", "--server", "edge", "--ssh-port", str(other.peer.port), "--yes", "--json"
    ).data
    assert moved["server"]["status"] == "pending host identity approval"
    assert other.peer.log.key_offers == []


def test_history_outlives_the_server(cli, ready):
    gone = cli("server", "remove", "--server", "edge", "--yes", "--json").data
    assert gone["serverId"] == ready
    assert cli("server", "list", "--json").data["servers"] == []
    history = cli("server", "ops", "history", "--server", ready, "--json").data
    assert history["server"]["removedAt"] is not None
    kinds = {one["kind"] for one in history["operations"]}
    assert kinds == {"host_key_scan", "readiness_check"}
    assert cli("server", "ops", "history", "--server", "edge", "--json").data["server"]["id"] == ready
    check = next(one for one in history["operations"] if one["kind"] == "readiness_check")
    logs = cli("server", "ops", "logs", "--operation", check["id"], "--json").data["logs"]
    assert [one["sequence"] for one in logs] == list(range(1, len(logs) + 1))
    after = cli(
        "server", "ops", "logs", "--operation", check["id"], "--after", "1", "--limit", "1", "--json"
    ).data
    assert [one["sequence"] for one in after["logs"]] == [2]


def test_this_machine_is_a_local_server_without_ssh(cli):
    data = cli("server", "add", "--name", "here", "--host", "localhost", "--yes", "--json").data
    assert data["server"]["local"] is True
    assert data["hostIdentity"] is None
    refused = cli("server", "host-key", "scan", "--server", "here", "--json")
    assert refused.code == "INVALID_INPUT"


def test_quiet_prints_the_id_and_nothing_else(cli, ready):
    assert cli("server", "show", "--server", "edge", "-q").out == f"{ready}\n"
    assert cli("-q", "server", "show", "--server", "edge").out == f"{ready}\n"
