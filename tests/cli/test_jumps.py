"""`--jump`: a server reached through another, from the command line."""

from __future__ import annotations

import pytest


@pytest.fixture
def bastion(cli, start_peer, key):
    """A trusted server that lets connections through, named bastion-1."""
    peer = start_peer(forwards=True)
    added = add(cli, "bastion-1", peer, "--approve-fingerprint", peer.fingerprint, "--ssh-key", str(key.path))
    assert added.data["readiness"]["readinessStatus"] == "ready"
    return peer


def add(cli, name, peer, *words):
    return cli("server", "add", "--name", name, *peer.where, *words, "--yes", "--json")


@pytest.fixture
def edge(cli, bastion, start_peer, key):
    peer = start_peer()
    words = ("--jump", "bastion-1", "--approve-fingerprint", peer.fingerprint, "--ssh-key", str(key.path))
    assert add(cli, "edge", peer, *words).data["readiness"]["readinessStatus"] == "ready"
    return peer


def test_a_server_is_registered_through_a_hop_and_every_answer_says_so(cli, bastion, edge):
    assert edge.peer.log.connections == len(bastion.peer.log.forwards)
    shown = cli("server", "show", "--server", "edge", "--json").data["server"]
    hop = cli("server", "show", "--server", "bastion-1", "--json").data["server"]
    assert (shown["jumpServerId"], shown["jumpServerName"]) == (hop["id"], "bastion-1")
    assert (hop["jumpServerId"], hop["jumpServerName"]) == (None, None)
    listed = {one["name"]: one["jumpServerName"] for one in cli("server", "list", "--json").data["servers"]}
    assert listed == {"edge": "bastion-1", "bastion-1": None}
    checks = cli("status", "--json").data["servers"]["checks"]
    assert {one["name"]: one["jumpServerName"] for one in checks} == listed
    assert "through" in cli("server", "show", "--server", "edge").out


def test_the_way_is_changed_by_id_and_taken_away_with_none(cli, bastion, edge):
    hop = cli("server", "show", "--server", "bastion-1", "--json").data["server"]["id"]
    direct = cli("server", "update", "--server", "edge", "--jump", "none", "--yes", "--json").data
    assert (direct["server"]["jumpServerId"], direct["readiness"]["readinessStatus"]) == (None, "ready")
    again = cli("server", "update", "--server", "edge", "--jump", hop, "--yes", "--json").data
    assert again["server"]["jumpServerName"] == "bastion-1"


def test_a_dry_run_names_the_hop_and_refuses_what_would_be_refused(cli, bastion):
    hop = cli("server", "show", "--server", "bastion-1", "--json").data["server"]["id"]
    line = ("server", "add", "--name", "edge", "--host", "10.0.0.9", "--dry-run", "--json")
    planned = cli(*line, "--jump", "bastion-1")
    assert (planned.status, planned.document["data"]["jumpServerId"]) == (3, hop)
    assert cli(*line, "--jump", "nobody").code == "NOT_FOUND"
    assert cli(*line, "--jump", " ").code == "INVALID_INPUT"


def test_what_can_not_be_a_hop_is_refused_under_its_own_code(cli, bastion, edge):
    refused = cli("server", "update", "--server", "bastion-1", "--jump", "edge", "--yes", "--json")
    assert (refused.status, refused.code) == (1, "JUMP_HOST_REFUSED")
    assert refused.document["reason"] == "cycle"


def test_a_hop_in_use_stays_and_the_answer_tells_the_command_to_change(cli, edge):
    refused = cli("server", "remove", "--server", "bastion-1", "--yes", "--json")
    assert refused.code == "CONFLICT"
    assert [one["name"] for one in refused.document["servers"]] == ["edge"]
    assert "server update --server NAME --jump" in refused.document["next"]


def test_a_hop_that_stands_in_the_way_has_a_code_of_its_own(cli, bastion, edge):
    bastion.peer.rotate_host_key()
    shown = cli("server", "check", "--server", "edge", "--json").data
    assert shown["readiness"]["issueCodes"] == ["jump-host-changed"]
    assert "bastion-1" in shown["nextSteps"][0]
    scanned = cli("server", "host-key", "scan", "--server", "edge", "--json")
    assert (scanned.code, scanned.document["hop"]) == ("JUMP_HOST_UNUSABLE", "bastion-1")
