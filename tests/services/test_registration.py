"""From nothing to a ready server, over real SSH: what is written, what is sent, and what is not."""

import asyncio

import pytest

from daoflow_core.errors import Conflict, HostIdentityMismatch, NotFound, ReadOnly, ScopeDenied, Unreachable
from daoflow_core.model.identity import Verification
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.registration import ServerChanges
from daoflow_core.model.server import Endpoint, ServerKind
from daoflow_core.scopes import OWNER_SCOPES, SERVER_READ
from daoflow_core.services.access import Principal

OTHER = "SHA256:" + "A" * 43


async def test_without_approval_nothing_but_a_scan_reaches_the_server(core, start_peer, draft):
    peer = await start_peer()
    made = await core.servers.add(draft("edge", peer.endpoint("deploy")))
    assert made.readiness.status is ReadinessStatus.UNKNOWN
    assert [issue.code for issue in made.readiness.issues] == ["host-key-unapproved"]
    assert made.identity.verification is Verification.UNAPPROVED
    again = await core.readiness.check("edge")
    assert again.status is ReadinessStatus.UNKNOWN
    assert (peer.log.users, peer.log.key_offers, peer.log.logins) == ([], [], 0)


async def test_an_exact_fingerprint_approves_and_the_server_is_ready_at_once(core, start_peer, draft):
    peer = await start_peer()
    (key,) = peer.host_keys
    made = await core.servers.add(draft("edge", peer.endpoint("deploy"), approve_fingerprint=key.fingerprint))
    assert made.readiness.status is ReadinessStatus.READY
    assert made.readiness.docker_version == "26.1.5"
    assert made.readiness.compose_version == "2.26.1"
    assert made.identity.approved.fingerprint == key.fingerprint
    assert peer.log.logins == 1
    assert peer.log.connections == 3, "its algorithms, its one key, the login: no second scan"


async def test_another_fingerprint_registers_nothing_and_shows_what_the_server_has(core, start_peer, draft):
    peer = await start_peer()
    with pytest.raises(HostIdentityMismatch) as refusal:
        await core.servers.add(draft("edge", peer.endpoint("deploy"), approve_fingerprint=OTHER))
    assert refusal.value.details["shown"][0]["fingerprint"] == peer.host_keys[0].fingerprint
    assert await core.inventory.all() == []
    assert await core.keys.list() == []
    assert peer.log.users == []


async def test_a_server_that_is_down_can_be_registered_but_not_approved(core, draft, unused_tcp_port):
    nobody = Endpoint("127.0.0.1", unused_tcp_port, "deploy")
    with pytest.raises(Unreachable):
        await core.servers.add(draft("edge", nobody, approve_fingerprint=OTHER))
    assert await core.inventory.all() == []
    made = await core.servers.add(draft("edge", nobody))
    assert made.readiness.status is ReadinessStatus.BLOCKED
    assert made.readiness.issues[0].code == "ssh-refused"


async def test_one_key_file_gives_one_inventory_key_however_many_servers_use_it(core, start_peer, draft):
    first, second = await start_peer(), await start_peer()
    one = await core.servers.add(draft("one", first.endpoint("deploy")))
    two = await core.servers.add(draft("two", second.endpoint("deploy")))
    assert (one.key_reused, two.key_reused) == (False, True)
    assert one.server.ssh_key_id == two.server.ssh_key_id
    assert [key.name for key in await core.keys.list()] == ["one SSH key"]


async def test_names_and_addresses_are_taken_once(core, start_peer, draft):
    peer, other = await start_peer(), await start_peer()
    await core.servers.add(draft("edge", peer.endpoint("deploy")))
    with pytest.raises(Conflict, match="named edge"):
        await core.servers.add(draft("edge", other.endpoint("deploy")))
    with pytest.raises(Conflict, match="registered already, as edge"):
        await core.servers.add(draft("edge-2", peer.endpoint("deploy")))
    await core.servers.add(draft("edge-3", peer.endpoint("root")))


async def test_two_at_once_with_one_name_leave_one_server_and_one_clear_refusal(core, start_peer, draft):
    peers = [await start_peer(), await start_peer()]
    wishes = [core.servers.add(draft("edge", peer.endpoint("deploy"))) for peer in peers]
    done = await asyncio.gather(*wishes, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Registration"]
    assert len(await core.inventory.all()) == 1


async def test_a_removed_server_is_gone_but_its_history_and_audit_stay(core, start_peer, draft):
    peer = await start_peer()
    made = await core.servers.add(
        draft("edge", peer.endpoint("deploy"), approve_fingerprint=peer.host_keys[0].fingerprint)
    )
    removed = await core.servers.remove("edge")
    assert removed.removed_at
    with pytest.raises(NotFound):
        await core.inventory.find("edge")
    targets = {entry.target for entry in await core.audit.list(limit=200)}
    assert f"server/{made.server.id}" in targets
    kept = await core.database.rows("select id from operations where server_id = ?", (made.server.id,))
    logs = await core.database.rows("select 1 from operation_logs where operation_id = ?", (kept[0]["id"],))
    assert kept
    assert logs
    assert (await core.audit.verify()).ok
    again = await core.servers.add(draft("edge", peer.endpoint("deploy")))
    assert again.server.id != made.server.id


async def test_a_moved_server_must_be_trusted_anew_and_is_sent_nothing_before(core, start_peer, draft):
    old, new = await start_peer(), await start_peer()
    trusted = old.host_keys[0].fingerprint
    await core.servers.add(draft("edge", old.endpoint("deploy"), approve_fingerprint=trusted))
    moved = await core.servers.update("edge", ServerChanges(ssh_port=new.port))
    assert moved.identity.approved is None
    assert moved.readiness.status is ReadinessStatus.UNKNOWN
    assert new.log.users == []


async def test_a_changed_user_uses_a_new_login_and_no_old_connection(core, start_peer, draft):
    peer = await start_peer()
    peer.authorize("admin", *peer.setup.authorized["deploy"])
    await core.servers.add(
        draft("edge", peer.endpoint("deploy"), approve_fingerprint=peer.host_keys[0].fingerprint)
    )
    changed = await core.servers.update("edge", ServerChanges(ssh_user="admin"))
    assert changed.readiness.status is ReadinessStatus.READY
    assert peer.log.users[-1] == "admin"
    assert peer.connected == 1


async def test_a_swarm_manager_is_asked_whether_it_is_one(core, start_peer, draft):
    peer = await start_peer()
    made = await core.servers.add(
        draft(
            "mgr",
            peer.endpoint("deploy"),
            kind=ServerKind.SWARM_MANAGER,
            approve_fingerprint=peer.host_keys[0].fingerprint,
        )
    )
    assert made.readiness.status is ReadinessStatus.READY
    assert made.readiness.swarm_state == "active"


async def test_localhost_runs_here_without_ssh_and_without_a_host_key(core, draft):
    made = await core.servers.add(draft("here", Endpoint("localhost", 22, "root"), key_material=None))
    assert made.server.is_local
    assert made.identity is None
    assert made.readiness.ssh_reachable is None
    assert made.readiness.cpu_percent is not None


async def test_a_reader_may_look_but_change_nothing_and_the_denial_is_recorded(open_core, start_peer, draft):
    peer = await start_peer()
    reader = await open_core(Principal("auditor", frozenset({SERVER_READ})))
    with pytest.raises(ScopeDenied) as denial:
        await reader.servers.add(draft("edge", peer.endpoint("deploy")))
    assert denial.value.details["requiredScopes"] == ["server:write"]
    assert (await reader.audit.list())[0].phase == "denied"
    assert peer.log.connections == 0


async def test_a_read_only_session_and_a_read_only_server_refuse_changes(open_core, start_peer, draft):
    peer = await start_peer()
    writer = await open_core()
    await writer.servers.add(draft("edge", peer.endpoint("deploy")))
    session = await open_core(Principal("mara", OWNER_SCOPES, read_only=True))
    for refused in (session.servers.remove("edge"), session.identity.scan("edge")):
        with pytest.raises(ReadOnly):
            await refused
    await writer.servers.update("edge", ServerChanges(read_only=True))
    with pytest.raises(ReadOnly):
        await writer.servers.remove("edge")
    await writer.servers.update("edge", ServerChanges(read_only=False))
    await writer.servers.remove("edge")
