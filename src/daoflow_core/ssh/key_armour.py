"""The outside of a private key: the form of its text, what it says of itself, and what it may not be."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from daoflow_core.ssh.key_refusals import refusal

MAX_BYTES = 64 * 1024
MAGIC = b"openssh-key-v1\0"

_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\r?\n(.*?)\r?\n-----END \1-----", re.DOTALL)
_PUBLIC_LINE = re.compile(rb"(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-\S+|sk-\S+@openssh\.com) AAAA")
_CERTIFICATE_LINE = re.compile(rb"\S+-cert-v01@openssh\.com AAAA")
_PRIVATE = frozenset(
    {b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY", b"OPENSSH PRIVATE KEY"}
)
_BY_LABEL = {
    b"PUBLIC KEY": "public-key",
    b"RSA PUBLIC KEY": "public-key",
    b"CERTIFICATE": "certificate",
    b"TRUSTED CERTIFICATE": "certificate",
    b"DSA PRIVATE KEY": "type-dsa",
    b"PGP PRIVATE KEY BLOCK": "pgp",
}
_BY_START = (
    (b"PuTTY-User-Key-File-", "putty"),
    (b"---- BEGIN SSH2 PUBLIC KEY", "public-key"),
    (b"---- BEGIN SSH2 ENCRYPTED", "ssh2"),
)


@dataclass(frozen=True, slots=True)
class Armour:
    """One PEM block that may be a private key; `outer_public` is the public part an OpenSSH block shows."""

    pem: bytes
    encrypted: bool
    outer_public: bytes | None = None


def read_armour(data: bytes) -> Armour:
    """The one private key block of a text. Raises KeyRejected with the reason when it is anything else."""
    _refuse_other_forms(data)
    label, body, block = _only_block(data)
    if label in _BY_LABEL:
        raise refusal(_BY_LABEL[label])
    if label not in _PRIVATE:
        raise refusal("not-a-key")
    pem = block.replace(b"\r\n", b"\n") + b"\n"
    if label == b"OPENSSH PRIVATE KEY":
        cipher, outer = _open_openssh(body)
        return Armour(pem, cipher != b"none", outer)
    return Armour(pem, label == b"ENCRYPTED PRIVATE KEY" or b"ENCRYPTED" in body)


def algorithm_of(public: bytes) -> str:
    """The algorithm that a public key blob names first."""
    name, _ = _string(public)
    return name.decode("ascii", "replace")


def _refuse_other_forms(data: bytes) -> None:
    """Whatever can be told from the first bytes."""
    if len(data) > MAX_BYTES:
        raise refusal("too-big")
    text = data.strip()
    if not text:
        raise refusal("empty")
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise refusal("byte-order-mark")
    if b"\0" in data or not text.isascii():
        raise refusal("binary")
    for start, reason in _BY_START:
        if text.startswith(start):
            raise refusal(reason)
    if _CERTIFICATE_LINE.match(text):
        raise refusal("certificate")
    if _PUBLIC_LINE.match(text):
        raise refusal("public-key")


def _only_block(data: bytes) -> tuple[bytes, bytes, bytes]:
    """Label, body and text of the single block; EC parameters, which OpenSSL writes first, don't count."""
    labels = _BEGIN.findall(data)
    if not labels:
        raise refusal("not-a-key")
    if len([label for label in labels if label != b"EC PARAMETERS"]) > 1:
        raise refusal("several-keys")
    blocks = list(_BLOCK.finditer(data))
    wanted = [block for block in blocks if block[1] != b"EC PARAMETERS"]
    if not wanted:
        raise refusal(_torn(data))
    outside = _BLOCK.sub(b"", data)
    if outside.strip():
        raise refusal("surrounding-text")
    if data[:1].isspace() or re.search(rb"^[ \t]+\S", data, re.MULTILINE):
        raise refusal("leading-blanks")
    return wanted[0][1], wanted[0][2], wanted[0][0]


def _torn(data: bytes) -> str:
    """What became of a block that begins and can't be read as one."""
    if b"\\n" in data:
        return "literal-newlines"
    if b"-----END " not in data:
        return "truncated"
    if re.search(rb"^[ \t]+-----", data, re.MULTILINE):
        return "leading-blanks"
    return "newlines-lost"


def _open_openssh(body: bytes) -> tuple[bytes, bytes]:
    """The cipher's name and the outer public part of an OpenSSH block."""
    try:
        blob = base64.b64decode(b"".join(body.split()), validate=True)
        if not blob.startswith(MAGIC):
            raise refusal("damaged")
        cipher, rest = _string(blob[len(MAGIC) :])
        _, rest = _string(rest)  # the key derivation's name
        _, rest = _string(rest)  # and its options
        count, rest = int.from_bytes(rest[:4], "big"), rest[4:]
        outer, rest = _string(rest)
        _string(rest)  # the private part must be whole too
    except (binascii.Error, ValueError):
        raise refusal("damaged") from None
    if count != 1:
        raise refusal("several-keys")
    return cipher, outer


def _string(blob: bytes) -> tuple[bytes, bytes]:
    """One string of the SSH wire form, and what follows it. Raises ValueError when it is cut."""
    size = int.from_bytes(blob[:4], "big")
    if len(blob) < 4 + size:
        raise ValueError("cut")
    return blob[4 : 4 + size], blob[4 + size :]
