"""Managed SSH keys over real SSH: who uses which, what a rotation proves, and that nothing ends by halves."""

from __future__ import annotations

from dataclasses import replace

import asyncssh
import pytest
from tests.services.conftest import Login

from daoflow_core.errors import (
    AssetInUse,
    Conflict,
    InvalidInput,
    KeyNotProven,
    KeyRejected,
    NotFound,
    ReadOnly,
)
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.registration import KeyMaterial, ServerChanges
from daoflow_core.model.server import Endpoint
from daoflow_core.secret import Secret

READY, BLOCKED = ReadinessStatus.READY, ReadinessStatus.BLOCKED


@pytest.fixture
def other() -> Login:
    return Login.make()


def fingerprint(login: Login) -> str:
    return asyncssh.import_public_key(login.line).get_fingerprint("sha256")


async def trusted(core, draft, peer, name="edge", **changes):
    wish = draft(name, peer.endpoint("deploy"), approve_fingerprint=peer.host_keys[0].fingerprint, **changes)
    return (await core.servers.add(wish)).server


async def audited(core, action: str) -> list[tuple[str, str]]:
    return [
        (one.phase.value, one.outcome) for one in await core.audit.list(limit=200) if one.action == action
    ]


async def sealed_rows(core) -> list[tuple[str, int]]:
    return [(row["owner_id"], row["version"]) for row in await core.database.rows("select * from sealed")]


async def test_a_key_is_taken_in_attached_detached_and_deleted_each_with_its_audit_rows(
    core, start_peer, draft, login
):
    peer = await start_peer()
    server = await trusted(core, draft, peer, key_material=None)
    taken = await core.key_inventory.create("prod-deploy", login.material)
    assert (await core.readiness.latest(server.id)).issues[0].code == "ssh-no-key"
    made = await core.key_inventory.attach("prod-deploy", "edge")
    assert (made.readiness.status, made.server.ssh_key_id) == (READY, taken.key.id)
    assert (await core.keys.find(taken.key.id)).last_used_at is not None
    with pytest.raises(AssetInUse) as refused:
        await core.key_inventory.delete("prod-deploy")
    assert refused.value.details["servers"] == [{"id": server.id, "name": "edge"}]
    left, key = await core.key_inventory.detach("edge")
    assert (left.readiness.status, key.id) == (BLOCKED, taken.key.id)
    await core.key_inventory.delete("prod-deploy")
    assert await core.keys.list() == []
    assert await sealed_rows(core) == []
    deleted = await audited(core, "ssh_key.delete")
    assert deleted == [("outcome", "completed"), ("intent", "pending"), ("denied", "denied")]
    for action in ("ssh_key.create", "ssh_key.attach", "ssh_key.detach"):
        assert await audited(core, action) == [("outcome", "completed"), ("intent", "pending")], action
    assert (await core.audit.verify()).ok


async def test_attaching_a_key_with_a_default_user_logs_in_as_that_user(core, start_peer, draft, login):
    peer = await start_peer()
    await trusted(core, draft, peer, key_material=None)
    await core.servers.update("edge", ServerChanges(ssh_user="nobody"))
    await core.key_inventory.create("prod", login.material, "deploy")
    made = await core.key_inventory.attach("prod", "edge")
    assert (made.server.endpoint.user, made.readiness.status) == ("deploy", READY)
    assert made.warnings == ("edge logs in as deploy now, the key's user.",)


async def test_a_default_user_that_would_make_two_servers_one_is_refused(core, start_peer, draft, login):
    peer = await start_peer()
    await trusted(core, draft, peer)
    await core.servers.add(draft("twin", peer.endpoint("root"), key_material=None))
    key = (await core.key_inventory.create("prod", Login.make().material, "deploy")).key
    with pytest.raises(Conflict, match="registered already, as edge"):
        await core.key_inventory.attach(key.id, "twin")


async def test_a_server_that_joins_a_key_at_its_deletion_keeps_it(core, start_peer, draft, monkeypatch):
    server = await trusted(core, draft, await start_peer())
    late = await start_peer()
    require = core.access.require

    async def join_late(action, target, **more):
        if target == f"server/{server.id}":
            monkeypatch.undo()
            await core.servers.add(draft("late", late.endpoint("deploy")))
        return await require(action, target, **more)

    monkeypatch.setattr(core.access, "require", join_late)
    with pytest.raises(AssetInUse):
        await core.key_inventory.delete(server.ssh_key_id, detach=True)
    assert (await core.inventory.find("late")).ssh_key_id == server.ssh_key_id


async def test_detaching_a_server_without_a_key_changes_nothing(core, start_peer, draft):
    await trusted(core, draft, await start_peer(), key_material=None)
    _, key = await core.key_inventory.detach("edge")
    assert key is None
    assert await audited(core, "ssh_key.detach") == []


async def test_a_detached_server_has_no_open_connection_left(core, start_peer, draft):
    peer = await start_peer()
    await trusted(core, draft, peer)
    assert peer.connected == 1
    await core.key_inventory.detach("edge")
    assert peer.connected == 0


async def test_a_key_and_a_name_are_in_the_inventory_once(core, login, other):
    await core.key_inventory.create("one", login.material)
    with pytest.raises(Conflict, match="already, as one"):
        await core.key_inventory.create("two", login.material)
    with pytest.raises(Conflict, match="named one exists"):
        await core.key_inventory.create("one", other.material)
    assert [key.name for key in await core.keys.list()] == ["one"]


async def test_what_is_no_key_leaves_nothing(core):
    with pytest.raises(KeyRejected):
        await core.key_inventory.create("one", KeyMaterial(Secret(b"not a key")))
    assert await core.keys.list() == []


async def test_a_made_key_logs_in_where_its_public_line_is_authorized(core, start_peer, draft):
    peer = await start_peer()
    taken = await core.key_inventory.generate("fresh", "deploy")
    assert (taken.key.key_type, taken.key.bits) == ("ed25519", 256)
    peer.authorize("deploy", taken.key.public_key)
    await trusted(core, draft, peer, key_material=None, key_id="fresh")
    assert (await core.readiness.check("edge")).status is READY


async def test_a_local_server_takes_no_key(core, draft, login):
    await core.servers.add(draft("here", Endpoint("localhost", 22, "root"), key_material=None))
    await core.key_inventory.create("one", login.material)
    with pytest.raises(InvalidInput):
        await core.key_inventory.attach("one", "here")


async def test_a_read_only_server_keeps_its_key(core, start_peer, draft, login):
    server = await trusted(core, draft, await start_peer())
    await core.servers.update("edge", ServerChanges(read_only=True))
    for change in (
        core.key_inventory.attach(server.ssh_key_id, "edge"),
        core.key_inventory.detach("edge"),
        core.key_inventory.delete(server.ssh_key_id, detach=True),
    ):
        with pytest.raises(ReadOnly):
            await change
    assert (await core.inventory.find("edge")).ssh_key_id == server.ssh_key_id


async def test_deleting_with_detach_leaves_the_servers_keyless_and_a_removed_one_does_not_hold_it(
    core, start_peer, draft
):
    peer, gone = await start_peer(), await start_peer()
    server = await trusted(core, draft, peer)
    await trusted(core, draft, gone, "gone")
    await core.servers.remove("gone")
    _, users = await core.key_inventory.delete(server.ssh_key_id, detach=True)
    assert [one.name for one in users] == ["edge"]
    assert (await core.inventory.find("edge")).ssh_key_id is None
    assert peer.connected == 0
    with pytest.raises(NotFound):
        await core.keys.find(server.ssh_key_id)


async def test_a_rotation_ends_old_connections_and_the_next_check_uses_the_new_key(
    core, start_peer, draft, login, other
):
    peer = await start_peer()
    server = await trusted(core, draft, peer)
    peer.authorize("deploy", login.line, other.line)
    done = await core.key_rotation.rotate(server.ssh_key_id, other.material)
    assert peer.connected == 0
    assert [one.proven for one in done.proofs] == [True]
    assert (done.key.id, done.key.fingerprint, done.key.version) == (server.ssh_key_id, fingerprint(other), 2)
    assert done.key.rotated_at == done.key.last_used_at is not None
    peer.authorize("deploy", other.line)
    peer.log.key_offers.clear()
    assert (await core.readiness.check("edge")).status is READY
    assert set(peer.log.key_offers) == {fingerprint(other)}
    assert await sealed_rows(core) == [(server.ssh_key_id, 2)]
    assert ("outcome", "completed") in await audited(core, "ssh_key.rotate")


async def test_another_console_drops_the_old_connection_at_its_next_check(
    core, open_core, start_peer, draft, login, other
):
    peer = await start_peer()
    server = await trusted(core, draft, peer)
    elsewhere = await open_core()
    assert (await elsewhere.readiness.check("edge")).status is READY
    peer.authorize("deploy", login.line, other.line)
    await core.key_rotation.rotate(server.ssh_key_id, other.material)
    peer.log.key_offers.clear()
    assert (await elsewhere.readiness.check_quietly(server.id)).status is READY
    assert set(peer.log.key_offers) == {fingerprint(other)}
    assert peer.connected == 1


async def test_a_key_that_may_log_in_but_run_nothing_is_not_proven(core, start_peer, draft, login, other):
    peer = await start_peer()
    server = await trusted(core, draft, peer)
    peer.authorize("deploy", login.line, other.line)
    await core.key_inventory.detach("edge")  # no connection is open, so the next session is the proof's
    await core.key_inventory.attach(server.ssh_key_id, "edge")
    peer.setup = replace(peer.setup, max_sessions=0)
    with pytest.raises(KeyNotProven) as refused:
        await core.key_rotation.rotate(server.ssh_key_id, other.material)
    assert refused.value.details["servers"][0]["code"] == "UNREACHABLE"


async def test_a_key_one_server_refuses_is_not_rotated_and_the_old_one_stays(
    core, start_peer, draft, login, other
):
    first, second = await start_peer(), await start_peer()
    server = await trusted(core, draft, first)
    await trusted(core, draft, second, "strict")
    first.authorize("deploy", login.line, other.line)
    with pytest.raises(KeyNotProven) as refused:
        await core.key_rotation.rotate(server.ssh_key_id, other.material)
    assert [(one["name"], one["code"]) for one in refused.value.details["servers"]] == [
        ("strict", "AUTH_FAILED")
    ]
    assert (await core.keys.find(server.ssh_key_id)).fingerprint == fingerprint(login)
    assert (await core.readiness.check("edge")).status is READY
    newest = next(one for one in await core.audit.list(limit=200) if one.phase.value == "denied")
    assert (newest.action, newest.target) == ("ssh_key.rotate", f"ssh-key/{server.ssh_key_id}")
    assert "strict: AUTH_FAILED" in newest.detail["reason"]
    strict = await core.inventory.find("strict")
    kinds = [one.kind.value for one in await core.history.operations(strict.id)]
    assert "ssh_key_proof" in kinds


async def test_servers_that_are_down_or_untrusted_stop_a_rotation_and_are_sent_no_key(
    core, start_peer, draft, login, other
):
    down, untrusted = await start_peer(), await start_peer()
    server = await trusted(core, draft, down, "down")
    await core.servers.add(draft("untrusted", untrusted.endpoint("deploy")))
    await down.aclose()
    with pytest.raises(KeyNotProven) as refused:
        await core.key_rotation.rotate(server.ssh_key_id, other.material)
    codes = {one["name"]: one["code"] for one in refused.value.details["servers"]}
    assert codes == {"down": "UNREACHABLE", "untrusted": "HOST_IDENTITY_UNAPPROVED"}
    assert (untrusted.log.users, untrusted.log.key_offers) == ([], [])
    done = await core.key_rotation.rotate(server.ssh_key_id, other.material, force=True)
    assert done.key.fingerprint == fingerprint(other)
    assert [one.split()[0] for one in done.warnings] == ["down", "untrusted"]
    assert done.key.last_used_at is None
    (outcome, _) = [one for one in await core.audit.list(limit=200) if one.target.startswith("ssh-key/")][:2]
    assert outcome.detail["forced"] is True
    assert len(outcome.detail["notProvenOn"]) == 2


async def test_a_rotation_to_a_known_key_is_refused(core, login, other):
    one = (await core.key_inventory.create("one", login.material)).key
    await core.key_inventory.create("two", other.material)
    with pytest.raises(Conflict, match="has now"):
        await core.key_rotation.rotate(one.id, login.material)
    with pytest.raises(Conflict, match="key two"):
        await core.key_rotation.rotate(one.id, other.material)
    assert await audited(core, "ssh_key.rotate") == [("denied", "denied")] * 2


async def test_a_server_that_joined_meanwhile_stops_the_rotation(
    core, start_peer, draft, login, other, monkeypatch
):
    peer, late = await start_peer(), await start_peer()
    server = await trusted(core, draft, peer)
    peer.authorize("deploy", login.line, other.line)
    prove = type(core.key_rotation)._prove

    async def prove_and_join(self, servers, imported):
        found = await prove(self, servers, imported)
        await core.servers.add(draft("late", late.endpoint("deploy")))
        return found

    monkeypatch.setattr(type(core.key_rotation), "_prove", prove_and_join)
    with pytest.raises(Conflict, match="meanwhile"):
        await core.key_rotation.rotate(server.ssh_key_id, other.material)
    assert (await core.keys.find(server.ssh_key_id)).fingerprint == fingerprint(login)


@pytest.mark.parametrize("broken", ["ssh_keys.update", "sealed.put"])
async def test_a_rotation_that_breaks_anywhere_leaves_the_old_key_whole(
    core, start_peer, draft, login, other, monkeypatch, broken
):
    peer = await start_peer()
    server = await trusted(core, draft, peer)
    peer.authorize("deploy", login.line, other.line)

    async def fail(*_: object) -> None:
        raise RuntimeError("cut")

    with monkeypatch.context() as patch:
        patch.setattr(f"daoflow_core.store.{broken}", fail)
        with pytest.raises(RuntimeError):
            await core.key_rotation.rotate(server.ssh_key_id, other.material)
    assert (await core.keys.find(server.ssh_key_id)).fingerprint == fingerprint(login)
    assert await sealed_rows(core) == [(server.ssh_key_id, 1)]
    assert (await core.readiness.check("edge")).status is READY
    assert (await core.audit.verify()).ok
