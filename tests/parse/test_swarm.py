"""What real managers (20.10 and 26) said of a mixed swarm, read back; and what nothing may upset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.model.steps import Step, StepReply
from daoflow_core.model.swarm import SwarmTopology
from daoflow_core.parse.steps import STDOUT, Collector, FrameReader
from daoflow_core.parse.swarm import read_self, read_topology

RECORDED = Path(__file__).parent.parent / "recorded" / "docker"
VERSIONS = ("20.10.24", "26.1.5")
NAMES = ("swarm", "nodes", "services", "replicas", "tasks")
ID = "a" * 25
SELF = {
    "NodeID": ID,
    "State": "active",
    "Manager": True,
    "Error": "",
    "Cluster": {"ID": "c", "Name": "default"},
}


def recorded(version: str) -> StepReply:
    collector, reader = Collector(), FrameReader("n0nce")
    collector.take(STDOUT, reader.feed((RECORDED / f"{version}-swarm.txt").read_bytes()))
    return StepReply(collector.steps(), collector.whole)


def topology(reply: StepReply) -> SwarmTopology | None:
    return read_topology(reply, observed_at="2026-11-25T15:00:00.000Z", unnamed="mgr-1", source="manual")


def reply_of(**said: bytes) -> StepReply:
    steps = {name: Step(name, "docker", 0, said.get(name, b""), b"") for name in NAMES}
    return StepReply(steps, True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_swarm_is_read_whole(version: str) -> None:
    seen = topology(recorded(version))
    assert seen is not None
    assert [(one.name, one.role, one.engine_version) for one in seen.nodes] == [
        ("alpha", "manager", "26.1.5+dfsg1"),
        ("beta", "manager", "26.1.5+dfsg1"),
        ("gamma", "manager", "20.10.24+dfsg1"),
    ]
    assert [one.manager_status for one in seen.nodes].count("leader") == 1
    assert (seen.quorum.managers, seen.quorum.needed, seen.quorum.holds) == (3, 2, True)
    assert (len(seen.cluster_id), seen.cluster_name) == (25, "mgr-1"), "Docker calls every swarm `default`"
    assert seen.default_namespace == "shop"
    alpha = seen.nodes[0]
    assert (alpha.labels, alpha.os, alpha.architecture) == ({"zone": "left"}, "linux", "x86_64")
    assert (alpha.nano_cpus, alpha.memory_bytes) == (2_000_000_000, 25_276_510_208)
    assert alpha.host == "10.77.5.11", (
        "a restarted leader says 0.0.0.0: its manager address tells where it is"
    )
    assert [one.is_self for one in seen.nodes].count(True) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_every_kind_of_service_is_told_apart(version: str) -> None:
    seen = topology(recorded(version))
    assert seen is not None
    services = {one.name: one for one in seen.services}
    assert {name: one.mode for name, one in services.items()} == {
        "cron_nightly": "replicated-job",
        "edge_proxy": "global",
        "nowhere": "replicated",
        "pinned": "replicated",
        "shop_api": "replicated",
        "shop_web": "replicated",
        "sweep": "global-job",
    }
    assert (services["nowhere"].running, services["nowhere"].replicas) == (0, 1)
    assert services["pinned"].host_ports == {(9001, "tcp")}
    web = services["shop_web"]
    assert (web.max_per_node, web.constraints) == (1, ("node.role==worker",))
    assert (web.nano_cpus, web.memory_bytes) == (100_000_000, 16 * 1024 * 1024)
    waiting = [one for one in seen.tasks_of(services["nowhere"].id) if one.node_id is None]
    assert waiting[0].error == "no suitable node (scheduling constraints not satisfied on 3 nodes)"
    assert not seen.tasks_of(services["sweep"].id), "what a job has done is history"


def test_no_secret_of_a_service_is_in_what_is_asked() -> None:
    for version in VERSIONS:
        assert b"hunter2" not in (RECORDED / f"{version}-swarm.txt").read_bytes()


@pytest.mark.parametrize("missing", NAMES)
def test_a_question_without_an_answer_makes_no_topology(missing: str) -> None:
    reply = recorded("26.1.5")
    steps = {**reply.steps, missing: Step(missing, "docker", 1, b"", b"rpc error")}
    assert topology(StepReply(steps, True)) is None


def test_a_swarm_without_services_needs_no_tasks() -> None:
    reply = reply_of(swarm=json.dumps(SELF).encode())
    steps = {name: step for name, step in reply.steps.items() if name != "tasks"}
    seen = topology(StepReply(steps, True))
    assert seen is not None
    assert (seen.services, seen.tasks) == ((), ())


def test_control_characters_of_a_host_are_shown_for_what_they_are() -> None:
    node = {"ID": ID, "Hostname": "a\x1b]52;c;x\x07b", "Role": "worker", "Labels": {"k\u202e": "v\x9b"}}
    seen = topology(reply_of(swarm=json.dumps(SELF).encode(), nodes=json.dumps(node).encode()))
    assert seen is not None
    assert seen.nodes[0].name == "ab"
    assert all(
        char.isprintable() for label in seen.nodes[0].labels.items() for text in label for char in text
    )


LEAF = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.sampled_from([ID, "active"])
MODES = st.sampled_from(
    ["Replicated", "Reservations", "Constraints", "State", "Spec", "Source", "GenericResources"]
)
JSON = LEAF | st.lists(LEAF, max_size=2) | st.dictionaries(MODES, LEAF, max_size=2)
FIELDS = st.sampled_from(
    [
        "ID",
        "Version",
        "Labels",
        "Role",
        "Availability",
        "Hostname",
        "Platform",
        "Resources",
        "Status",
        "ManagerStatus",
        "Name",
        "Stack",
        "Mode",
        "Image",
        "Mounts",
        "Placement",
        "Ports",
        "Wanted",
        "Update",
        "Replicas",
        "Node",
        "DesiredState",
        "CurrentState",
        "Error",
        "Cluster",
        "NodeID",
        "State",
        "Manager",
    ]
)
ROWS = st.lists(st.dictionaries(FIELDS, JSON, max_size=5), max_size=1)


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, ROWS)))
def test_whatever_json_a_host_makes_up_is_read_or_passed_over(
    rows: dict[str, list[dict[str, object]]],
) -> None:
    said = {
        name: b"\n".join(json.dumps({"ID": ID, **one}).encode() for one in found)
        for name, found in rows.items()
    }
    reply = reply_of(**said)
    read_self(reply["swarm"])
    seen = topology(reply)
    if seen is not None:
        assert SwarmTopology.of(json.loads(json.dumps(seen.document()))) == seen


@given(st.binary(max_size=300))
def test_whatever_bytes_a_host_sends_are_no_crash(noise: bytes) -> None:
    reply = reply_of(**dict.fromkeys(NAMES, noise))
    read_self(reply["swarm"])
    topology(reply)
