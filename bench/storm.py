"""A reconnect of 200 servers while an operator types: key to paint against the same application at rest."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile

from bench.fleet import fill_from_peers
from bench.measure import percentile
from bench.painting import WatchedApp, key_to_paint

SERVERS = 200
PRESSES = 200
"""At rest and, over as many reconnects as that takes, in the storm."""

PAUSE = 0.03
"""Seconds between two presses: a fast typist."""

LIMIT_MS = 50.0
"""The 99th percentile under the storm may be this much above the one at rest."""


def run() -> bool:
    """Print both distributions; returns whether the storm stays within the limit."""
    peers = subprocess.Popen(
        [sys.executable, "-m", "bench.peers", str(SERVERS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with tempfile.TemporaryDirectory() as home:
            environ = {"DAOFLOW_HOME": f"{home}/store", "HOME": home, "PATH": os.environ["PATH"]}
            assert peers.stdout is not None
            asyncio.run(fill_from_peers(environ, peers.stdout.readline()))
            rest, storm, checked = asyncio.run(_measure(environ))
    finally:
        assert peers.stdin is not None
        peers.stdin.close()
        peers.wait(30)
    print(f"\nreconnect of {SERVERS} servers while typing, 120x36: milliseconds from key to paint")
    for name, found in (("at rest", rest), ("storm", storm)):
        figures = "  ".join(
            f"p{int(share * 100)} {percentile(found, share):6.1f}" for share in (0.5, 0.95, 0.99)
        )
        print(f"  {name:8} {figures}  max {max(found):6.1f}  ({len(found)} presses)")
    excess = percentile(storm, 0.99) - percentile(rest, 0.99)
    print(
        f"  {checked} of {SERVERS} servers answered; p99 is {excess:+.1f} ms from rest, limit +{LIMIT_MS:.0f}"
    )
    return checked == SERVERS and excess <= LIMIT_MS


async def _measure(environ: dict[str, str]) -> tuple[list[float], list[float], int]:
    app = WatchedApp(environ)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_until_listed(SERVERS)
        await pilot.pause()
        rest = [await _press(app, number) for number in range(PRESSES)]
        storm: list[float] = []
        checked = SERVERS
        while len(storm) < PRESSES:
            reconnect = asyncio.create_task(app.session.ask(_check_all))
            while not reconnect.done():
                storm.append(await _press(app, len(storm)))
            checked = min(checked, await reconnect)
        return rest, storm, checked


async def _check_all(console: object) -> int:
    """Every server at once over new connections, as after a network that came back; gives how many answered."""
    from daoflow_core.console import Console

    assert isinstance(console, Console)
    servers = await console.inventory.all()
    await console._hosts.aclose()
    found = await asyncio.gather(*(console.readiness.check_quietly(server.id) for server in servers))
    return sum(bool(one and one.ssh_reachable) for one in found)


async def _press(app: WatchedApp, number: int) -> float:
    await asyncio.sleep(PAUSE)
    return await key_to_paint(app, "down" if number // 20 % 2 == 0 else "up")
