"""The right key is found without being told, an explicit one is obeyed, two explicit ones are refused."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.vault.parts import DATABASE, NOW, PLACE, passphrase

from daoflow_core.errors import ConfigInvalid, InvalidInput, UnsafePermissions, VaultLocked
from daoflow_core.secret import Secret
from daoflow_core.vault.sources import VaultSources, create_vault, unlock_vault

MASTER = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")


@pytest.fixture
def default(tmp_path) -> Path:
    return tmp_path / "vault.key"


def from_environment(monkeypatch, value: str, **more) -> VaultSources:
    monkeypatch.setenv("DAOFLOW_MASTER_KEY", value)
    return VaultSources.from_environment(os.environ, **more)


def test_a_first_start_with_nothing_makes_a_key_file_and_the_next_start_finds_it(default):
    vault, records = create_vault(VaultSources(), default, DATABASE, NOW)
    assert [slot.kind for slot in records.slots] == ["keyfile"]
    blob = vault.seal(PLACE, Secret(b"value"))
    assert unlock_vault(VaultSources(), default, records).open(PLACE, blob).reveal() == b"value"


def test_a_lost_key_file_locks_the_vault_and_no_new_one_is_made(default):
    _, records = create_vault(VaultSources(), default, DATABASE, NOW)
    default.unlink()
    with pytest.raises(VaultLocked, match="can't be read"):
        unlock_vault(VaultSources(), default, records)
    assert not default.exists()


def test_an_open_key_file_is_refused_also_when_a_passphrase_could_be_asked(default):
    vault, records = create_vault(VaultSources(), default, DATABASE, NOW)
    both = replace(records, slots=(*records.slots, vault.add_slot(passphrase(), NOW)))
    default.chmod(0o644)
    with pytest.raises(UnsafePermissions):
        unlock_vault(VaultSources(ask=lambda: Secret(b"correct horse battery")), default, both)


def test_a_named_key_file_is_made_at_first_and_must_be_named_again(default):
    named = VaultSources(key_file=default.with_name("other.key"))
    _, records = create_vault(named, default, DATABASE, NOW)
    assert not default.exists()
    unlock_vault(named, default, records)
    with pytest.raises(VaultLocked):
        unlock_vault(VaultSources(), default, records)


def test_the_key_file_variable_names_the_file(default):
    sources = VaultSources.from_environment({"DAOFLOW_KEY_FILE": str(default)})
    assert sources.key_file == default
    assert VaultSources.from_environment({"DAOFLOW_KEY_FILE": "x"}, key_file=default).key_file == default


def test_a_key_from_the_environment_opens_and_is_gone_afterwards(monkeypatch, default):
    sources = from_environment(monkeypatch, MASTER)
    assert "DAOFLOW_MASTER_KEY" not in os.environ
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(dict(os.environ))"], capture_output=True, text=True
    )
    assert child.returncode == 0
    assert "MASTER_KEY" not in child.stdout
    assert MASTER not in child.stdout
    vault, records = create_vault(sources, default, DATABASE, NOW)
    assert not default.exists()
    again = from_environment(monkeypatch, MASTER + "=")
    assert unlock_vault(again, default, records).active_kid == vault.active_kid


def test_a_copy_of_the_environment_is_cleaned_too(monkeypatch):
    monkeypatch.setenv("DAOFLOW_MASTER_KEY", MASTER)
    environ = dict(os.environ)
    assert VaultSources.from_environment(environ).master_key is not None
    assert "DAOFLOW_MASTER_KEY" not in environ
    assert "DAOFLOW_MASTER_KEY" not in os.environ


@pytest.mark.parametrize(
    "value",
    [
        "",
        "changeme",
        "A" * 43,
        "_" * 43,
        base64.urlsafe_b64encode(b"\x07" * 32).decode(),
        MASTER[:-1],
        MASTER + "A",
        MASTER + "\n",
        " " + MASTER,
        bytes(range(32)).hex(),
        base64.b64encode(b"\xff\xfe" * 16).decode(),
        MASTER[:-1] + "9",
    ],
)
def test_anything_but_a_real_key_is_refused_unseen_and_gone(monkeypatch, value):
    with pytest.raises(ConfigInvalid, match="DAOFLOW_MASTER_KEY is not a master key") as refused:
        from_environment(monkeypatch, value)
    assert "DAOFLOW_MASTER_KEY" not in os.environ
    if len(value) > 10:
        assert value.strip() not in repr(refused.value.document())
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("creating", [True, False])
def test_two_explicit_sources_are_refused(monkeypatch, default, creating):
    _, records = create_vault(VaultSources(), default, DATABASE, NOW)
    sources = from_environment(monkeypatch, MASTER, key_file=default)
    with pytest.raises(ConfigInvalid, match="a key file and DAOFLOW_MASTER_KEY"):
        if creating:
            create_vault(sources, default, DATABASE, NOW)
        else:
            unlock_vault(sources, default, records)
    with pytest.raises(ConfigInvalid, match="a key file and a passphrase"):
        VaultSources(key_file=default, passphrase=Secret(b"long enough")).named()


def test_an_explicit_source_without_a_slot_is_not_replaced_by_another(monkeypatch, default):
    _, records = create_vault(VaultSources(), default, DATABASE, NOW)
    with pytest.raises(VaultLocked, match="not set up to be opened by a key in DAOFLOW_MASTER_KEY"):
        unlock_vault(from_environment(monkeypatch, MASTER), default, records)


def test_a_person_is_asked_only_when_nothing_else_opens(default):
    asked = []

    def ask() -> Secret:
        asked.append(1)
        return Secret(b"correct horse battery")

    vault, records = create_vault(VaultSources(), default, DATABASE, NOW)
    both = replace(records, slots=(*records.slots, vault.add_slot(passphrase(), NOW)))
    unlock_vault(VaultSources(ask=ask), default, both)
    assert asked == []
    default.unlink()
    assert unlock_vault(VaultSources(ask=ask), default, both).active_kid == vault.active_kid
    assert asked == [1]


@pytest.mark.parametrize(
    ("kind", "step"), [("passphrase", "DAOFLOW_PASSPHRASE_FILE"), ("environment", "DAOFLOW_MASTER_KEY")]
)
def test_without_any_key_the_next_step_names_the_way_in(default, kind, step):
    _, records = create_vault(VaultSources(), default, DATABASE, NOW)
    other = replace(records, slots=(replace(records.slots[0], kind=kind),))
    with pytest.raises(VaultLocked, match="The vault is locked") as locked:
        unlock_vault(VaultSources(), default, other)
    assert step in locked.value.next_step


def test_printing_the_sources_shows_no_key(monkeypatch):
    sources = from_environment(monkeypatch, MASTER, passphrase=Secret(b"canary phrase"))
    assert "canary" not in repr(sources)
    assert repr(bytes(range(32)))[2:20] not in repr(sources)


def test_a_passphrase_file_named_by_the_environment_opens_what_it_set_up(default, tmp_path, monkeypatch):
    phrase = tmp_path / "phrase"
    phrase.write_text("four unrelated words here\nand a second line\n")
    monkeypatch.setenv("DAOFLOW_PASSPHRASE_FILE", str(phrase))
    sources = VaultSources.from_environment(dict(os.environ))
    vault, records = create_vault(sources, default, DATABASE, NOW)
    assert {slot.kind for slot in records.slots} == {"passphrase"}
    assert not default.exists()
    assert unlock_vault(sources, default, records).active_kid == vault.active_kid


def test_a_passphrase_file_that_is_missing_is_named(default, tmp_path):
    with pytest.raises(InvalidInput, match="passphrase file"):
        VaultSources.from_environment({"DAOFLOW_PASSPHRASE_FILE": str(tmp_path / "nowhere")})
