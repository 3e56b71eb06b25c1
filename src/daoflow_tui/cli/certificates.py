"""`access-assets certificate`: certificates with their keys and chains, and when they end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.expiry import in_words
from daoflow_core.parse import fields
from daoflow_tui.cli import lines, shapes
from daoflow_tui.cli.asking import confirm_named
from daoflow_tui.cli.call import Result, confirm, with_console
from daoflow_tui.cli.certificate_input import certificate_material
from daoflow_tui.cli.options import Leaf, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.services.certificates import Standing

NOUN = noun("Certificates; bodies and private keys are never shown.")

CertificateRef = Annotated[
    str, typer.Option("--certificate-id", metavar="ID|NAME", help="The certificate, by id or name.")
]
Name = Annotated[str, typer.Option("--name", help="How people and --certificate-id call it.")]
ServerId = Annotated[
    str, typer.Option("--server-id", "--server", metavar="ID|NAME", help="The server, by id or name.")
]
CertificateFile = Annotated[
    str | None, typer.Option("--certificate-file", metavar="PATH|-", help="The certificate, PEM.")
]
KeyFile = Annotated[
    str | None, typer.Option("--private-key-file", metavar="PATH|-", help="Its private key, PEM.")
]
ChainFile = Annotated[
    str | None,
    typer.Option("--ca-chain-file", metavar="PATH|-", help="The certificates that issued it, PEM."),
]
PfxFile = Annotated[
    str | None, typer.Option("--pfx-file", metavar="PATH|-", help="All of these in one PFX (PKCS#12).")
]
Phrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase-file",
        metavar="PATH|-",
        help="First line: the passphrase of the key or PFX; it is not kept.",
    ),
]
Detach = Annotated[bool, typer.Option("--detach", help="Forget its use by servers, and go on.")]


@NOUN.command("list", cls=Leaf)
def list_certificates() -> Result:
    """List the certificates, how each stands, and when it ends."""

    async def work(console: Console) -> Result:
        found = await console.certificates.list()
        rows = [
            (
                one.certificate.name,
                one.status,
                in_words(one.days_left),
                ", ".join(one.certificate.facts.domains[:3]) or one.certificate.facts.subject,
                len(one.servers),
                one.certificate.id,
            )
            for one in found
        ]
        text = lines.table(("NAME", "STATUS", "ENDS", "FOR", "SERVERS", "ID"), rows)
        empty = ["There is no certificate. `access-assets certificate create` takes one in."]
        data = {"certificates": [shapes.certificate(one) for one in found]}
        return Result(data, text if rows else empty, [one.certificate.id for one in found])

    return with_console(work)


@NOUN.command("show", cls=Leaf)
def show(certificate_id: CertificateRef) -> Result:
    """Show one certificate: what it says, how it stands, and the servers that use it."""

    async def work(console: Console) -> Result:
        return _shown(await console.certificates.show(certificate_id))

    return with_console(work)


@NOUN.command("create", cls=Leaf)
def create(
    name: Name,
    certificate_file: CertificateFile = None,
    private_key_file: KeyFile = None,
    ca_chain_file: ChainFile = None,
    pfx_file: PfxFile = None,
    passphrase_file: Phrase = None,
    yes: Yes = False,
) -> Result:
    """Take a certificate in, sealed, with its private key and its chain."""
    wanted = fields.certificate_name(name)
    confirm(yes, f"Take the certificate in as {wanted}.")
    material = certificate_material(
        certificate_file, private_key_file, ca_chain_file, pfx_file, passphrase_file
    )

    async def work(console: Console) -> Result:
        standing, warnings = await console.certificates.create(wanted, material)
        return _shown(standing, warnings=warnings)

    return with_console(work)


@NOUN.command("rotate", cls=Leaf)
def rotate(
    certificate_id: CertificateRef,
    certificate_file: CertificateFile = None,
    private_key_file: KeyFile = None,
    ca_chain_file: ChainFile = None,
    pfx_file: PfxFile = None,
    passphrase_file: Phrase = None,
    yes: Yes = False,
) -> Result:
    """Put a new certificate in the place of an old one; servers are not told, those that use it are named."""
    confirm_named(
        yes,
        f"Rotate certificate {certificate_id[:80]!a}.",
        lambda console: console.certificates.find(certificate_id),
    )
    material = certificate_material(
        certificate_file, private_key_file, ca_chain_file, pfx_file, passphrase_file
    )

    async def work(console: Console) -> Result:
        standing, old, warnings = await console.certificates.rotate(certificate_id, material)
        users = ", ".join(one.name for one in standing.servers)
        said = (*warnings, *([f"Put it in place on {users}: nothing was sent there."] if users else []))
        return _shown(
            standing,
            warnings=said,
            previousFingerprint=old.facts.fingerprint,
            previousExpiresAt=old.facts.not_after,
        )

    return with_console(work)


@NOUN.command("attach", cls=Leaf)
def attach(certificate_id: CertificateRef, server_id: ServerId, yes: Yes = False) -> Result:
    """Record that a server uses a certificate; nothing is sent to the server."""
    confirm(yes, f"Record that server {server_id[:80]!a} uses certificate {certificate_id[:80]!a}.")

    async def work(console: Console) -> Result:
        standing, changed = await console.certificates.attach(certificate_id, server_id)
        return _shown(standing, changed=changed)

    return with_console(work)


@NOUN.command("detach", cls=Leaf)
def detach(certificate_id: CertificateRef, server_id: ServerId, yes: Yes = False) -> Result:
    """Record that a server no longer uses a certificate."""
    confirm(yes, f"Record that server {server_id[:80]!a} no longer uses certificate {certificate_id[:80]!a}.")

    async def work(console: Console) -> Result:
        standing, changed = await console.certificates.detach(certificate_id, server_id)
        return _shown(standing, changed=changed)

    return with_console(work)


@NOUN.command("delete", cls=Leaf)
def delete(certificate_id: CertificateRef, detach: Detach = False, yes: Yes = False) -> Result:
    """Remove a certificate for good; refused while servers use it."""
    confirm_named(
        yes,
        f"Delete certificate {certificate_id[:80]!a}.",
        lambda console: console.certificates.find(certificate_id),
    )

    async def work(console: Console) -> Result:
        one, users = await console.certificates.delete(certificate_id, detach=detach)
        return Result(shapes.deleted(one.id, one.name, users), [f"Deleted {one.name} ({one.id})."], [one.id])

    return with_console(work)


def _shown(standing: Standing, *, warnings: tuple[str, ...] | None = None, **more: object) -> Result:
    one, facts = standing.certificate, standing.certificate.facts
    told = {} if warnings is None else {"warnings": list(warnings)}
    text = [
        f"{one.name} ({one.id})",
        *lines.facts(
            [
                ("status", ", ".join(standing.problems) or "valid"),
                ("ends", f"{in_words(standing.days_left)} ({standing.valid_until})"),
                ("begins", facts.not_before),
                ("for", ", ".join(facts.domains) or None),
                ("subject", facts.subject),
                ("issuer", facts.issuer),
                ("serial", facts.serial),
                ("fingerprint", facts.fingerprint),
                ("key", f"{facts.key_type}, {facts.key_bits} bits"),
                ("private key", "kept sealed" if facts.has_private_key else "not given"),
                ("chain", f"{facts.trust.replace('_', ' ')}, {len(facts.chain)} issuers"),
                ("weaknesses", ", ".join(facts.weaknesses) or "none"),
                ("rotated", one.rotated_at),
                ("used by", ", ".join(server.name for server in standing.servers) or "no server"),
            ]
        ),
    ]
    data = {"certificate": shapes.certificate(standing), **told, **more}
    return Result(data, text, [one.id], notes=[f"warning: {said}" for said in warnings or ()])
