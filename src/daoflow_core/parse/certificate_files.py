"""From the bytes of PEM and PFX files to certificates and keys, or the reason why not."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from daoflow_core.parse.certificate_refusals import refusal

MAX_BYTES = 256 * 1024
MAX_KEY_BYTES = 32 * 1024
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_END = re.compile(rb"-----END ([A-Z0-9 ]{1,40})-----")
_BY_LABEL = (
    (b"PRIVATE KEY", "key-inside"),
    (b"CERTIFICATE REQUEST", "request"),
    (b"PUBLIC KEY", "public-key"),
    (b"TRUSTED CERTIFICATE", "trusted-form"),
    (b"PKCS7", "pkcs7"),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts of a certificate's files: every certificate in the order found, and the private key if any."""

    certificates: list[x509.Certificate]
    private_key: PrivateKeyTypes | None
    warnings: tuple[str, ...] = ()


def read_certificates(data: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM text, each once. Raises CertificateRejected."""
    _refuse_other_forms(data)
    try:
        with warnings.catch_warnings(action="ignore"):  # odd but readable ones are judged by our own rules
            found = x509.load_pem_x509_certificates(data)
    except (ValueError, UnsupportedAlgorithm):
        raise refusal("damaged") from None
    return list(dict.fromkeys(found))


def _refuse_other_forms(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise refusal("too-big")
    if not data.strip():
        raise refusal("empty")
    labels = _BEGIN.findall(data)
    for words, reason in _BY_LABEL:
        if any(words in label for label in labels):
            raise refusal(reason)
    if b"CERTIFICATE" not in labels:
        raise refusal("der" if data[:1] == b"\x30" else "not-a-certificate")
    if len(_END.findall(data)) != len(labels):
        raise refusal("damaged")  # cut: what is whole of it would pass for all of it


def read_key(data: bytes, passphrase: bytes | None) -> tuple[PrivateKeyTypes, tuple[str, ...]]:
    """The private key of a PEM text, and what to say about it. Raises CertificateRejected."""
    if not data.strip():
        raise refusal("key-empty")
    if len(data) > MAX_KEY_BYTES:
        raise refusal("key-too-big")
    if not any(label.endswith(b"PRIVATE KEY") for label in _BEGIN.findall(data)):
        raise refusal("key-not-a-key")
    locked = b"ENCRYPTED" in data
    if locked and not passphrase:
        raise refusal("key-passphrase-required")
    try:
        key = load_pem_private_key(data, passphrase if locked else None)
    except TypeError:  # how the library says that a passphrase is missing
        raise refusal("key-passphrase-required") from None
    except UnsupportedAlgorithm:
        raise refusal("key-unsupported") from None
    except (ValueError, OverflowError):
        raise refusal("key-passphrase-wrong" if locked else "key-damaged") from None
    needless = bool(passphrase) and not locked
    return key, ("The key has no passphrase; the one given was not used.",) if needless else ()


def read_pfx(data: bytes, passphrase: bytes | None) -> Opened:
    """Everything in a PFX. Raises CertificateRejected; a wrong passphrase can't be told from damage."""
    if len(data) > MAX_BYTES:
        raise refusal("too-big")
    try:
        with warnings.catch_warnings(action="ignore"):
            found = pkcs12.load_pkcs12(data, passphrase)
    except UnsupportedAlgorithm:
        raise refusal("key-unsupported") from None
    except (ValueError, TypeError):
        raise refusal("pfx-not-opened") from None
    certificates = [one.certificate for one in (found.cert, *found.additional_certs) if one is not None]
    if not certificates:
        raise refusal("pfx-without-certificate")
    if found.key is None:
        raise refusal("no-key")
    return Opened(list(dict.fromkeys(certificates)), found.key)
