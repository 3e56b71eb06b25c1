"""A list of 10,000 servers: how long a key press takes until it is painted, in the real application."""

from __future__ import annotations

import asyncio
import tempfile

from bench.fleet import fill
from bench.measure import percentile
from bench.painting import WatchedApp, key_to_paint

SERVERS = 10_000
PRESSES = 120
LIMIT_MS = 16.0
KEYS = ("down", "pagedown", "up", "end", "home")


def run() -> bool:
    """Print the figures a key; returns whether every median is within one frame."""
    with tempfile.TemporaryDirectory() as home:
        environ = {"DAOFLOW_HOME": f"{home}/store", "HOME": home}
        asyncio.run(fill(environ, SERVERS))
        times = asyncio.run(_measure(environ))
    print(f"\na list of {SERVERS:,} servers, 120x36: milliseconds from key to paint, {PRESSES} presses each")
    print(f"  {'key':10} {'median':>8} {'p95':>8} {'p99':>8}   limit {LIMIT_MS:.0f} at the median")
    for key, found in times.items():
        print(
            f"  {key:10} {percentile(found, 0.5):8.1f} {percentile(found, 0.95):8.1f} {percentile(found, 0.99):8.1f}"
        )
    return all(percentile(found, 0.5) <= LIMIT_MS for found in times.values())


async def _measure(environ: dict[str, str]) -> dict[str, list[float]]:
    app = WatchedApp(environ)
    async with app.run_test(size=(120, 36)) as pilot:
        await app.wait_until_listed(SERVERS)
        await pilot.pause()
        found: dict[str, list[float]] = {key: [] for key in KEYS}
        for _ in range(PRESSES // 2):
            for key in ("down", "pagedown", "up", "end", "home"):
                found[key].append(await key_to_paint(app, key))
    return found
