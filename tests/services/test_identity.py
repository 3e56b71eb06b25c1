"""Trust in host keys: exact, explicit, and never given by the program itself."""

import pytest

from daoflow_core.errors import Conflict, HostIdentityMismatch, HostIdentityUnapproved, InvalidInput, TimedOut
from daoflow_core.model.identity import HostKeyStatus, Verification
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.server import Endpoint
from daoflow_core.services import identity
from daoflow_core.services.identity import shown_now


@pytest.fixture
async def trusted(core, start_peer, draft):
    """A server that is ready, and its peer."""
    peer = await start_peer()
    await core.servers.add(
        draft("edge", peer.endpoint("deploy"), approve_fingerprint=peer.host_keys[0].fingerprint)
    )
    return peer


async def test_a_scan_shows_every_algorithm_and_trusts_none(core, start_peer, draft):
    peer = await start_peer(algorithms=("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"))
    await core.servers.add(draft("edge", peer.endpoint("deploy")))
    report = await core.identity.scan("edge")
    assert {key.algorithm for key in report.identities} == {"ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"}
    assert {key.status for key in report.identities} == {HostKeyStatus.OBSERVED}
    assert peer.log.users == []


async def test_a_changed_host_key_blocks_and_sends_nothing_until_it_is_rotated(core, trusted):
    before = list(trusted.log.users)
    old = trusted.host_keys[0].fingerprint
    trusted.rotate_host_key("ssh-ed25519")
    trusted.drop()
    blocked = await core.readiness.check("edge")
    assert blocked.status is ReadinessStatus.BLOCKED
    assert blocked.issues[0].code == "host-key-changed"
    assert trusted.log.users == before
    report = await core.identity.report("edge")
    assert report.verification is Verification.MISMATCH
    assert {key.fingerprint for key in report.identities} == {old, trusted.host_keys[0].fingerprint}
    rotated = await core.identity.rotate("edge", trusted.host_keys[0].fingerprint)
    assert rotated.verification is Verification.MATCH
    assert (await core.readiness.check("edge")).status is ReadinessStatus.READY


async def test_the_approved_key_is_the_one_shown_again_once_the_other_has_gone(core, trusted):
    keys, approved = list(trusted._keys), trusted.host_keys[0].fingerprint
    trusted.rotate_host_key("ssh-ed25519")
    trusted.drop()
    assert (await core.readiness.check("edge")).status is ReadinessStatus.BLOCKED
    trusted.use_host_keys(keys)
    assert (await core.readiness.check("edge")).status is ReadinessStatus.READY
    report = await core.identity.report("edge")
    assert report.verification is Verification.MATCH
    assert [key.fingerprint for key in shown_now(report.identities)] == [approved]


@pytest.mark.parametrize("between", ["ready again", "blocked all along"])
async def test_the_key_to_compare_is_the_one_shown_now_and_not_an_earlier_one(core, trusted, between):
    keys = list(trusted._keys)
    trusted.rotate_host_key("ssh-ed25519")
    trusted.drop()
    await core.readiness.check("edge")
    if between == "ready again":
        trusted.use_host_keys(keys)
        await core.readiness.check("edge")
    second = trusted.rotate_host_key("ssh-ed25519")[0].fingerprint
    trusted.drop()
    await core.readiness.check("edge")
    report = await core.identity.report("edge")
    assert [key.fingerprint for key in shown_now(report.identities)] == [second]


async def test_a_changed_key_blocks_also_when_a_second_look_at_it_takes_too_long(core, trusted, monkeypatch):
    async def late(host: str, port: int, jump=None):
        raise TimedOut(f"{host} showed no host key in time.")

    trusted.rotate_host_key("ssh-ed25519")
    trusted.drop()
    monkeypatch.setattr(core.identity._scanner, "scan", late)
    blocked = await core.readiness.check("edge")
    assert [issue.code for issue in blocked.issues] == ["host-key-changed"]
    assert (await core.readiness.latest(blocked.server_id)).status is ReadinessStatus.BLOCKED


async def test_the_poller_looks_at_a_changed_key_once_and_then_only_now_and_then(core, trusted, monkeypatch):
    server_id = (await core.readiness.check("edge")).server_id
    first = trusted.rotate_host_key("ssh-ed25519")[0].fingerprint
    trusted.drop()
    await core.readiness.check_quietly(server_id)
    second = trusted.rotate_host_key("ssh-ed25519")[0].fingerprint
    seen = []
    for patience in (identity.GLANCE_SECONDS, 0):
        monkeypatch.setattr(identity, "GLANCE_SECONDS", patience)
        await core.readiness.check_quietly(server_id)
        seen += [key.fingerprint for key in shown_now((await core.identity.report("edge")).identities)]
    assert seen == [first, second]


async def test_rotating_back_to_a_key_that_was_trusted_before_works(core, trusted):
    first = trusted.host_keys
    keys = list(trusted._keys)
    trusted.rotate_host_key("ssh-ed25519")
    await core.identity.rotate("edge", trusted.host_keys[0].fingerprint)
    trusted.use_host_keys(keys)
    trusted.drop()
    assert (await core.readiness.check("edge")).status is ReadinessStatus.BLOCKED
    back = await core.identity.rotate("edge", first[0].fingerprint)
    assert back.approved.fingerprint == first[0].fingerprint
    assert (await core.readiness.check("edge")).status is ReadinessStatus.READY


async def test_approving_is_for_the_first_key_only(core, trusted):
    new = trusted.rotate_host_key("ssh-ed25519")[0].fingerprint
    with pytest.raises(Conflict, match="approved host key already"):
        await core.identity.approve("edge", new)
    assert (await core.identity.report("edge")).approved.fingerprint != new


async def test_rotating_needs_something_to_rotate_from(core, start_peer, draft):
    peer = await start_peer()
    await core.servers.add(draft("edge", peer.endpoint("deploy")))
    with pytest.raises(HostIdentityUnapproved):
        await core.identity.rotate("edge", peer.host_keys[0].fingerprint)


async def test_a_key_the_server_does_not_show_now_is_never_trusted(core, trusted):
    old = trusted.host_keys[0].fingerprint
    trusted.rotate_host_key("ssh-ed25519")
    await core.identity.rotate("edge", trusted.host_keys[0].fingerprint)
    with pytest.raises(HostIdentityMismatch):
        await core.identity.rotate("edge", old)


async def test_trust_is_recorded_with_both_fingerprints(core, trusted):
    old = trusted.host_keys[0].fingerprint
    new = trusted.rotate_host_key("ssh-ed25519")[0].fingerprint
    await core.identity.rotate("edge", new)
    entry = next(entry for entry in await core.audit.list() if entry.action.endswith("rotate"))
    assert (entry.detail["from"], entry.detail["to"]) == (old, new)


async def test_a_connection_made_under_the_old_key_ends_with_the_rotation(core, trusted):
    assert trusted.connected == 1
    new = trusted.rotate_host_key("ssh-ed25519")[0].fingerprint
    await core.identity.rotate("edge", new)
    assert trusted.connected == 0


async def test_this_machine_has_no_host_key(core, draft):
    await core.servers.add(draft("here", Endpoint("localhost", 22, "root"), key_material=None))
    with pytest.raises(InvalidInput, match="this machine"):
        await core.identity.scan("here")
