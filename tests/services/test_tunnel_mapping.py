"""Where a route leads: said only when it is known, and unknown is not unmapped."""

from __future__ import annotations

from functools import partial

import pytest
from tests.store.parts import a_server

from daoflow_core.model.operation import OperationKind, OperationStatus
from daoflow_core.model.published import Directory, PublishedService
from daoflow_core.model.server import Environment, ServerKind
from daoflow_core.model.swarm import PublishedPort, SwarmService, SwarmTopology, quorum_of, summary_of
from daoflow_core.services.tunnels_mapping import mapping_of
from daoflow_core.store import published, servers, swarm

WEB = PublishedService("srv_1", "edge-1", "shop_web", (8000,), (3000,))
API = PublishedService("srv_2", "edge-2", "api")
ALL = Directory((WEB, API))


@pytest.mark.parametrize(
    ("service", "state", "server"),
    [
        ("web:3000", "mapped", "edge-1"),
        ("http://shop_web:3000", "mapped", "edge-1"),
        ("web:4000", "unknown", None),
        ("api:8080", "mapped", "edge-2"),
        ("http://localhost:8000", "mapped", "edge-1"),
        ("127.0.0.1:8000", "mapped", "edge-1"),
        ("localhost:3000", "unmapped", None),
        ("localhost:9", "unmapped", None),
        ("nothing:1", "unmapped", None),
        ("http_status:404", "unmapped", None),
        ("unix:/run/x.sock", "unmapped", None),
    ],
)
def test_a_service_is_found_by_name_and_port(service, state, server):
    found = mapping_of(service, ALL)
    assert (found.state, found.server_name) == (state, server)
    assert found.reason


def test_what_nobody_saw_is_unknown_and_not_unmapped():
    assert mapping_of("web:3000", Directory()).state == "unknown"
    some = mapping_of("nothing:1", Directory((WEB,), ("edge-9",)))
    assert (some.state, "edge-9" in some.reason) == ("unknown", True)


def test_two_servers_with_the_service_are_no_answer():
    twice = Directory((WEB, PublishedService("srv_3", "edge-3", "web", (80,), (3000,))))
    found = mapping_of("web:3000", twice)
    assert (found.state, "edge-1, edge-3" in found.reason) == ("unknown", True)


def a_topology(at: str) -> SwarmTopology:
    """One swarm, one service behind a published port."""
    web = SwarmService(
        id="s1", name="shop_web", mode="replicated", ports=(PublishedPort(published=80, target=3000),)
    )
    return SwarmTopology(
        cluster_id="c1",
        cluster_name="prod",
        observed_at=at,
        summary=summary_of(()),
        quorum=quorum_of(()),
        nodes=(),
        services=(web,),
    )


async def test_services_come_from_the_newest_topology_of_each_swarm(open_core):
    """Two managers of one swarm and an engine: the swarm counts once, the engine's services are not known."""
    core = await open_core()
    managers = [
        a_server(name, environment=Environment.NONE, kind=ServerKind.SWARM_MANAGER) for name in ("m1", "m2")
    ]
    for server in (*managers, a_server("vps", environment=Environment.NONE)):
        await core.database.write(partial(servers.insert, server=server))
    for number, server in enumerate(managers):
        how = {
            "dry_run": False,
            "scope": "server:read",
            "actor": "mara",
            "summary": "x",
            "action": "server.check",
        }
        async with await core.recorder.begin(server, OperationKind.READINESS_CHECK, **how) as handle:
            topology = a_topology(f"2026-11-25T10:0{number}:00.000Z")
            keep = partial(
                swarm.keep, server_id=server.id, operation_id=handle.operation.id, topology=topology
            )
            await core.database.write(keep)
            await handle.finish(OperationStatus.COMPLETED, "done")
    found = await published.directory(core.database)
    assert [(one.server_name, one.name, one.published, one.targets) for one in found.services] == [
        ("m2", "shop_web", (80,), (3000,))
    ]
    assert found.unseen == ("vps",)
    assert mapping_of("web:3000", found).server_name == "m2"
    assert mapping_of("nothing:1", found).state == "unknown"
