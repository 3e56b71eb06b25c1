"""The keyring is used only through a back end that is known to encrypt."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType, SimpleNamespace

import pytest
from tests.vault.parts import DATABASE

from daoflow_core.errors import VaultLocked
from daoflow_core.vault.keyring import make_keyring_key, read_keyring


class KeyringError(Exception):
    """Stands where the package's own error stands."""


class Backend:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.failing = False

    def get_password(self, service: str, user: str) -> str | None:
        if self.failing:
            raise KeyringError("canary from the back end")
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, password: str) -> None:
        self.kept[service, user] = password


def backend_of(module: str) -> Backend:
    return type("Keyring", (Backend,), {"__module__": module})()


@pytest.fixture
def install(monkeypatch):
    """Puts a keyring package with one chosen back end in place."""

    def put(backend):
        package, errors = ModuleType("keyring"), ModuleType("keyring.errors")
        package.get_keyring = lambda: backend
        errors.KeyringError = KeyringError
        monkeypatch.setitem(sys.modules, "keyring", package)
        monkeypatch.setitem(sys.modules, "keyring.errors", errors)
        return backend

    return put


def test_a_key_is_made_once_and_read_again(install):
    backend = install(backend_of("keyring.backends.SecretService"))
    made = make_keyring_key(DATABASE)
    assert list(backend.kept) == [("daoflow-tui", DATABASE)]
    assert read_keyring(DATABASE).key == made.key == make_keyring_key(DATABASE).key


def test_another_database_has_another_key(install):
    install(backend_of("keyring.backends.kwallet"))
    assert make_keyring_key("one").key != make_keyring_key("two").key


@pytest.mark.parametrize(
    "module",
    [
        "keyrings.alt.file",
        "keyring.backends.null",
        "keyring.backends.fail",
        "keyring.backends.SecretService.evil",
    ],
)
def test_other_back_ends_are_refused_and_get_no_key(install, module):
    backend = install(backend_of(module))
    for use in (read_keyring, make_keyring_key):
        with pytest.raises(VaultLocked, match="not known to encrypt"):
            use(DATABASE)
    assert backend.kept == {}


def test_a_chain_is_used_through_its_trusted_member_only(install):
    plain, trusted = backend_of("keyrings.alt.file"), backend_of("keyring.backends.macOS")
    install(SimpleNamespace(backends=[plain, trusted]))
    make_keyring_key(DATABASE)
    assert (len(plain.kept), len(trusted.kept)) == (0, 1)


@pytest.mark.parametrize("stored", ["", "changeme", "A" * 43, "é" * 43])
def test_an_entry_that_is_no_key_is_refused(install, stored):
    backend = install(backend_of("keyring.backends.Windows"))
    backend.kept["daoflow-tui", DATABASE] = stored
    with pytest.raises(VaultLocked, match="no key"):
        read_keyring(DATABASE)
    assert backend.kept["daoflow-tui", DATABASE] == stored


def test_a_missing_entry_and_a_failing_keyring_lock_the_vault(install):
    backend = install(backend_of("keyring.backends.Windows"))
    with pytest.raises(VaultLocked, match="holds no key for this database"):
        read_keyring(DATABASE)
    backend.failing = True
    with pytest.raises(VaultLocked, match="The keyring refused: KeyringError"):
        make_keyring_key(DATABASE)


def test_without_the_extra_the_next_step_is_its_installation(monkeypatch):
    def absent(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(VaultLocked) as locked:
        read_keyring(DATABASE)
    assert "daoflow-tui[keyring]" in locked.value.next_step
