"""The order of an import: jump hosts first, and a reason for everything that can't follow."""

from __future__ import annotations

from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.model.ssh_config import Candidate
from daoflow_core.services.import_hops import HopsFirst, Imported, Skipped


def host(alias: str, jump: str = "", skip: str = "", address: str = "10.0.0.1") -> Candidate:
    return Candidate(alias, address, 22, "deploy", None, "config:1", skip, jump)


def server(name: str, address: str = "10.0.0.1") -> Server:
    end = Endpoint(address, 22, "deploy")
    return Server(f"srv_{name}", name, end, "", ServerKind.ENGINE, Environment.NONE, None, False, "", "")


def walk(wanted: list[Candidate], *registered: Server, fail: str = "") -> list[dict[str, str | None]]:
    """The turns, each with what every host was registered through, or why not."""
    order, turns, outcomes = HopsFirst(wanted, wanted, registered), [], {}
    while turn := order.next_turn(outcomes):
        turns.append({one.alias: hop.skip or hop.server_id for one, hop in turn})
        for one, hop in turn:
            reason = hop.skip or ("no" if one.alias == fail else "")
            outcomes[one.alias] = Skipped(one, reason) if reason else Imported(one, f"srv_{one.alias}", None)
    return turns


def test_a_chain_is_registered_from_this_end_whatever_the_order_in_the_file():
    found = walk([host("c", "b"), host("b", "a"), host("a"), host("d")])
    assert found == [{"a": None, "d": None}, {"b": "srv_a"}, {"c": "srv_b"}]


def test_a_registered_server_of_that_name_and_place_is_the_hop():
    assert walk([host("b", "a")], server("a")) == [{"b": "srv_a"}]
    turns = walk([host("b", "a"), host("a", skip="a reason")])
    assert turns == [{"a": "a reason"}, {"b": "Its jump host a is left out: a reason"}]
    (turn,) = walk([host("b", "nobody")], server("a"))
    assert "nobody is neither registered nor taken over" in str(turn["b"])


def test_a_server_of_the_same_name_elsewhere_is_not_taken_for_it():
    turns = walk([host("b", "a"), host("a", address="10.9.9.9")], server("a"), fail="a")
    assert turns[-1] == {"b": "Its jump host a is left out: no"}


def test_what_waits_for_each_other_is_left_out_and_ends():
    (turn,) = walk([host("a", "b"), host("b", "a")])
    assert all("through each other" in str(why) for why in turn.values())
