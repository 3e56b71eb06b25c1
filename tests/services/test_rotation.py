"""Rotating the vault's key: every value opens before, during and after, whatever is killed or written meanwhile."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import Conflict, VaultDamaged
from daoflow_core.model.vault import Place
from daoflow_core.secret import Secret
from daoflow_core.services import vault_rotation
from daoflow_core.store import sealed, vault_records
from daoflow_core.vault.envelope import kid_of

ROUNDS = int(os.environ.get("DAOFLOW_ROTATION_ROUNDS", "110"))
VALUES = 150


def opening(home):
    return open_console(Opening({"DAOFLOW_HOME": str(home), "HOME": str(home)}))


def place(number):
    return Place("ssh_keys", f"key_{number:04}", "private_key", 1)


def value(number):
    return b"private %d " % number * (number % 40)


async def fill(console, values=VALUES):
    async def write(transaction):
        for number in range(values):
            await sealed.put(
                transaction, place(number), console.vault.seal(place(number), Secret(value(number)))
            )

    await console.database.write(write)


async def assert_all_open(console, values=VALUES):
    for number in range(values):
        blob = await sealed.get(console.database, place(number))
        assert console.vault.open(place(number), blob).reveal() == value(number)


async def generations(console):
    return [row["status"] for row in await vault_records.keys(console.database)]


async def test_a_rotation_brings_every_value_under_the_new_key(home):
    async with await opening(home) as console:
        await fill(console)
        before = (await console.vault_service.status()).sealed
        done = await console.vault_rotation.rotate()
        assert (done.generation, done.rewrapped, done.resumed) == (2, VALUES, False)
        status = await console.vault_service.status()
        assert (before, status.sealed) == ((VALUES,), (0, VALUES))
        assert (await console.vault_rotation.rotate()).generation == 3
        await assert_all_open(console)
        steps = [one.detail["step"] for one in await console.audit.list() if one.action == "vault.rotate"]
        assert steps == ["end", "end", "begin", "begin"] * 2
    async with await opening(home) as console:
        await assert_all_open(console)
        assert await generations(console) == ["retired", "retired", "active"]
        assert (await console.audit.verify()).ok


async def test_other_processes_go_on_while_one_rotates(home):
    async with await opening(home) as console, await opening(home) as other:
        await fill(console)
        await console.vault_rotation.rotate()
        await assert_all_open(other)
        blob = other.vault.seal(place(7), Secret(value(7)))  # under the generation that it knows
        await other.database.write(lambda tx: sealed.put(tx, place(7), blob))
        await assert_all_open(console)
        assert (await console.vault_service.verify()).behind == 1
        done = await other.vault_rotation.rotate()
        assert (done.resumed, done.rewrapped, done.generation) == (True, 1, 2)
        await assert_all_open(console)
        await assert_all_open(other)


async def test_a_value_that_is_replaced_meanwhile_keeps_its_new_content(home, monkeypatch):
    async with await opening(home) as console, await opening(home) as other:
        await fill(console)
        rewrap = vault_rotation.SealedVault.rewrap

        def slow(self, at, blob):
            new = rewrap(self, at, blob)
            pending.append(at)
            return new

        pending: list[Place] = []
        monkeypatch.setattr(vault_rotation.SealedVault, "rewrap", slow)
        write = console.database.write

        async def write_after_another(work):
            if pending:
                pending.clear()
                fresh = other.vault.seal(place(3), Secret(b"newer"))
                await other.database.write(lambda tx: sealed.put(tx, place(3), fresh))
            return await write(work)

        monkeypatch.setattr(console.database, "write", write_after_another)
        await console.vault_rotation.rotate()
        blob = await sealed.get(console.database, place(3))
        assert console.vault.open(place(3), blob).reveal() == b"newer"


async def test_two_rotations_at_once_leave_one_key_in_force(home, monkeypatch):
    monkeypatch.setattr(vault_rotation, "PAGE", 10)
    async with await opening(home) as console, await opening(home) as other:
        await fill(console)
        ends = await asyncio.gather(
            console.vault_rotation.rotate(), other.vault_rotation.rotate(), return_exceptions=True
        )
        assert [one for one in ends if isinstance(one, BaseException) and not isinstance(one, Conflict)] == []
        await console.vault_rotation.rotate()
        assert (await generations(console)).count("active") == 1
        await assert_all_open(console)
        await assert_all_open(other)
        assert (await console.vault_service.verify()).behind == 0


async def test_a_damaged_value_stops_a_rotation_by_name_and_harms_no_other(home):
    async with await opening(home) as console:
        await fill(console)
        damaged = bytearray(await sealed.get(console.database, place(99)))
        damaged[30] ^= 1
        await console.database.write(lambda tx: sealed.put(tx, place(99), bytes(damaged)))
        with pytest.raises(VaultDamaged, match="key_0099"):
            await console.vault_rotation.rotate()
        await console.database.write(lambda tx: sealed.delete(tx, place(99)))
        assert (await console.vault_rotation.rotate()).resumed
        assert (await console.vault_service.verify()).damaged == ()


@pytest.mark.slow
async def test_no_kill_makes_a_value_unreadable(home):
    async with await opening(home) as console:
        await fill(console)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.services.rotation_rounds", str(home), str(ROUNDS), stdout=-1, stderr=-1
    )
    told, complaints = await program.communicate()
    assert program.returncode == 0, complaints.decode()[-2000:]
    words = told.decode().splitlines()
    assert not [word for word in words if word.startswith("error")], words
    assert words.count("opened") > ROUNDS * 0.8
    cut_short = sum(word.startswith("resumed") for word in words)
    assert cut_short > ROUNDS / 10, "kills fell within rotations, or nothing was put to the test"
    async with await opening(home) as console:
        await assert_all_open(console)
        await console.vault_rotation.rotate()
        await assert_all_open(console)
        found = await console.vault_service.verify()
        assert (found.values, found.damaged, found.behind) == (VALUES, (), 0)
        verdict = await console.audit.verify()
        assert (verdict.ok, verdict.reason) == (True, None)
        rows = await sealed.page(console.database, None, VALUES)
        assert len({kid_of(blob) for _, blob in rows}) == 1
