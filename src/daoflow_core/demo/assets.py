"""The demo's keys and certificates: some in order, one that ends soon, one that has ended, a weak key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from daoflow_core.model.certificates import CertificateMaterial
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.secret import Secret

if TYPE_CHECKING:
    from daoflow_core.console import Console

_PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
AUTHORITY = "Example Issuing CA"
CERTIFICATES = (
    ("star-example", ("*.example.com", "example.com"), (-30, 61), ("edge-eu-1", "edge-us-1")),
    ("partner", ("partner.example.com", "api.partner.example.com"), (-81, 9), ("edge-us-2",)),
    ("old-lab", ("lab.example.net",), (-377, -12), ()),
)
"""Name, domains, first and last day from now, the servers that use it."""


async def lay_in(console: Console) -> None:
    """Take them in, exactly as an operator would."""
    from daoflow_core.ssh.peer import make_host_key

    await console.key_inventory.generate("break-glass", "root")
    old = make_host_key("ssh-rsa")
    await console.key_inventory.create("legacy-rsa", KeyMaterial(Secret(old.export_private_key("openssh"))))
    signer = ec.generate_private_key(ec.SECP256R1())
    issuer = _certificate(_subject(AUTHORITY), _subject(AUTHORITY), signer, signer, (-900, 900), ())
    for name, domains, days, servers in CERTIFICATES:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _certificate(_subject(domains[0]), issuer.subject, key, signer, days, domains)
        material = CertificateMaterial(
            Secret(leaf.public_bytes(Encoding.PEM)),
            Secret(key.private_bytes(*_PEM)),
            Secret(issuer.public_bytes(Encoding.PEM)),
        )
        standing, _ = await console.certificates.create(name, material)
        for server in servers:
            await console.certificates.attach(standing.certificate.id, server)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    days: tuple[int, int],
    domains: tuple[str, ...],
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1], hours=1))
        .add_extension(x509.BasicConstraints(ca=not domains, path_length=None), critical=True)
    )
    if domains:
        names = x509.SubjectAlternativeName([x509.DNSName(name) for name in domains])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())
