"""Ways into the vault: none counts before it was proven, none goes while no other is proven, and each change is on record."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from types import ModuleType

import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import Conflict, InvalidInput, NotFound, VaultLocked
from daoflow_core.model.vault import Place
from daoflow_core.secret import Secret
from daoflow_core.services.unlocking import LockedVault
from daoflow_core.store import meta, sealed
from daoflow_core.vault import passphrase as passphrases
from daoflow_core.vault.keyring import make_keyring_key
from daoflow_core.vault.passphrase import FLOOR, Passphrase
from daoflow_core.vault.sources import VaultSources

PHRASE = Secret(b"correct horse battery staple")
OTHER = Secret(b"another one altogether")
PLACE = Place("ssh_keys", "key_1", "private_key", 1)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """The lowest cost that is allowed: these tests are about order, not about stretching."""
    monkeypatch.setattr(passphrases, "DEFAULT", FLOOR)


@pytest.fixture
def opening(home):
    """Opens the store of this test with the given ways into its vault."""

    def make(**sources):
        environ = {"DAOFLOW_HOME": str(home), "HOME": str(home)}
        return open_console(Opening(environ, vault=VaultSources(**sources)))

    return make


async def slots(console):
    return {one.kind: one.id for one in (await console.vault_service.status()).slots}


async def actions(console):
    rows = await console.audit.list(limit=100)
    return [one.action for one in rows if one.phase == "outcome"]


async def wrapped_root(console, kind):
    rows = await console.database.rows("select wrapped_root from vault_slots where kind = ?", (kind,))
    return rows[0]["wrapped_root"].encode()


def on_disk(home):
    """The database and its log, read by another process: closing it here would drop this one's locks."""
    files = sorted(str(file) for file in home.glob("daoflow.db*"))
    return subprocess.run(["cat", *files], capture_output=True, check=True).stdout


async def put(console, text=b"a sealed secret"):
    blob = console.vault.seal(PLACE, Secret(text))
    await console.database.write(lambda tx: sealed.put(tx, PLACE, blob))


async def read(console):
    return console.vault.open(PLACE, await sealed.get(console.database, PLACE)).reveal()


async def test_an_added_passphrase_opens_what_the_key_file_sealed(opening):
    async with await opening() as console:
        await put(console)
        made = await console.vault_slots.add(Passphrase(PHRASE))
        assert made.kind == "passphrase"
        assert await actions(console) == ["vault.add-slot"]
    async with await opening(passphrase=PHRASE) as console:
        assert await read(console) == b"a sealed secret"
    async with await opening(passphrase=OTHER) as console:
        assert isinstance(console.vault, LockedVault)
        with pytest.raises(VaultLocked):
            await console.vault_slots.add(Passphrase(OTHER))


async def test_a_weak_passphrase_and_the_same_key_file_make_no_slot(opening):
    async with await opening() as console:
        with pytest.raises(InvalidInput):
            await console.vault_slots.add(Passphrase(Secret(b"short")))
        from daoflow_core.vault.keyfile import read_key_file

        with pytest.raises(Conflict):
            await console.vault_slots.add(read_key_file(console.paths.key_file))
        assert list(await slots(console)) == ["keyfile"]
        assert await actions(console) == []


async def test_a_slot_goes_only_when_another_is_proven(opening, home):
    async with await opening() as console:
        with pytest.raises(Conflict, match="last way"):
            await console.vault_slots.remove((await slots(console))["keyfile"], VaultSources())
        await console.vault_slots.add(Passphrase(PHRASE))
        known = await slots(console)
        for proof in (VaultSources(), VaultSources(passphrase=OTHER), VaultSources(ask=lambda: OTHER)):
            with pytest.raises(Conflict, match="No other way"):
                await console.vault_slots.remove(known["keyfile"], proof)
        with pytest.raises(NotFound):
            await console.vault_slots.remove("slot_none", VaultSources(passphrase=PHRASE))
        assert await slots(console) == known
        wrapped = await wrapped_root(console, "keyfile")
        assert wrapped in on_disk(home)
        await console.vault_slots.remove(known["keyfile"], VaultSources(ask=lambda: PHRASE))
        assert list(await slots(console)) == ["passphrase"]
        assert (await actions(console))[0] == "vault.remove-slot"
        assert wrapped not in on_disk(home), (
            "what the slot held is gone from the file, not only from the table"
        )


async def test_a_changed_passphrase_takes_the_place_of_the_old_one(opening, home):
    async with await opening() as console:
        await put(console)
        with pytest.raises(NotFound):
            await console.vault_slots.change_passphrase(Passphrase(OTHER))
        await console.vault_slots.add(Passphrase(PHRASE))
        wrapped = await wrapped_root(console, "passphrase")
        assert wrapped in on_disk(home)
        await console.vault_slots.change_passphrase(Passphrase(OTHER))
        assert wrapped not in on_disk(home)
        assert sorted(await slots(console)) == ["keyfile", "passphrase"]
    async with await opening(passphrase=OTHER) as console:
        assert await read(console) == b"a sealed secret"
        second = await console.vault_slots.add(Passphrase(PHRASE))
        with pytest.raises(InvalidInput, match="2 passphrases"):
            await console.vault_slots.change_passphrase(Passphrase(Secret(b"the third of them")))
        await console.vault_slots.change_passphrase(Passphrase(Secret(b"the third of them")), second.id)
    async with await opening(passphrase=PHRASE) as console:
        assert isinstance(console.vault, LockedVault)


async def test_locking_leaves_only_what_needs_a_person_and_unlocking_takes_a_new_key(opening, home):
    async with await opening() as console:
        await put(console)
        with pytest.raises(Conflict, match="needs a person"):
            await console.vault_slots.lock(VaultSources())
        await console.vault_slots.add(Passphrase(PHRASE))
        with pytest.raises(Conflict, match="No other way"):
            await console.vault_slots.lock(VaultSources())
        assert (home / "vault.key").exists()
        old_key = (home / "vault.key").read_bytes()
        done = await console.vault_slots.lock(VaultSources(passphrase=PHRASE))
        assert ([one.kind for one in done.removed], done.left) == (["keyfile"], ())
        assert not (home / "vault.key").exists()
        assert await read(console) == b"a sealed secret", "a process that runs goes on"
    async with await opening() as console:
        assert isinstance(console.vault, LockedVault)
        with pytest.raises(VaultLocked):
            await console.vault_slots.unlock()
    assert not (home / "vault.key").exists()
    async with await opening(passphrase=PHRASE) as console:
        (home / "vault.key").write_bytes(old_key)
        with pytest.raises(Conflict, match="opens nothing"):
            await console.vault_slots.unlock()
        (home / "vault.key").unlink()
        await console.vault_slots.unlock()
        assert (home / "vault.key").read_bytes() != old_key
        with pytest.raises(Conflict, match="already"):
            await console.vault_slots.unlock()
        assert (await actions(console))[:2] == ["vault.unlock", "vault.lock"]
    async with await opening() as console:
        assert await read(console) == b"a sealed secret"
        assert (await console.audit.verify()).ok
    (home / "vault.key").write_bytes(old_key)
    async with await opening() as console:
        assert isinstance(console.vault, LockedVault), "a copy of the old key file opens nothing any more"


async def test_locking_goes_on_where_a_kill_cut_it_short(opening, home):
    async with await opening() as console:
        await console.vault_slots.add(Passphrase(PHRASE))
        known = await slots(console)
        await console.vault_slots.remove(known["keyfile"], VaultSources(passphrase=PHRASE))
    assert (home / "vault.key").exists()
    async with await opening(passphrase=PHRASE) as console:
        done = await console.vault_slots.lock(VaultSources(passphrase=PHRASE))
        assert done.removed == ()
    assert not (home / "vault.key").exists()


async def test_every_value_is_opened_by_a_check_and_all_damage_is_told(opening, home):
    async with await opening() as console:
        for number in range(30):
            place = Place("t", f"{number:02}", "f", 1)
            blob = console.vault.seal(place, Secret(b"x" * number))
            await console.database.write(lambda tx, place=place, blob=blob: sealed.put(tx, place, blob))
        found = await console.vault_service.verify()
        assert (found.values, found.damaged, found.behind) == (30, (), 0)
        with closing(sqlite3.connect(home / "daoflow.db")) as stranger, stranger:
            stranger.execute("update sealed set blob = x'00' where owner_id = '03'")
            stranger.execute(
                "update sealed set blob = (select blob from sealed where owner_id = '05') where owner_id = '07'"
            )
        found = await console.vault_service.verify()
        assert found.values == 30
        assert [one.split()[5] for one in found.damaged] == ["03", "07"]


class Backend:
    """A keyring in memory that calls itself one that encrypts."""

    def __init__(self):
        self.kept = {}

    def get_password(self, service, user):
        return self.kept.get((service, user))

    def set_password(self, service, user, password):
        self.kept[service, user] = password

    def delete_password(self, service, user):
        del self.kept[service, user]


@pytest.fixture
def keyring(monkeypatch):
    backend = type("Keyring", (Backend,), {"__module__": "keyring.backends.SecretService"})()
    package, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    package.get_keyring = lambda: backend
    errors.KeyringError = type("KeyringError", (Exception,), {})
    monkeypatch.setitem(sys.modules, "keyring", package)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return backend


async def test_the_keyring_opens_the_vault_without_a_key_file_until_it_is_locked(opening, home, keyring):
    async with await opening() as console:
        await put(console)
        known = await slots(console)
        await console.vault_slots.add(make_keyring_key(await meta.database_id(console.database)))
        await console.vault_slots.remove(known["keyfile"], VaultSources())
        (home / "vault.key").unlink()
    async with await opening() as console:
        assert await read(console) == b"a sealed secret"
        await console.vault_slots.add(Passphrase(PHRASE))
        done = await console.vault_slots.lock(VaultSources(passphrase=PHRASE))
        assert ([one.kind for one in done.removed], done.left, keyring.kept) == (["keyring"], (), {})
    async with await opening() as console:
        assert isinstance(console.vault, LockedVault)
    async with await opening(passphrase=PHRASE) as console:
        assert await read(console) == b"a sealed secret"
