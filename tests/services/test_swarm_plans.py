"""What a plan foretells, held against Swarm's own rules of placement; and what it must warn of."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.model.swarm import (
    PublishedPort,
    SwarmNode,
    SwarmService,
    SwarmTask,
    SwarmTopology,
    quorum_of,
    summary_of,
)
from daoflow_core.model.swarm_plans import NodePlan, PlainContainers, ScalePlan
from daoflow_core.services.swarm_ground import changed_ground
from daoflow_core.services.swarm_judgement import refuse_unsafe
from daoflow_core.services.swarm_outcome import node_progress, scale_progress
from daoflow_core.services.swarm_placement import Forecast, fits
from daoflow_core.services.swarm_planned import node_plan, scale_plan
from daoflow_core.swarm_errors import UnsafeOperation, Unscalable

GIB = 1024**3
BASE = {"planned_at": "2026-11-25T15:00:00.000Z", "expires_at": "2026-11-25T15:30:00.000Z"}
ALONE = PlainContainers(known=True)


def a_node(name: str, **changes: object) -> SwarmNode:
    plain = {
        "id": f"{name:0<25}",
        "name": name,
        "host": "10.0.0.1",
        "role": "worker",
        "availability": "active",
        "reachability": "reachable",
        "manager_status": "none",
        "state": "ready",
        "os": "linux",
        "architecture": "x86_64",
        "nano_cpus": 4_000_000_000,
        "memory_bytes": 8 * GIB,
    }
    if changes.get("role") == "manager":
        plain["manager_status"] = "reachable"
    return SwarmNode.model_validate({**plain, **changes})


def a_service(name: str = "web", **changes: object) -> SwarmService:
    plain = {"id": f"s{name:0<24}", "name": name, "mode": "replicated", "replicas": 1, "running": 1}
    return SwarmService.model_validate({**plain, **changes})


def a_swarm(
    nodes: Iterable[SwarmNode],
    services: Iterable[SwarmService] = (),
    places: Iterable[tuple[str, str | None]] = (),
) -> SwarmTopology:
    """`places` are services' names with the names of the nodes that run a task each."""
    nodes, services = tuple(nodes), tuple(services)
    ids = {one.name: one.id for one in (*nodes, *services)}
    tasks = [
        SwarmTask(
            id=f"t{number:0>24}",
            service_id=ids[service],
            node_id=ids[node] if node else None,
            desired="running",
            state="running" if node else "pending",
            error=None if node else "no suitable node (…)",
        )
        for number, (service, node) in enumerate(places)
    ]
    return SwarmTopology(
        cluster_id="c",
        cluster_name="prod",
        observed_at=BASE["planned_at"],
        summary=summary_of(nodes),
        quorum=quorum_of(nodes),
        nodes=nodes,
        services=services,
        tasks=tuple(tasks),
    )


def drain(swarm: SwarmTopology, name: str, stay: PlainContainers = ALONE) -> NodePlan:
    return node_plan(swarm, next(one for one in swarm.nodes if one.name == name), "drain", stay, BASE)


def scaled(swarm: SwarmTopology, number: int) -> ScalePlan:
    return scale_plan(swarm, swarm.services[0], number, BASE)


MANAGER, A, B = a_node("m", role="manager", manager_status="leader"), a_node("a"), a_node("b")


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        ("node.role==worker", True),
        ("node.role == WORKER", True),
        ("node.role!=worker", False),
        ("node.hostname==a", True),
        ("node.id==nobody", False),
        ("node.labels.zone==left", True),
        ("node.labels.zone!=left", False),
        ("node.labels.none==x", False),
        ("node.labels.none!=x", True),
        ("engine.labels.disk==ssd", True),
        ("node.platform.os==linux", True),
        ("node.platform.arch==x86_64", True),
        ("node.ip==10.0.0.0/24", True),
        ("node.ip!=10.0.0.1", False),
        ("node.colour==red", False),
        ("node.role=worker", False),
    ],
)
def test_a_constraint_is_judged_as_swarm_judges_it(constraint: str, expected: bool) -> None:
    node = a_node("a", labels={"zone": "left"}, engine_labels={"disk": "ssd"})
    assert fits(node, a_service(constraints=(constraint,))) is expected


@pytest.mark.parametrize(
    ("platforms", "expected"),
    [((), True), ((("linux", "amd64"),), True), ((("linux", "arm64"),), False), ((("", ""),), True)],
)
def test_an_image_runs_where_its_platform_is(platforms: tuple[tuple[str, str], ...], expected: bool) -> None:
    assert fits(A, a_service(platforms=platforms)) is expected


@pytest.mark.parametrize(
    ("limit", "room", "reason"),
    [
        ({"max_per_node": 1}, 1, "at most 1 a node"),
        ({"ports": (PublishedPort(published=80, target=80, mode="host"),)}, 1, "host port in use"),
        ({"nano_cpus": 2_000_000_000}, 3, "too little CPU left"),
        ({"memory_bytes": 3 * GIB}, 3, "too little memory left"),
        ({"generic": {"gpu": 1}}, 0, "too little gpu left"),
        ({"constraints": ("node.hostname==b",), "max_per_node": 4}, 4, "constraints or platform do not fit"),
    ],
)
def test_what_limits_a_service_is_its_capacity(limit: dict[str, object], room: int, reason: str) -> None:
    service = a_service(**limit)
    swarm = a_swarm(
        [A, B], [service], [("web", "a")] if reason != "constraints or platform do not fit" else []
    )
    found = scaled(swarm, 10)
    assert found.capacity == room
    assert found.unplaced == found.adds.tasks - room
    assert reason in found.adds.reason


def test_without_a_limit_the_capacity_is_past_counting() -> None:
    assert scaled(a_swarm([A], [a_service()], [("web", "a")]), 3).capacity is None


def test_tasks_spread_over_the_nodes_that_have_the_fewest() -> None:
    swarm = a_swarm([A, B, a_node("c")], [a_service(replicas=2)], [("web", "a"), ("web", "a")])
    assert scaled(swarm, 5).adds.likely == {"b": 2, "c": 1}


def test_a_paused_drained_or_dead_node_takes_nothing() -> None:
    nodes = [a_node("p", availability="pause"), a_node("d", availability="drain"), a_node("x", state="down")]
    found = scaled(a_swarm([A, *nodes], [a_service()], [("web", "a")]), 2)
    assert found.adds.candidates == ("a",)


def test_a_drain_tells_what_moves_what_stops_and_what_has_no_place() -> None:
    services = [
        a_service("api", replicas=2),
        a_service("proxy", mode="global", replicas=2),
        a_service("db", constraints=("node.hostname==a",), local_volumes=("pgdata",)),
    ]
    places = [("api", "a"), ("api", "b"), ("proxy", "a"), ("proxy", "b"), ("db", "a")]
    plan = drain(
        a_swarm([MANAGER, A, B], services, places), "a", PlainContainers(known=True, names=("redis",))
    )
    moves = {one.service: one for one in plan.moves}
    assert (moves["api"].likely, moves["api"].unplaced) == ({"m": 1}, 0)
    assert (moves["db"].likely, moves["db"].unplaced) == ({}, 1)
    assert [(one.service, one.tasks) for one in plan.stops] == [("proxy", 1)]
    told = " ".join(plan.warnings)
    assert "db runs on a alone: it is down until its replacements run." in told
    assert "db keeps data in local volumes that stay on a: pgdata." in told
    assert "1 plain container will NOT move: redis." in told
    assert "Swarm does not wait for replacements" in told
    assert (plan.danger, plan.reversible, plan.unplaced) == (3, False, 1)


def test_the_only_worker_sends_its_tasks_to_managers_and_says_so() -> None:
    plan = drain(a_swarm([MANAGER, A], [a_service()], [("web", "a")]), "a")
    assert "No other worker is active: tasks go to managers (m)." in plan.warnings


def test_plain_containers_that_nobody_could_ask_are_not_none() -> None:
    plan = drain(a_swarm([MANAGER, A]), "a", PlainContainers(known=False, reason="a is not registered here"))
    assert "Whether plain containers run on a is not known: a is not registered here." in plan.warnings


def test_an_activated_node_gets_global_tasks_and_what_waits() -> None:
    services = [a_service("proxy", mode="global"), a_service("api", constraints=("node.role==worker",))]
    swarm = a_swarm([MANAGER, a_node("a", availability="drain")], services, [("proxy", "m"), ("api", None)])
    plan = node_plan(swarm, swarm.nodes[1], "active", ALONE, BASE)
    assert sorted((one.service, one.tasks) for one in plan.starts) == [("api", 1), ("proxy", 1)]
    assert (plan.danger, plan.reversible) == (2, True)


def test_a_pause_moves_nothing() -> None:
    swarm = a_swarm([MANAGER, A], [a_service()], [("web", "a")])
    plan = node_plan(swarm, A, "pause", ALONE, BASE)
    assert (plan.moves, plan.stops, plan.danger) == ((), (), 2)


@pytest.mark.parametrize("others", [(), ("unreachable",), ("unreachable", "unreachable")])
def test_the_last_manager_that_answers_is_never_taken_out(others: tuple[str, ...]) -> None:
    away = [a_node(f"m{one}", role="manager", manager_status=state) for one, state in enumerate(others)]
    for wanted in ("drain", "pause"):
        with pytest.raises(UnsafeOperation):
            refuse_unsafe(a_swarm([MANAGER, *away, A]), MANAGER, wanted)
    refuse_unsafe(a_swarm([MANAGER, *away, A]), MANAGER, "active")
    refuse_unsafe(a_swarm([MANAGER, *away, A]), A, "drain")
    refuse_unsafe(a_swarm([MANAGER, a_node("m9", role="manager")]), MANAGER, "drain")


def test_two_of_three_managers_are_said_to_be_one_away_from_the_end() -> None:
    managers = [a_node("m2", role="manager"), a_node("m3", role="manager", manager_status="unreachable")]
    plan = drain(a_swarm([MANAGER, *managers, A]), "a")
    assert "2 of 3 managers answer; losing one more stops the swarm." in plan.warnings
    assert (plan.quorum_before.spare, plan.quorum_after.spare) == (0, 0), "a drained manager keeps its vote"


@pytest.mark.parametrize("mode", ["global", "global-job", "replicated-job"])
def test_what_has_no_replicas_is_not_scaled(mode: str) -> None:
    with pytest.raises(Unscalable):
        scaled(a_swarm([A], [a_service(mode=mode)]), 2)


def test_scaling_to_nothing_is_the_highest_danger() -> None:
    swarm = a_swarm([A], [a_service(replicas=3, running=3)], [("web", "a")] * 3)
    assert [(scaled(swarm, number).danger, scaled(swarm, number).removes) for number in (1, 0)] == [
        (2, 2),
        (3, 3),
    ]


def test_the_ground_of_a_plan_is_what_it_rests_on_and_nothing_else() -> None:
    services = [a_service("api", replicas=2), a_service("other")]
    before = a_swarm([MANAGER, A, B], services, [("api", "a"), ("api", "b"), ("other", "b")])
    plan = drain(before, "a")
    busier = a_swarm([MANAGER, A, B], services, [("api", "a"), ("api", "b"), ("other", "b"), ("other", "b")])
    assert changed_ground(plan.ground, drain(busier, "a").ground) == []
    led = a_swarm([a_node("m", role="manager"), A, B], services, [("api", "a"), ("api", "b")])
    assert changed_ground(plan.ground, drain(led, "a").ground) == [], "who leads decides nothing"
    for other in (
        a_swarm([MANAGER, A, a_node("b", state="down")], services, [("api", "a"), ("api", "b")]),
        a_swarm([MANAGER, A, B], services, [("api", "a"), ("api", "a")]),
        a_swarm([MANAGER, A, B, a_node("c")], services, [("api", "a"), ("api", "b")]),
        a_swarm([MANAGER, A], services, [("api", "a")]),
    ):
        assert len(changed_ground(plan.ground, drain(other, "a").ground)) == 1


def test_a_drain_is_done_when_the_node_is_empty_and_the_replacements_run() -> None:
    before = a_swarm([MANAGER, A, B], [a_service()], [("web", "a")])
    plan = drain(before, "a")
    drained = a_node("a", availability="drain")
    undone = node_progress(plan, before, before, ())
    assert (undone.done, undone.stuck, undone.words) == (False, True, "a is set to active, not to drain")
    gone = a_swarm([MANAGER, drained, B], [a_service()], [("web", None)])
    progress = node_progress(plan, before, gone, ())
    assert (progress.done, progress.stuck) == (False, True), "a task that has no place anywhere stays so"
    moved = a_swarm([MANAGER, drained, B], [a_service()], [("web", "b")])
    assert not node_progress(plan, before, moved, before.tasks).done, "the old one has not ended yet"
    assert node_progress(plan, before, moved, ()).done


def test_scaling_is_done_when_exactly_so_many_run() -> None:
    before = a_swarm([A], [a_service(replicas=1, running=1)], [("web", "a")])
    plan = scaled(before, 2)
    short = a_swarm([A], [a_service(replicas=2, running=1)], [("web", "a"), ("web", None)])
    assert (scale_progress(plan, short).done, scale_progress(plan, short).stuck) == (False, True)
    assert scale_progress(plan, a_swarm([A], [a_service(replicas=2, running=2)], [("web", "a")] * 2)).done
    assert not scale_progress(plan, a_swarm([A], [a_service(replicas=2, running=3)], [("web", "a")] * 3)).done


@given(st.integers(0, 12), st.integers(1, 5), st.one_of(st.none(), st.integers(1, 3)))
def test_every_task_has_one_place_or_none_and_no_limit_is_passed(
    tasks: int, nodes: int, most: int | None
) -> None:
    names = [f"n{number}" for number in range(nodes)]
    service = a_service(max_per_node=most)
    placed = Forecast(a_swarm([a_node(name) for name in names], [service])).place(service, tasks)
    assert sum(placed.likely.values()) + placed.unplaced == tasks
    assert set(placed.likely) <= set(placed.candidates) == set(names)
    if most is not None:
        assert all(number <= most for number in placed.likely.values())
    counts = [placed.likely.get(name, 0) for name in names]
    assert max(counts) - min(counts) <= 1
    assert (placed.unplaced > 0) == (placed.reason is not None)
