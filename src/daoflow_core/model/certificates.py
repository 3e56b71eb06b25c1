"""Certificates as the inventory knows them: public facts only; bodies and private keys lie sealed."""

from __future__ import annotations

from dataclasses import dataclass, field

from daoflow_core.secret import Secret


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One issuing certificate above the leaf."""

    subject: str
    fingerprint: str
    not_after: str


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says of itself, and what was proven when it was taken in; stamps are UTC.

    `trust`: trusted (ends at a root of this machine), private (ends at a root that came along), incomplete
    (an issuer is missing), constrained (an issuer does not allow what is below it) or self_signed. `weaknesses`
    are codes; those in `WEAK` make it weak.
    """

    fingerprint: str
    subject: str
    issuer: str
    serial: str
    not_before: str
    not_after: str
    domains: tuple[str, ...]
    key_type: str
    key_bits: int
    signature: str
    is_ca: bool
    has_private_key: bool
    trust: str
    chain: tuple[ChainLink, ...] = ()
    weaknesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of the inventory."""

    id: str
    name: str
    facts: CertificateFacts
    created_at: str
    updated_at: str
    rotated_at: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class CertificateMaterial:
    """Raw files on their way in: certificate, key and chain as PEM, or all of them in one PFX."""

    certificate: Secret | None = field(default=None, repr=False)
    private_key: Secret | None = field(default=None, repr=False)
    ca_chain: Secret | None = field(default=None, repr=False)
    pfx: Secret | None = field(default=None, repr=False)
    passphrase: Secret | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CertificateBundle:
    """A checked certificate: its facts, and the PEM of each part for the vault only."""

    facts: CertificateFacts
    parts: dict[str, Secret] = field(repr=False)
    warnings: tuple[str, ...] = ()
