"""Which certificate is meant, who issued it, and whether that ends at a root this machine trusts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from daoflow_core.parse.certificate_refusals import refusal

LONGEST = 10


@dataclass(frozen=True, slots=True)
class Chain:
    """A leaf, its issuers from the nearest up, and where they end."""

    leaf: x509.Certificate
    issuers: tuple[x509.Certificate, ...]
    trust: str
    left_out: int = 0


def public_part(holder: x509.Certificate) -> bytes:
    """The public key of a certificate, as bytes that can be compared. Raises CertificateRejected."""
    try:
        return holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        raise refusal("key-unsupported") from None


def pick_leaf(certificates: Sequence[x509.Certificate], key: bytes | None) -> x509.Certificate:
    """The one whose public key is `key`, or without a key the one that issued none of the others."""
    if key is not None:
        match = [one for one in certificates if public_part(one) == key]
        if not match:
            raise refusal("key-mismatch")
        return match[0]
    if len(certificates) == 1:
        return certificates[0]
    last = [
        one
        for one in certificates
        if not any(issued_by(other, one) for other in certificates if other is not one)
    ]
    if len(last) != 1:
        raise refusal("several-leaves")
    return last[0]


def order(
    leaf: x509.Certificate, others: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> Chain:
    """The chain from the leaf up, each link's signature proven. Raises CertificateRejected for strangers in it."""
    rest = [one for one in others if one != leaf]
    issuers: list[x509.Certificate] = []
    current = leaf
    while not issued_by(current, current) and len(issuers) <= LONGEST:
        above = [one for one in rest if is_authority(one) and issued_by(current, one)]
        if not above:
            break
        current = max(above, key=lambda one: one.not_valid_after_utc)
        rest.remove(current)
        issuers.append(current)
    if len(issuers) > LONGEST:
        raise refusal("chain-too-long")
    known = {public_part(one) for one in issuers}
    if any(public_part(one) not in known for one in rest):
        raise refusal("chain-unrelated")
    return Chain(leaf, tuple(issuers), _trust(leaf, current, roots), len(rest))


def _trust(leaf: x509.Certificate, top: x509.Certificate, roots: Sequence[x509.Certificate]) -> str:
    if top in roots or any(issued_by(top, root) for root in roots if root.subject == top.issuer):
        return "trusted"
    if not issued_by(top, top):
        return "incomplete"
    return "self_signed" if top == leaf else "private"


def issued_by(one: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name and signature are on it; a name alone proves nothing."""
    try:
        one.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def is_authority(one: x509.Certificate) -> bool:
    """Whether it may issue others."""
    try:
        return bool(one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
