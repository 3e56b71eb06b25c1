"""What the vault tests share: fixed names, a cheap but allowed cost, quick vaults."""

from __future__ import annotations

from daoflow_core.model.vault import Place, VaultRecords
from daoflow_core.secret import Secret
from daoflow_core.vault.passphrase import FLOOR, Passphrase
from daoflow_core.vault.slots import MasterKey
from daoflow_core.vault.vault import SealedVault

DATABASE = "3f0c5a52-0000-4000-8000-000000000001"
NOW = "2026-03-20T22:29:30.000Z"
CANARIES = (b"canary-private-key-5be1", b"canary-passphrase-77aa", b"canary-token-0c3d")
PLACE = Place("ssh_keys", "key_01", "private_key", 1)


def master_key(seed: int = 1, kind: str = "keyfile") -> MasterKey:
    """A key that is fixed, and no two seeds share."""
    return MasterKey(kind, Secret(bytes((seed * 37 + index * 11) % 256 for index in range(32))))


def new_vault(seed: int = 1) -> tuple[SealedVault, VaultRecords]:
    """A fresh vault with one slot."""
    return SealedVault.create(DATABASE, master_key(seed), NOW)


def passphrase(text: str = "correct horse battery") -> Passphrase:
    """A passphrase at the lowest allowed cost."""
    return Passphrase(Secret(text.encode()), FLOOR)
