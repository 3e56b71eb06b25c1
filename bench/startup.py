"""Start-up: what a store-only read costs beside an interpreter that does nothing, in the same environment."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from bench import measure
from bench.fleet import fill

LIMIT = 3.0
"""A store-only read may cost this many times the CPU of `python -c pass`."""

TIMES = 20


def run() -> bool:
    """Print the table; returns whether every hot read stays within the limit."""
    binary = str(Path(sys.executable).with_name("daoflow-tui"))
    with tempfile.TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "DAOFLOW_HOME": f"{home}/store"}
        asyncio.run(fill(environ, 50))
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "daoflow-tui --version": [binary, "--version"],
            "daoflow-tui status --json (50 servers)": [binary, "status", "--json"],
            "daoflow-tui server list --json": [binary, "server", "list", "--json"],
            "daoflow-tui --help": [binary, "--help"],
        }
        series = measure.compare(commands, environ, TIMES)
    floor = series[0].cpu
    print(f"\nstart-up: whole process, {TIMES} rounds in turn, least CPU of each")
    print(f"  {'command':44} {'CPU ms':>8} {'wall ms':>8} {'ratio':>6}")
    for one in series:
        print(f"  {one.name:44} {one.cpu * 1000:8.1f} {one.wall * 1000:8.1f} {one.cpu / floor:6.2f}")
    return all(one.cpu / floor <= LIMIT for one in series[1:4])
