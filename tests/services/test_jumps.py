"""Jump hosts, the whole core over real SSH: who may be one, what stands in the way, and what the record says."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.services.conftest import Login

from daoflow_core.errors import Conflict, NotFound, ScopeDenied
from daoflow_core.jump_errors import JumpHostRefused, JumpHostUnusable
from daoflow_core.model.identity import Verification
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.registration import ServerChanges
from daoflow_core.model.server import Endpoint
from daoflow_core.scopes import OWNER_SCOPES
from daoflow_core.services.access import Principal
from daoflow_core.store import servers as server_rows

READY, BLOCKED, UNKNOWN = ReadinessStatus.READY, ReadinessStatus.BLOCKED, ReadinessStatus.UNKNOWN
NOBODY = Endpoint("192.0.2.1", 22, "deploy")
"""An address that answers nobody; only behind a hop that is refused before it is asked."""


@pytest.fixture
def trust(core, draft):
    """Registers a peer under a name, trusted at once."""

    async def add(name, peer, **more):
        key = peer.host_keys[0].fingerprint
        return await core.servers.add(draft(name, peer.endpoint("deploy"), approve_fingerprint=key, **more))

    return add


@pytest.fixture
async def bastion(start_peer, trust):
    peer = await start_peer(forwards=True)
    assert (await trust("bastion-1", peer)).readiness.status is READY
    return peer


@pytest.fixture
async def edge(start_peer, trust, bastion):
    """A ready server that is reached through bastion-1."""
    peer = await start_peer()
    made = await trust("edge", peer, jump="bastion-1")
    assert made.readiness.status is READY
    return peer


def codes(readiness):
    return [issue.code for issue in readiness.issues]


async def first_issue(core, name="edge"):
    readiness = await core.readiness.check(name)
    assert readiness.status is BLOCKED
    return readiness.issues[0]


async def test_scan_approval_check_and_later_looks_all_go_through_the_hop(core, bastion, edge):
    hop = await core.inventory.find("bastion-1")
    assert (await core.inventory.find("edge")).jump_server_id == hop.id
    assert edge.log.connections == len(bastion.log.forwards) > 2
    await core.targets.prove(await core.inventory.find("edge"))
    await core.identity.scan("edge")
    assert edge.log.connections == len(bastion.log.forwards)
    assert set(bastion.log.forwards) == {("127.0.0.1", edge.port)}


async def test_the_log_of_a_check_and_of_a_scan_names_the_hop(core, edge):
    operation = (await core.readiness.check("edge")).operation_id
    told = [line.message for line in await core.history.lines(operation)]
    assert any("through bastion-1" in line for line in told)


async def test_the_fleet_shows_the_hop_by_id_and_name(core, edge):
    row = await core.fleet.row("edge")
    hop = await core.inventory.find("bastion-1")
    assert (row["jump_server_id"], row["jump_server_name"]) == (hop.id, "bastion-1")


async def test_an_unapproved_hop_blocks_and_neither_of_both_is_sent_anything(core, start_peer, draft):
    hop, peer = await start_peer(forwards=True), await start_peer()
    await core.servers.add(draft("bastion-1", hop.endpoint("deploy")))
    made = await core.servers.add(draft("edge", peer.endpoint("deploy"), jump="bastion-1"))
    assert (made.readiness.status, codes(made.readiness)) == (BLOCKED, ["jump-host-unapproved"])
    issue = made.readiness.issues[0]
    assert "bastion-1" in issue.message
    assert "host-key approve --server bastion-1" in issue.next_step
    with pytest.raises(JumpHostUnusable):
        await core.identity.scan("edge")
    assert (peer.log.connections, hop.log.users, hop.log.forwards) == (0, [], [])


async def test_a_swapped_hop_blocks_what_is_behind_it_until_it_is_rotated(core, bastion, edge):
    seen, connections = list(bastion.log.users), edge.log.connections
    bastion.rotate_host_key()
    bastion.drop()
    issue = await first_issue(core)
    assert issue.code == "jump-host-changed"
    assert "bastion-1" in issue.message
    assert bastion.log.users == seen
    assert edge.log.connections == connections
    report = await core.identity.report("edge")
    assert report.verification is Verification.MATCH, "nothing is wrong with its own key"
    await core.identity.rotate("bastion-1", bastion.host_keys[0].fingerprint)
    assert (await core.readiness.check("edge")).status is READY


async def test_a_hop_that_is_down_is_named_with_the_next_step(core, bastion, edge):
    await bastion.aclose()
    connections = edge.log.connections
    issue = await first_issue(core)
    assert issue.code == "jump-host-down"
    assert "server check --server bastion-1" in issue.next_step
    assert (await core.readiness.latest((await core.inventory.find("edge")).id)).ssh_reachable is None
    assert edge.log.connections == connections


async def test_a_server_that_is_down_behind_a_good_hop_is_not_the_hops_fault(core, bastion, edge):
    await edge.aclose()
    issue = await first_issue(core)
    assert issue.code == "ssh-unreachable-from-jump-host"
    assert "on bastion-1" in issue.next_step


async def test_a_hop_without_a_key_is_named(core, edge):
    await core.key_inventory.detach("bastion-1")
    issue = await first_issue(core)
    assert issue.code == "jump-host-no-key"
    assert "server update --server bastion-1 --ssh-key PATH" in issue.next_step


async def test_a_hop_that_forwards_nothing_is_named(core, start_peer, trust, draft):
    await trust("bastion-1", await start_peer())
    peer = await start_peer()
    made = await core.servers.add(draft("edge", peer.endpoint("deploy"), jump="bastion-1"))
    assert codes(made.readiness) == ["jump-host-forbids"]
    assert peer.log.connections == 0


async def test_the_way_can_be_changed_and_taken_away_and_the_trail_says_from_what_to_what(
    core, start_peer, trust, bastion, edge
):
    other = await start_peer(forwards=True)
    await trust("bastion-2", other)
    changed = await core.servers.update("edge", ServerChanges(jump="bastion-2"))
    assert changed.readiness.status is READY
    assert other.log.forwards
    through = len(bastion.log.forwards) + len(other.log.forwards)
    changed = await core.servers.update("edge", ServerChanges(jump=""))
    assert (changed.readiness.status, changed.server.jump_server_id) == (READY, None)
    assert len(bastion.log.forwards) + len(other.log.forwards) == through
    trail = [entry for entry in await core.audit.list() if entry.action == "server.update"]
    ends = {(one.detail["jumpFrom"]["name"], (one.detail["jumpTo"] or {}).get("name")) for one in trail}
    assert ends == {("bastion-1", "bastion-2"), ("bastion-2", None)}


async def test_a_change_of_the_hop_drops_the_links_through_it(core, start_peer, bastion, edge):
    assert edge.connected
    await core.servers.update("bastion-1", ServerChanges(ssh_user="deploy2"))
    assert edge.connected == 0
    issue = await first_issue(core)
    assert issue.code == "jump-host-login-refused"


async def test_a_server_can_not_be_its_own_hop_nor_in_a_circle(core, start_peer, trust, bastion, edge):
    with pytest.raises(JumpHostRefused) as itself:
        await core.servers.update("edge", ServerChanges(jump="edge"))
    assert itself.value.details["reason"] == "self"
    with pytest.raises(JumpHostRefused) as circle:
        await core.servers.update("bastion-1", ServerChanges(jump="edge"))
    assert circle.value.details["reason"] == "cycle"
    assert "edge" in circle.value.message and "bastion-1" in circle.value.message
    assert (await core.inventory.find("bastion-1")).jump_server_id is None


async def test_three_hops_are_allowed_and_a_fourth_is_refused_from_either_end(
    core, start_peer, trust, bastion
):
    peers = [bastion]
    for number in (2, 3):
        peers.append(await start_peer(forwards=True))
        await trust(f"bastion-{number}", peers[-1], jump=f"bastion-{number - 1}")
    inner = await start_peer()
    assert (await trust("inner", inner, jump="bastion-3")).readiness.status is READY
    assert inner.log.connections == len(peers[2].log.forwards)
    with pytest.raises(JumpHostRefused) as deep:
        await core.servers.add(replace(await drafted(core, "deeper"), jump="inner"))
    assert deep.value.details["reason"] == "depth"
    await trust("outer", await start_peer(forwards=True))
    with pytest.raises(JumpHostRefused) as deeper:
        await core.servers.update("bastion-1", ServerChanges(jump="outer"))
    assert deeper.value.details["reason"] == "depth"


async def drafted(core, name):
    from daoflow_core.model.registration import ServerDraft
    from daoflow_core.model.server import Environment, ServerKind

    return ServerDraft(name, NOBODY, "default", ServerKind.ENGINE, Environment.NONE)


async def test_this_machine_is_no_hop_and_has_none(core, bastion, edge):
    local = replace(await drafted(core, "here"), endpoint=Endpoint("localhost", 22, "root"))
    with pytest.raises(JumpHostRefused) as has:
        await core.servers.add(replace(local, jump="bastion-1"))
    await core.servers.add(local)
    with pytest.raises(JumpHostRefused) as is_one:
        await core.servers.update("edge", ServerChanges(jump="here"))
    with pytest.raises(JumpHostRefused) as becomes:
        await core.servers.update("bastion-1", ServerChanges(host="localhost", ssh_port=22))
    assert [one.value.details["reason"] for one in (has, is_one, becomes)] == ["local"] * 3


async def test_a_removed_server_and_one_that_never_was_are_no_hops(core, bastion, start_peer, trust):
    await trust("old", await start_peer())
    await core.servers.remove("old")
    with pytest.raises(JumpHostRefused) as removed:
        await core.servers.add(replace(await drafted(core, "edge"), jump="old"))
    assert removed.value.details["reason"] == "removed"
    with pytest.raises(NotFound):
        await core.servers.add(replace(await drafted(core, "edge"), jump="never"))


async def test_a_hop_in_use_is_not_removed_and_the_refusal_lists_who_uses_it(core, bastion, edge):
    with pytest.raises(Conflict) as refusal:
        await core.servers.remove("bastion-1")
    assert [one["name"] for one in refusal.value.details["servers"]] == ["edge"]
    assert "--jump SERVER|none" in refusal.value.next_step
    denied = (await core.audit.list(limit=1))[0]
    assert (denied.action, denied.phase, denied.outcome) == ("server.delete", "denied", "denied")
    await core.servers.update("edge", ServerChanges(jump=""))
    assert (await core.servers.remove("bastion-1")).removed_at


async def test_two_changes_at_once_make_no_circle(core, start_peer, trust, bastion):
    await trust("bastion-2", await start_peer(forwards=True))
    outcomes = await asyncio.gather(
        core.servers.update("bastion-1", ServerChanges(jump="bastion-2")),
        core.servers.update("bastion-2", ServerChanges(jump="bastion-1")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["JumpHostRefused", "Registration"]


async def test_a_circle_that_got_into_the_store_is_an_error_and_no_endless_walk(core, edge, bastion):
    hop, server = await core.inventory.find("bastion-1"), await core.inventory.find("edge")
    broken = replace(hop, jump_server_id=server.id)
    await core.database.write(lambda transaction: server_rows.update(transaction, broken))
    assert (await first_issue(core)).code == "jump-host-removed"


async def test_the_same_address_behind_two_hops_is_two_servers(core, start_peer, trust, bastion, edge, draft):
    await trust("bastion-2", await start_peer(forwards=True))
    twin = draft("edge-2", edge.endpoint("deploy"), jump="bastion-2")
    assert (await core.servers.add(twin)).server.jump_server_id
    with pytest.raises(Conflict):
        await core.servers.add(draft("edge-3", edge.endpoint("deploy"), jump="bastion-2"))


async def test_whoever_may_not_change_the_hop_may_not_lend_it_out(
    open_core, core, bastion, start_peer, trust
):
    await trust("edge", await start_peer())
    edge = await core.inventory.find("edge")
    only = Principal("token ci", OWNER_SCOPES, servers=frozenset({edge.id}))
    limited = await open_core(only)
    with pytest.raises((ScopeDenied, NotFound)):
        await limited.servers.update("edge", ServerChanges(jump="bastion-1"))


@pytest.mark.parametrize("how", ["an operation", "a hop"])
async def test_a_key_was_last_used_when_any_login_with_it_worked(
    core, start_peer, bastion, trust, draft, how
):
    other = Login.make()
    peer = await start_peer()
    peer.authorize("deploy", other.line)
    if how == "an operation":
        await trust("edge", peer, key_material=other.material)
    else:
        bastion.authorize("deploy", other.line)
        await core.servers.update("bastion-1", ServerChanges(key_material=other.material))
        await trust("edge", peer, key_material=other.material, jump="bastion-1")
    await core._hosts.close((await core.inventory.find("edge")).id)
    await core._hosts.close((await core.inventory.find("bastion-1")).id)
    (key,) = [one for one in await core.keys.list() if one.public_key.split()[1] == other.line.split()[1]]
    forget = "update ssh_keys set last_used_at = null where id = ?"
    await core.database.write(lambda transaction: transaction.run(forget, (key.id,)))
    if how == "an operation":
        await core.resources.check("edge")
    else:
        await core.identity.scan("edge")
    for _ in range(200):
        if (await core.keys.find(key.id)).last_used_at:
            break
        await asyncio.sleep(0.02)
    assert (await core.keys.find(key.id)).last_used_at
