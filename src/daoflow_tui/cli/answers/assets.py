"""Answers about access assets: public facts only, each field named here and nowhere taken from a record whole."""

from __future__ import annotations

from typing import Literal

from daoflow_tui.cli.answers.base import Answer, Moment
from daoflow_tui.cli.answers.records import ServerName, SshKey
from daoflow_tui.cli.answers.servers import Registered, ServerShow


class SshKeyShow(Answer):
    """One managed key."""

    key: SshKey


class SshKeyTaken(SshKeyShow):
    """A key that is new in the inventory."""

    warnings: list[str]


class Proof(Answer):
    """Whether the new key was seen to log in to a server, or why not."""

    server: ServerName
    proven: bool
    code: str | None
    reason: str | None


class SshKeyRotated(SshKeyShow):
    """A key after its rotation."""

    previousFingerprint: str
    forced: bool
    proofs: list[Proof]
    warnings: list[str]


class SshKeyAttached(Registered):
    """The server as it stands with the key, and the key."""

    sshKey: SshKey


class SshKeyDetached(ServerShow):
    """The server as it stands without a key; `detached` is false when it had none."""

    detached: bool
    sshKey: SshKey | None


class AssetDeleted(Answer):
    """A key or certificate that is gone, and the servers it was taken from."""

    deleted: Literal[True]
    id: str
    name: str
    detachedFrom: list[ServerName]


CertificateStatus = Literal[
    "valid",
    "expired",
    "not_yet_valid",
    "critical",
    "expiring",
    "weak",
    "chain_incomplete",
    "untrusted_chain",
    "self_signed",
]


class ChainLink(Answer):
    """One issuing certificate."""

    subject: str
    fingerprint: str
    expiresAt: Moment


class Certificate(Answer):
    """A certificate's public facts and how it stands now; never its body, its key or anything sealed."""

    id: str
    name: str
    fingerprint: str
    subject: str
    issuer: str
    serialNumber: str
    notBefore: Moment
    expiresAt: Moment
    validUntil: Moment
    daysLeft: int
    status: CertificateStatus
    problems: list[CertificateStatus]
    domains: list[str]
    keyType: str
    keyBits: int
    signatureHash: str
    isCa: bool
    hasPrivateKey: bool
    hasCaChain: bool
    chainTrust: Literal["trusted", "private", "incomplete", "constrained", "self_signed"]
    chain: list[ChainLink]
    weaknesses: list[str]
    servers: list[ServerName]
    createdAt: Moment
    updatedAt: Moment
    rotatedAt: Moment | None


class Certificates(Answer):
    """The certificate inventory."""

    certificates: list[Certificate]


class CertificateShow(Answer):
    """One certificate."""

    certificate: Certificate


class CertificateTaken(CertificateShow):
    """A certificate that is new in the inventory."""

    warnings: list[str]


class CertificateRotated(CertificateTaken):
    """A certificate after its rotation."""

    previousFingerprint: str
    previousExpiresAt: Moment


class CertificateUse(CertificateShow):
    """A certificate after it was attached or detached; `changed` is false when that stood already."""

    changed: bool
