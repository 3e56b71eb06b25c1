"""A small certificate authority for tests: real certificates, each odd in one way."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from daoflow_core.model.certificates import CertificateMaterial
from daoflow_core.secret import Secret

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: object

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def key_pem(self, passphrase: bytes | None = None, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
        lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, form, lock)


@cache
def key(kind: str = "ec", number: int = 0):
    """A key by kind; the same for the same words, because RSA keys are slow to make."""
    del number
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:] or 2048))
    return ec.generate_private_key({"ec": ec.SECP256R1, "p521": ec.SECP521R1}[kind]())


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)] if common else [])


SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def make(
    common: str = "shop.example",
    issuer: Made | None = None,
    *,
    names: tuple[str, ...] | None = None,
    days: tuple[float, float] = (-10, 80),
    authority: bool = False,
    own_key=None,
    digest=hashes.SHA256,
    issuer_name: x509.Name | None = None,
    serial: int = 0x1234,
    path_length: int | None = None,
    constraints: x509.NameConstraints | None = None,
) -> Made:
    """A certificate issued by another one, or by itself; `days` are from NOW."""
    mine = own_key or ec.generate_private_key(ec.SECP256R1())
    signer = mine if issuer is None else issuer.key
    signed_by = name(common) if issuer is None else issuer.certificate.subject
    names = (common,) if names is None and not authority else names or ()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(issuer_name or signed_by)
        .public_key(mine.public_key())
        .serial_number(serial)
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(mine.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )  # OpenSSL's strict mode, which Python 3.13 turns on, asks for it
    )
    if authority:
        builder = builder.add_extension(SIGNS, critical=True)
    if constraints is not None:
        builder = builder.add_extension(constraints, critical=True)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_name(one) for one in names]), critical=False
        )
    unhashed = isinstance(signer, ed25519.Ed25519PrivateKey)
    return Made(builder.sign(signer, None if unhashed else digest()), mine)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


@dataclass(frozen=True)
class Family:
    """A root, an intermediate and a leaf."""

    root: Made
    middle: Made
    leaf: Made


@cache
def family() -> Family:
    root = make("Example Root", authority=True, days=(-1000, 2000))
    middle = make("Example Issuing", root, authority=True, days=(-500, 1000))
    leaf = make("shop.example", middle, names=("shop.example", "*.shop.example", "10.0.0.7"))
    return Family(root, middle, leaf)


def material(
    certificate: bytes | None = None,
    key: bytes | None = None,
    chain: bytes | None = None,
    pfx: bytes | None = None,
    passphrase: bytes | None = None,
) -> CertificateMaterial:
    given = (certificate, key, chain, pfx, passphrase)
    return CertificateMaterial(*(None if one is None else Secret(one) for one in given))


def pfx(one: Made, *issuers: Made, passphrase: bytes | None = b"word", with_key: bool = True) -> bytes:
    lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    others = [two.certificate for two in issuers] or None
    return pkcs12.serialize_key_and_certificates(
        b"x", one.key if with_key else None, one.certificate if with_key else None, others, lock
    )
