"""A program for test_key_kills: forks processes that rotate an SSH key, kills each, and has the next one look."""

from __future__ import annotations

import os
import random
import sys
from functools import partial
from pathlib import Path

from tests.killed_workers import run_round

# Everything a worker needs is loaded before the first fork, so that a round costs milliseconds.
import daoflow_core.local
import daoflow_core.services.certificates
import daoflow_core.services.key_rotation
import daoflow_core.ssh.pool
import daoflow_core.ssh.scan  # noqa: F401
from daoflow_core.console import Console, Opening, open_console
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.secret import Secret
from daoflow_core.ssh.private_keys import read_private_key
from daoflow_core.store import servers as server_rows

NAME = "edge-0 SSH key"


async def faults(console: Console, known: frozenset[str]) -> str:
    """What is not whole about the key, its sealed part, its servers and the trail; empty when all is."""
    key = await console.keys.find(NAME)
    users = await server_rows.using_key(console.database, key.id)
    opened = read_private_key((await console.keys.private_key(users[0])).reveal())
    rows = [
        tuple(row.values()) for row in await console.database.rows("select owner_id, version from sealed")
    ]
    running = await console.database.rows("select id from operations where status = 'running'")
    verdict = await console.audit.verify()
    wrong = {
        "the key is neither the old nor the new one": key.fingerprint not in known,
        "facts and sealed key differ": opened.fingerprint != key.fingerprint,
        "public part and fingerprint differ": opened.public_key != key.public_key,
        f"sealed {rows} is not version {key.version}": rows != [(key.id, key.version)],
        "a server lost its key": len(users) != 2,
        "an operation of a dead process runs": bool(running),
        f"the trail does not verify: {verdict.reason}": not verdict.ok,
    }
    return "; ".join(words for words, is_so in wrong.items() if is_so)


async def rotate(home: str, out: int) -> None:
    """Look at what the kill before left, then rotate to and fro until killed; `out` hears of all of it."""
    pair = [Path(home).parent.joinpath(name).read_bytes() for name in ("first", "second")]
    prints = [read_private_key(pem).fingerprint for pem in pair]
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as console:
        wrong = await faults(console, frozenset(prints))
        os.write(out, f"{f'broken {wrong}' if wrong else 'whole'}\n".encode())
        while True:
            here = prints.index((await console.keys.find(NAME)).fingerprint)
            await console.key_rotation.rotate(NAME, KeyMaterial(Secret(pair[1 - here])))
            os.write(out, b"rotated\n")


def main(home: str, rounds: str) -> None:
    """Each round is killed within the time of about two rotations."""
    dice = random.Random(20261125)
    for _ in range(int(rounds)):
        sys.stdout.write(run_round(partial(rotate, home), dice.uniform(0, 0.3), patience=20))


if __name__ == "__main__":
    main(*sys.argv[1:])
