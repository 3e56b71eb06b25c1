"""Where a route leads: said only when it is known, and unknown is not unmapped."""

from __future__ import annotations

import pytest

from daoflow_core.model.published import Directory, PublishedService
from daoflow_core.services.tunnels_mapping import mapping_of

WEB = PublishedService("srv_1", "edge-1", "shop_web", (3000,))
API = PublishedService("srv_2", "edge-2", "api", None)
ALL = Directory((WEB, API))


@pytest.mark.parametrize(
    ("service", "state", "server"),
    [
        ("web:3000", "mapped", "edge-1"),
        ("http://shop_web:3000", "mapped", "edge-1"),
        ("web:4000", "unmapped", None),
        ("api:8080", "mapped", "edge-2"),
        ("http://localhost:3000", "mapped", "edge-1"),
        ("127.0.0.1:3000", "mapped", "edge-1"),
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
    twice = Directory((WEB, PublishedService("srv_3", "edge-3", "web", (3000,))))
    found = mapping_of("web:3000", twice)
    assert (found.state, "edge-1, edge-3" in found.reason) == ("unknown", True)
