"""The import policy for private keys: what may enter the inventory, and why the rest may not."""

from __future__ import annotations

import asyncssh
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from daoflow_core.errors import KeyRejected
from daoflow_core.model.imported_key import ImportedKey
from daoflow_core.secret import Secret
from daoflow_core.ssh.key_armour import Armour, algorithm_of, read_armour
from daoflow_core.ssh.key_refusals import passphrase_required, passphrase_wrong, refusal

RSA_LEAST = 2048
RSA_GOOD = 3072

_ELLIPTIC = {
    "ssh-ed25519": ("ed25519", 256),
    "ecdsa-sha2-nistp256": ("ecdsa", 256),
    "ecdsa-sha2-nistp384": ("ecdsa", 384),
    "ecdsa-sha2-nistp521": ("ecdsa", 521),
}
_PROBE = b"do the two halves of this key belong together?"


def read_private_key(data: bytes, passphrase: Secret | None = None) -> ImportedKey:
    """The key in the inventory's form. Raises KeyRejected (its `reason` says why) or a kind of it."""
    armour = read_armour(data)
    if armour.outer_public is not None:
        _refuse_algorithm(algorithm_of(armour.outer_public))
    secret = passphrase.reveal() if passphrase else b""
    if armour.encrypted and not secret:
        raise passphrase_required()
    key = _unlock(armour, secret)
    key_type, bits = _type_and_bits(key)
    if armour.outer_public not in (None, key.public_data) or not _halves_agree(key):
        raise refusal("halves-differ")
    key.set_comment(None)
    return ImportedKey(
        key_type=key_type,
        bits=bits,
        fingerprint=key.get_fingerprint("sha256"),
        public_key=key.export_public_key("openssh").decode("ascii").strip(),
        private_key=Secret(key.export_private_key("openssh")),
        warnings=_warnings(key_type, bits, armour, secret),
    )


def make_private_key() -> ImportedKey:
    """A fresh Ed25519 key in the inventory's form, of the system's randomness."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    return read_private_key(key.export_private_key("openssh"))


def _unlock(armour: Armour, passphrase: bytes) -> asyncssh.SSHKey:
    """The key object behind the armour."""
    try:
        return asyncssh.import_private_key(armour.pem, passphrase or None)
    except asyncssh.KeyEncryptionError as error:
        raise _not_decrypted(str(error)) from None
    except (asyncssh.KeyImportError, UnsupportedAlgorithm, ValueError, OverflowError) as error:
        raise _not_imported(armour, str(error)) from None


def _not_decrypted(words: str) -> KeyRejected:
    if "requires bcrypt" in words:
        return refusal("bcrypt-missing")
    return refusal("cipher-unsupported") if "Unknown" in words else passphrase_wrong()


def _not_imported(armour: Armour, words: str) -> KeyRejected:
    """What asyncssh means: *decrypt* is a wrong passphrase of a PEM key, *unknown* a foreign type.

    One wrong passphrase in 256 leaves a padding that looks right, and then nonsense where the key should be.
    """
    if armour.encrypted and ("decrypt" in words or words == "Invalid PEM private key"):
        return passphrase_wrong()
    return refusal("type-unsupported" if "Unknown" in words else "damaged")


def _refuse_algorithm(name: str) -> None:
    """Stop at a type that is not for us before a passphrase is asked for."""
    if name.startswith("sk-"):
        raise refusal("hardware-key")
    if name == "ssh-dss":
        raise refusal("type-dsa")
    if name not in _ELLIPTIC and name != "ssh-rsa":
        raise refusal("type-unsupported")


def _type_and_bits(key: asyncssh.SSHKey) -> tuple[str, int]:
    name = key.get_algorithm()
    _refuse_algorithm(name)
    if name in _ELLIPTIC:
        return _ELLIPTIC[name]
    inner = key.pyca_key
    bits = inner.key_size if isinstance(inner, RSAPrivateKey) else 0
    if bits < RSA_LEAST:
        raise refusal("rsa-too-short")
    return "rsa", bits


def _halves_agree(key: asyncssh.SSHKey) -> bool:
    """Whether the public part verifies what the private part signs."""
    algorithm = "rsa-sha2-256" if key.get_algorithm() == "ssh-rsa" else key.get_algorithm()
    public = key.convert_to_public()
    return bool(public.verify(_PROBE, key.sign(_PROBE, algorithm.encode("ascii"))))


def _warnings(key_type: str, bits: int, armour: Armour, passphrase: bytes) -> tuple[str, ...]:
    found = []
    if key_type == "rsa" and bits < RSA_GOOD:
        found.append(f"This RSA key has {bits} bits: it is accepted, but {RSA_GOOD} or Ed25519 is advised.")
    if passphrase and not armour.encrypted:
        found.append("The key has no passphrase; the one given was not used.")
    return tuple(found)
