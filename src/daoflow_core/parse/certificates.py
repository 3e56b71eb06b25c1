"""A certificate's files as checked facts: what it says of itself, cleaned, and what could be proven. Pure."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from daoflow_core.model.certificates import (
    CertificateBundle,
    CertificateFacts,
    CertificateMaterial,
    ChainLink,
)
from daoflow_core.parse.certificate_chain import Chain, is_authority, order, pick_leaf
from daoflow_core.parse.certificate_constraints import NOT_CHECKED, broken_constraint
from daoflow_core.parse.certificate_files import Opened, read_certificates, read_key, read_pfx
from daoflow_core.parse.certificate_refusals import refusal
from daoflow_core.secret import Secret
from daoflow_core.stamps import stamp
from daoflow_core.text import clean

CERTIFICATE, PRIVATE_KEY, CA_CHAIN = "certificate", "private_key", "ca_chain"
RSA_LEAST, RSA_MOST = 2048, 8192
LONG_LIVED = timedelta(days=398)
_WEAK_HASHES = (hashes.MD5, hashes.SHA1)


def read_bundle(material: CertificateMaterial, roots: Sequence[x509.Certificate]) -> CertificateBundle:
    """Everything given for one certificate, proven to belong together. Raises CertificateRejected."""
    with warnings.catch_warnings(action="ignore"):  # odd but readable ones are judged by our own rules
        opened = _open(material)
        key = opened.private_key
        leaf = pick_leaf(opened.certificates, None if key is None else _public_of(key))
        chain = order(leaf, [one for one in opened.certificates if one != leaf], roots)
        broken = broken_constraint(chain, roots)
        facts = _facts(chain, broken, has_private_key=key is not None)
    said = list(opened.warnings)
    if chain.left_out:
        said.append("A second certificate of the same issuer was left out of the chain.")
    if broken == NOT_CHECKED:
        said.append("An issuer limits what may be below it in a way that can't be checked here.")
    elif broken is not None:
        said.append("An issuer does not allow what is below it, so clients refuse this certificate.")
    return CertificateBundle(facts, _parts(chain, key), tuple(said))


def _open(material: CertificateMaterial) -> Opened:
    phrase = material.passphrase.reveal() if material.passphrase else None
    if material.pfx is not None:
        if material.certificate or material.private_key or material.ca_chain:
            raise refusal("pfx-and-pem")
        return read_pfx(material.pfx.reveal(), phrase)
    if material.certificate is None:
        raise refusal("empty")
    found = read_certificates(material.certificate.reveal())
    if material.ca_chain is not None:
        found += read_certificates(material.ca_chain.reveal())
    if material.private_key is None:
        return Opened(list(dict.fromkeys(found)), None)
    key, said = read_key(material.private_key.reveal(), phrase)
    return Opened(list(dict.fromkeys(found)), key, said)


def _public_of(key: PrivateKeyTypes) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _parts(chain: Chain, key: PrivateKeyTypes | None) -> dict[str, Secret]:
    parts = {CERTIFICATE: Secret(chain.leaf.public_bytes(Encoding.PEM))}
    if key is not None:
        parts[PRIVATE_KEY] = Secret(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if chain.issuers:
        parts[CA_CHAIN] = Secret(b"".join(one.public_bytes(Encoding.PEM) for one in chain.issuers))
    return parts


def _facts(chain: Chain, broken: str | None, *, has_private_key: bool) -> CertificateFacts:
    leaf = chain.leaf
    if leaf.not_valid_before_utc > leaf.not_valid_after_utc:
        raise refusal("dates-reversed")
    kind, bits = _key_of(leaf)
    try:
        domains, authority = _domains(leaf), is_authority(leaf)
        return CertificateFacts(
            fingerprint=_fingerprint(leaf),
            subject=clean(leaf.subject.rfc4514_string()),
            issuer=clean(leaf.issuer.rfc4514_string()),
            serial=f"{leaf.serial_number:x}",
            not_before=stamp(leaf.not_valid_before_utc),
            not_after=stamp(leaf.not_valid_after_utc),
            domains=domains,
            key_type=kind,
            key_bits=bits,
            signature=_signature(leaf),
            is_ca=authority,
            has_private_key=has_private_key,
            trust=chain.trust if broken in (None, NOT_CHECKED) else "constrained",
            chain=tuple(_link(one) for one in chain.issuers),
            weaknesses=(
                *_weaknesses(chain, kind, bits, domains, authority=authority),
                *([] if broken is None else [broken]),
            ),
        )
    except (ValueError, OverflowError, x509.DuplicateExtension):
        raise refusal("damaged") from None


def _link(one: x509.Certificate) -> ChainLink:
    return ChainLink(clean(one.subject.rfc4514_string()), _fingerprint(one), stamp(one.not_valid_after_utc))


def _fingerprint(one: x509.Certificate) -> str:
    return f"sha256:{one.fingerprint(hashes.SHA256()).hex()}"


def _key_of(leaf: x509.Certificate) -> tuple[str, int]:
    try:
        key = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise refusal("key-unsupported") from None
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size > RSA_MOST:
            raise refusal("key-too-long")
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ecdsa {key.curve.name}", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519", 256
    if isinstance(key, ed448.Ed448PublicKey):
        return "ed448", 456
    raise refusal("key-unsupported")


def _domains(leaf: x509.Certificate) -> tuple[str, ...]:
    """The names it is good for, DNS first, then addresses; each once."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = [clean(name) for name in names.get_values_for_type(x509.DNSName)]
    addresses = [str(address) for address in names.get_values_for_type(x509.IPAddress)]
    return tuple(dict.fromkeys([*hosts, *addresses]))


def _signature(one: x509.Certificate) -> str:
    try:
        used = one.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return clean(one.signature_algorithm_oid.dotted_string)
    return used.name if used is not None else "none of its own"


def _is_weakly_signed(one: x509.Certificate) -> bool:
    try:
        return isinstance(one.signature_hash_algorithm, _WEAK_HASHES)
    except UnsupportedAlgorithm:
        return False


def _weaknesses(
    chain: Chain, kind: str, bits: int, domains: tuple[str, ...], *, authority: bool
) -> tuple[str, ...]:
    leaf = chain.leaf
    roots_apart = [
        one for one in chain.issuers if one.subject != one.issuer
    ]  # nobody relies on a root's signature
    found = {
        "rsa-short": kind == "rsa" and bits < RSA_LEAST,
        "curve-weak": kind.startswith("ecdsa") and bits < 256,
        "signature-weak": _is_weakly_signed(leaf),
        "chain-signature-weak": any(_is_weakly_signed(one) for one in roots_apart),
        "authority": authority,
        "no-names": not domains,
        "long-lived": leaf.not_valid_after_utc - leaf.not_valid_before_utc > LONG_LIVED,
    }
    return tuple(code for code, true in found.items() if true)
