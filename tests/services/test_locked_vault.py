"""With the vault locked nothing is sent, nothing is misjudged, and reading goes on."""

import pytest

from daoflow_core.errors import VaultLocked
from daoflow_core.model.readiness import ReadinessStatus


async def test_a_locked_vault_does_not_make_a_ready_server_look_blocked(open_core, home, start_peer, draft):
    peer = await start_peer()
    first = await open_core()
    made = await first.servers.add(
        draft("edge", peer.endpoint("deploy"), approve_fingerprint=peer.host_keys[0].fingerprint)
    )
    await first.close()
    (home / "vault.key").rename(home / "vault.key.away")
    logins = peer.log.logins
    locked = await open_core()
    kept = await locked.readiness.check_quietly(made.server.id)
    assert kept.status is ReadinessStatus.READY
    assert kept.checked_at == made.readiness.checked_at
    with pytest.raises(VaultLocked):
        await locked.readiness.check("edge")
    assert (await locked.readiness.latest(made.server.id)).status is ReadinessStatus.READY
    assert [server.name for server in await locked.inventory.all()] == ["edge"]
    assert peer.log.logins == logins
