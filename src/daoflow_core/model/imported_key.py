"""A private key on its way from an operator's file into the vault."""

from __future__ import annotations

from dataclasses import dataclass, field

from daoflow_core.secret import Secret


@dataclass(frozen=True, slots=True)
class ImportedKey:
    """A private key that met the import policy.

    `private_key` is its unencrypted OpenSSH form, for the vault only; `public_key` is one line, no comment;
    `fingerprint` the one `ssh-keygen -l` prints, `key_type` one of `ed25519`, `ecdsa` and `rsa`.
    """

    key_type: str
    bits: int
    fingerprint: str
    public_key: str
    private_key: Secret = field(repr=False)
    warnings: tuple[str, ...] = ()
