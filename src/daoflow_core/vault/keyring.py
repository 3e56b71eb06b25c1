"""The operating system's keyring as a way into the vault, through back ends known to encrypt only."""

from __future__ import annotations

import importlib
import secrets
from typing import Any

from daoflow_core.errors import VaultLocked
from daoflow_core.vault.derive import KEY_BYTES, read_master_key, to_text
from daoflow_core.vault.slots import KEYRING, MasterKey

SERVICE = "daoflow-tui"
# keyring picks whatever is installed, also one that writes plain text, and a chain hides which one it takes
ALLOWED = (
    "keyring.backends.SecretService",
    "keyring.backends.kwallet",
    "keyring.backends.libsecret",
    "keyring.backends.macOS",
    "keyring.backends.Windows",
)


def read_keyring(database_id: str) -> MasterKey:
    """The key kept for this database. Raises VaultLocked when there is none, or no keyring to trust."""
    stored = _ask(_trusted_backend(), "get_password", database_id)
    if stored is None:
        raise _locked(
            "The keyring holds no key for this database.", "log in as the user who set the vault up"
        )
    return _key(stored)


def make_keyring_key(database_id: str) -> MasterKey:
    """The key kept for this database, made when missing; read back before anything depends on it."""
    backend = _trusted_backend()
    if _ask(backend, "get_password", database_id) is None:
        _ask(backend, "set_password", database_id, to_text(secrets.token_bytes(KEY_BYTES)))
    return _key(_ask(backend, "get_password", database_id) or "")


def forget_keyring_key(database_id: str) -> bool:
    """Remove the key kept for this database; False when there was none. Raises VaultLocked without a keyring."""
    backend = _trusted_backend()
    if _ask(backend, "get_password", database_id) is None:
        return False
    _ask(backend, "delete_password", database_id)
    return True


def _key(stored: str) -> MasterKey:
    try:
        return MasterKey(KEYRING, read_master_key(stored.encode("utf-8", "replace")))
    except ValueError as error:
        raise _locked(
            f"The keyring's entry is no key: {error}.", "restore it, or open the vault another way"
        ) from None


def _trusted_backend() -> Any:  # noqa: ANN401  # an optional package without types
    """The first back end in use that is on the list."""
    try:
        keyring = importlib.import_module("keyring")
    except ModuleNotFoundError:
        raise _locked("The keyring support is not installed.", "pip install 'daoflow-tui[keyring]'") from None
    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", None) or [chosen]:
        if type(backend).__module__ in ALLOWED:
            return backend
    name = f"{type(chosen).__module__}.{type(chosen).__qualname__}"
    raise _locked(
        f"The keyring back end {name} is not known to encrypt.",
        "use a Secret Service, KWallet, macOS or Windows keyring, a key file or a passphrase",
    )


def _ask(backend: Any, verb: str, *arguments: str) -> Any:  # noqa: ANN401
    """One call to the keyring, its own failures turned into ours."""
    errors = importlib.import_module("keyring.errors")
    try:
        return getattr(backend, verb)(SERVICE, *arguments)
    except errors.KeyringError as error:
        raise _locked(
            f"The keyring refused: {type(error).__name__}.", "unlock the keyring and try again"
        ) from None


def _locked(message: str, next_step: str) -> VaultLocked:
    return VaultLocked(message, next_step=next_step, kind=KEYRING)
