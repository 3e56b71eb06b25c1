"""Host keys and login keys between the forms they live in: asyncssh objects and the values of the model."""

from __future__ import annotations

import binascii

import asyncssh

from daoflow_core.errors import InvalidInput, KeyRejected
from daoflow_core.model.identity import ScannedKey
from daoflow_core.secret import Secret

SIGNATURES: dict[str, tuple[str, ...]] = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),  # the key type keeps its old name; SHA-1 signatures stay out
}
"""The key types that can be pinned, best first, and the signature algorithms each may prove itself with."""

EVERY_SIGNATURE = tuple(name for names in SIGNATURES.values() for name in names)


def scanned(key: asyncssh.SSHKey) -> ScannedKey:
    """A host key as the model keeps it; the fingerprint is the one `ssh-keygen -l` prints."""
    data = binascii.b2a_base64(key.public_data, newline=False).decode("ascii")
    return ScannedKey(key.get_algorithm(), data, key.get_fingerprint("sha256"))


def pinned(key: ScannedKey) -> asyncssh.SSHKey:
    """The asyncssh form of an approved key. Raises InvalidInput when the record is not one whole key."""
    try:
        found = asyncssh.import_public_key(f"{key.algorithm} {key.public_key}")
    except (asyncssh.KeyImportError, ValueError):
        found = None
    if found is None or found.get_algorithm() not in SIGNATURES or scanned(found) != key:
        raise InvalidInput(
            "The approved host key on record is damaged.",
            why="Its algorithm, key and fingerprint do not belong together, so it can prove nothing.",
            next_step="Scan the server's host keys again and approve the right one.",
            field="host_key",
        )
    return found


def login_key(secret: Secret) -> asyncssh.SSHKey:
    """The private key to log in with. Raises KeyRejected when the stored bytes are not one."""
    try:
        return asyncssh.import_private_key(secret.reveal())
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        raise KeyRejected(
            "The stored SSH key can't be read.",
            why="It is not an unencrypted private key of a known format.",
            next_step="Attach another SSH key to the server.",
            reason="unreadable",
        ) from None
