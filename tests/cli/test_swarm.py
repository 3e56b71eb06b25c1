"""Every Swarm command line of the mission, over SSH to the demo's swarm, which schedules as a manager does."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from daoflow_core.demo.folders import environment, furnish
from daoflow_core.demo.hosts import PLANS
from daoflow_core.demo.swarm import NODES
from daoflow_core.services.swarm_changes import SwarmChangeService
from daoflow_tui.cli.answers.table import ANSWERS

SWARM = ("server", "ops", "swarm")
REFRESH = (*SWARM, "refresh-topology", "--server", "edge")
DRAIN = (
    *SWARM,
    "node",
    "availability",
    "--server",
    "edge",
    "--node",
    "swarm-wrk-2",
    "--availability",
    "drain",
)
SCALE = (*SWARM, "service", "scale", "--server", "edge", "--service", "shop_api", "--replicas")


@pytest.fixture
def tables(cli, ready, peer, tmp_path, monkeypatch) -> Path:
    """The state of the swarm that the registered server manages."""
    folder = tmp_path / "manager"
    furnish(folder, next(one for one in PLANS if one.name == "swarm-mgr-a"))
    peer.peer.setup.environment.update(environment(folder))
    changed = cli("server", "update", "--server", "edge", "--kind", "docker-swarm-manager", "--yes", "--json")
    assert changed.data["readiness"]["readinessStatus"] == "ready", changed.data["readiness"]
    (folder / "demo" / "swarm-pace").write_text("0\n")
    monkeypatch.setitem(SwarmChangeService.__init__.__kwdefaults__, "poll_seconds", 0.2)
    return folder / "demo" / "swarm"


def edit(tables: Path, table: str, name: str, column: int, value: str) -> None:
    """Change the swarm behind the program's back, as another operator would."""
    rows = [line.split("\t") for line in (tables / table).read_text().splitlines()]
    for row in rows:
        if row[1] == name:
            row[column] = value
    (tables / table).write_text("".join("\t".join(row) + "\n" for row in rows))


def node(tables: Path, name: str) -> list[str]:
    return next(row for row in map(str.split, (tables / "nodes").read_text().splitlines()) if row[1] == name)


def test_a_registered_manager_shows_its_swarm_in_every_list(cli, tables):
    for words in (("status", "--json"), ("server", "list", "--json")):
        data = cli(*words).data
        ANSWERS[" ".join(words[:-1])].model_validate(data)
        shown = data["servers"]["checks"][0] if words[0] == "status" else data["servers"][0]
        assert shown["targetKind"] == "docker-swarm-manager"
        topology = shown["swarmTopology"]
        assert topology["summary"] == {
            "nodeCount": 5,
            "managerCount": 3,
            "workerCount": 2,
            "activeNodeCount": 3,
            "reachableNodeCount": 5,
        }
        assert (topology["clusterName"], topology["source"]) == ("edge", "registration")
        assert topology["defaultNamespace"] is None, "two stacks: neither is the default"
        assert 0 <= topology["ageSeconds"] < 60
        assert [one["name"] for one in topology["nodes"]] == [name for name, *_ in NODES]
    assert (
        "edge: 3 managers, 2 workers, 3 active, 5 reachable, seen"
        in cli("server", "show", "--server", "edge").out
    )


def test_an_engine_has_no_topology_and_is_told_how_to_get_one(cli, ready):
    before = cli("server", "ops", "history", "--server", "edge", "--json").data["operations"]
    assert cli("status", "--json").data["servers"]["checks"][0]["swarmTopology"] is None
    for words in (REFRESH, (*DRAIN, "--dry-run"), (*SCALE, "2", "--yes")):
        answer = cli(*words, "--json")
        assert (answer.status, answer.code) == (1, "NOT_SWARM_MANAGER")
        assert "--kind docker-swarm-manager" in answer.document["next"]
    after = cli("server", "ops", "history", "--server", "edge", "--json").data["operations"]
    assert after == before, "nothing was recorded"


def test_the_topology_of_another_host_does_not_outlive_the_kind(cli, tables):
    cli("server", "update", "--server", "edge", "--kind", "docker-engine", "--yes")
    cli("server", "update", "--server", "edge", "--name", "edge-2", "--yes")
    assert cli("status", "--json").data["servers"]["checks"][0]["swarmTopology"] is None


def test_refresh_topology_reads_nodes_services_tasks_and_quorum(cli, tables):
    answer = cli(*REFRESH, "--json")
    assert answer.status == 0
    ANSWERS["server ops swarm refresh-topology"].model_validate(answer.data)
    topology = answer.data["result"]["topology"]
    assert topology["quorum"] == {"managers": 3, "reachable": 3, "needed": 2, "holds": True, "spare": 1}
    leader = next(one for one in topology["nodes"] if one["managerStatus"] == "leader")
    assert (leader["name"], leader["host"], leader["engineVersion"]) == (
        "swarm-mgr-a",
        "10.0.4.11",
        "26.1.5+dfsg1",
    )
    services = {one["name"]: (one["running"], one["replicas"], one["mode"]) for one in topology["services"]}
    assert services["shop_api"] == (3, 3, "replicated")
    assert services["edge_proxy"] == (3, 3, "global")
    assert sum(one["tasks"] for one in topology["nodes"]) == len(topology["tasks"]) == 13
    assert answer.data["operation"]["kind"] == "swarm_topology_refresh"
    assert "swarm-wrk-2" in cli(*REFRESH).out


def test_a_dry_run_of_a_drain_records_what_would_follow_and_exits_0(cli, tables):
    answer = cli(*DRAIN, "--dry-run", "--json")
    assert answer.status == 0
    ANSWERS["server ops swarm node availability"].model_validate(answer.data)
    plan = answer.data["result"]
    assert plan["command"] == "docker node update --availability drain swarm-wrk-2"
    moves = {one["service"]: (one["tasks"], one["unplaced"], one["likely"]) for one in plan["moves"]}
    assert moves["shop_api"] == (1, 0, {"swarm-wrk-1": 1})
    assert moves["shop_web"] == (1, 1, {}), "at most one a node, and only workers"
    assert [one["service"] for one in plan["stops"]] == ["edge_proxy"]
    assert plan["unplaced"] == 1
    assert (plan["danger"], plan["reversible"]) == (3, False)
    assert plan["stay"]["known"] is False, "the worker is not registered here"
    assert plan["quorumBefore"] == plan["quorumAfter"]
    assert answer.data["operation"]["kind"] == "swarm_node_availability_plan"
    assert answer.data["operation"]["dryRun"] is True
    assert node(tables, "swarm-wrk-2")[3] == "active", "nothing was changed"


def test_yes_makes_a_plan_shows_it_applies_it_and_says_where_everything_went(cli, tables):
    answer = cli(*DRAIN, "--yes")
    assert answer.status == 0, answer
    first, last = answer.out.index("Would run"), answer.out.index("SERVICE ")
    assert first < last
    assert "3 tasks started on swarm-wrk-1" in answer.out
    assert "1 without a place, as planned" in answer.out
    assert node(tables, "swarm-wrk-2")[3] == "drain"
    kinds = [
        one["kind"]
        for one in cli("server", "ops", "history", "--server", "edge", "--json").data["operations"]
    ]
    assert kinds[:2] == ["swarm_node_availability_update", "swarm_node_availability_plan"]
    drained = cli("status", "--json").data["servers"]["checks"][0]["swarmTopology"]["summary"]
    assert drained["activeNodeCount"] == 2, "the snapshot was refreshed"
    newest = cli("server", "ops", "history", "--server", "edge", "-q").out.split()[0]
    told = cli("server", "ops", "logs", "--operation", newest).out
    assert "docker node update --availability drain" in told
    assert "everything is in its place" in told


def test_a_named_plan_is_applied_once(cli, tables):
    plan = cli(*DRAIN, "--dry-run", "-q").out.strip()
    done = cli(*DRAIN, "--yes", "--plan", plan, "--json")
    assert done.status == 0, done
    ANSWERS["server ops swarm node availability"].model_validate(done.data)
    result = done.data["result"]
    assert (result["planId"], result["converged"], result["asPlanned"]) == (plan, True, True)
    assert (result["before"], result["after"], result["leftOnNode"]) == ("active", "drain", 0)
    again = cli(*DRAIN, "--yes", "--plan", plan, "--json")
    assert (again.status, again.code) == (1, "PLAN_USED")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*DRAIN[:-1], "pause"), "PLAN_MISMATCH"),
        ((*DRAIN[:-3], "swarm-wrk-1", "--availability", "drain"), "PLAN_MISMATCH"),
        ((*SCALE, "3"), "PLAN_MISMATCH"),
    ],
)
def test_a_plan_serves_no_other_change(cli, tables, words, code):
    plan = cli(*DRAIN, "--dry-run", "-q").out.strip()
    answer = cli(*words, "--yes", "--plan", plan, "--json")
    assert (answer.status, answer.code) == (1, code)
    assert node(tables, "swarm-wrk-2")[3] == "active"


def test_a_plan_is_stale_when_the_swarm_is_no_longer_what_it_rests_on(cli, tables):
    plan = cli(*DRAIN, "--dry-run", "-q").out.strip()
    edit(tables, "nodes", "swarm-wrk-1", 3, "pause")
    answer = cli(*DRAIN, "--yes", "--plan", plan, "--json")
    assert (answer.status, answer.code) == (1, "PLAN_STALE")
    assert "'worker, pause, ready', was 'worker, active, ready'" in answer.document["why"]
    assert node(tables, "swarm-wrk-2")[3] == "active", "nothing was changed"


def test_a_change_between_the_look_and_the_command_is_refused_by_the_host(cli, tables, monkeypatch):
    """Two operators at once: the versions that a manager gives are compared in the same breath as the change."""
    plan = cli(*DRAIN, "--dry-run", "-q").out.strip()
    look = "daoflow_core.services.swarm_apply.changed_ground"

    def meanwhile(planned, now):
        edit(tables, "nodes", "swarm-wrk-2", 4, "99")
        return []

    monkeypatch.setattr(look, meanwhile)
    answer = cli(*DRAIN, "--yes", "--plan", plan, "--json")
    assert (answer.status, answer.code) == (1, "PLAN_STALE")
    assert node(tables, "swarm-wrk-2")[3] == "active"


def test_an_old_plan_is_refused(cli, tables, home):
    plan = cli(*DRAIN, "--dry-run", "-q").out.strip()
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        body = json.loads(
            database.execute("select result from operations where id = ?", (plan,)).fetchone()[0]
        )
        body["monotonicSeconds"] -= 1860
        changed = database.execute(
            "select name from sqlite_master where type = 'trigger' and tbl_name = 'operations'"
        )
        for (name,) in changed.fetchall():
            database.execute(f"drop trigger {name}")
        database.execute("update operations set result = ? where id = ?", (json.dumps(body), plan))
    database.close()
    answer = cli(*DRAIN, "--yes", "--plan", plan, "--json")
    assert (answer.status, answer.code) == (1, "PLAN_EXPIRED"), answer.document


def test_the_last_manager_that_answers_is_neither_drained_nor_paused(cli, tables):
    rows = (tables / "nodes").read_text().splitlines(keepends=True)
    (tables / "nodes").write_text(
        "".join(row for row in rows if "swarm-mgr-b" not in row and "swarm-mgr-c" not in row)
    )
    for wanted in ("drain", "pause"):
        words = (
            *SWARM,
            "node",
            "availability",
            "--server",
            "edge",
            "--node",
            "swarm-mgr-a",
            "--availability",
            wanted,
        )
        for last in ("--dry-run", "--yes"):
            answer = cli(*words, last, "--json")
            assert (answer.status, answer.code) == (1, "UNSAFE_OPERATION")
    assert node(tables, "swarm-mgr-a")[3] == "active"


def test_a_name_of_two_nodes_is_refused_and_an_id_is_taken(cli, tables):
    edit(tables, "nodes", "swarm-wrk-1", 1, "swarm-wrk-2")
    answer = cli(*DRAIN, "--dry-run", "--json")
    assert (answer.status, answer.code) == (1, "CONFLICT")
    assert len(answer.document["nodes"]) == 2
    by_id = cli(*DRAIN[:-3], answer.document["nodes"][0], "--availability", "drain", "--dry-run", "--json")
    assert by_id.status == 0
    nobody = cli(*DRAIN[:-3], "worker-9", "--availability", "drain", "--dry-run", "--json")
    assert (nobody.status, nobody.code) == (1, "NOT_FOUND")
    assert "swarm-mgr-a" in nobody.document["why"]


def test_a_service_is_scaled_up_down_and_to_nothing(cli, tables):
    plan = cli(*SCALE, "5", "--dry-run", "--json")
    ANSWERS["server ops swarm service scale"].model_validate(plan.data)
    assert plan.data["result"]["adds"]["likely"] == {"swarm-wrk-2": 2}
    assert plan.data["result"]["danger"] == 2
    for number in ("5", "2", "0"):
        done = cli(*SCALE, number, "--yes", "--json")
        assert done.status == 0, done
        ANSWERS["server ops swarm service scale"].model_validate(done.data)
        assert done.data["result"]["after"] == number
    zero = cli(*SCALE, "0", "--dry-run", "--json").data["result"]
    assert (zero["danger"], zero["changes"]) == (3, False)


def test_past_its_capacity_a_service_is_partly_up_and_says_why(cli, tables):
    words = (*SWARM, "service", "scale", "--server", "edge", "--service", "shop_web", "--replicas", "4")
    plan = cli(*words, "--dry-run", "--json").data["result"]
    assert (plan["capacity"], plan["unplaced"]) == (0, 2)
    done = cli(*words, "--yes", "--json")
    assert (done.status, done.code) == (1, "SWARM_NOT_SETTLED")
    assert done.document["status"] == "partial"
    service = done.document["result"]["services"][0]
    assert (service["running"], service["replicas"], service["pending"]) == (2, 4, 2)
    assert service["reason"].startswith("no suitable node")


def test_a_global_service_is_refused_with_the_reason(cli, tables):
    answer = cli(*SCALE[:-2], "edge_proxy", "--replicas", "3", "--dry-run", "--json")
    assert (answer.status, answer.code) == (1, "SERVICE_NOT_SCALABLE")
    assert "one task on every node" in answer.document["why"]


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (DRAIN, 1, "CONFIRMATION_REQUIRED"),
        ((*DRAIN, "--dry-run", "--yes"), 64, "USAGE"),
        ((*DRAIN[:-1], "sleep", "--dry-run"), 64, "USAGE"),
        ((*SCALE, "-1", "--dry-run"), 64, "USAGE"),
        ((*SCALE, "2", "--yes", "--plan", "op_none"), 1, "PLAN_MISMATCH"),
    ],
)
def test_an_unclear_line_changes_nothing(cli, tables, counted, words, status, code):
    before = counted()
    answer = cli(*words, "--json")
    assert (answer.status, answer.code) == (status, code)
    assert {name for name, rows in counted().items() if rows != before[name]} <= {"audit"}


def test_a_worker_registered_as_a_manager_is_told_so(cli, tables):
    (tables.parent / "swarm-manager").write_text("false\n")
    answer = cli(*REFRESH, "--json")
    assert (answer.status, answer.code) == (1, "SWARM_WORKER")
    assert "docker node promote" in answer.document["next"]
    (tables.parent / "swarm-state").write_text("inactive\n")
    assert cli(*REFRESH, "--json").code == "SWARM_INACTIVE"
