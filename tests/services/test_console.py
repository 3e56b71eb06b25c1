"""Opening and closing a console."""

import resource

from daoflow_core.console import Console


async def test_an_open_console_leaves_no_core_dump_with_its_secrets(core: Console):
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    assert soft == 0


async def test_one_of_two_consoles_polls_and_the_other_takes_over(open_core, start_peer, draft):
    first, second = await open_core(), await open_core()
    peer = await start_peer()
    await first.servers.add(
        draft("edge", peer.endpoint("deploy"), approve_fingerprint=peer.host_keys[0].fingerprint)
    )
    assert first.instance.take_poller_lock()
    assert await second.poll_once() == 0
    first.instance.release_poller_lock()
    assert await second.poll_once() == 1
