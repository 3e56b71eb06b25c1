"""A console that was opened to read only: what is off says so, and the vault can be unlocked later."""

from __future__ import annotations

import asyncssh
import pytest
from textual import events

from daoflow_core.console import Opening, open_console
from daoflow_core.secret import Secret
from daoflow_core.vault import passphrase as passphrases
from daoflow_core.vault.passphrase import FLOOR, Passphrase
from daoflow_core.vault.sources import VaultSources

PHRASE = "correct horse battery staple"


@pytest.fixture
async def locked(home, start_peer, register, monkeypatch):
    """A store with one server whose vault only a passphrase opens."""
    monkeypatch.setattr(passphrases, "DEFAULT", FLOOR)
    await register("edge-1", await start_peer())
    async with await open_console(Opening(home.environ)) as console:
        await console.vault_slots.add(Passphrase(Secret(PHRASE.encode())))
        await console.vault_slots.lock(VaultSources(passphrase=Secret(PHRASE.encode())))


async def test_keys_are_listed_adding_is_refused_and_the_palette_unlocks(locked, sit_down):
    async with sit_down(wait=False) as operator:
        await operator.sees("Only read", "Unlock")
        await operator.opened()
        await operator.press("escape", "K")
        await operator.sees("VAULT LOCKED", "edge-1 SSH key", "in use")
        assert "vault: unlocked" not in operator.screen()
        await operator.press("a", "enter")
        await operator.fill("one")
        await operator.press("tab")
        private = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh").decode()
        operator.app._driver.send_message(events.Paste(private))
        await operator.press("enter")
        await operator.sees("The vault is locked.", "VAULT_LOCKED")
        await operator.press("escape", "colon")
        await operator.type("unlock the vault")
        await operator.press("enter")
        await operator.sees("Only read", "Unlock")
        sheet = operator.app.screen
        await operator.fill(PHRASE)
        assert PHRASE not in operator.screen()
        await operator.press("enter")
        await operator.sees("vault: unlocked")
        assert sheet.field.value == "", "no passphrase stays in a sheet that is gone"
