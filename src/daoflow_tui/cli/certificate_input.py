"""Taking a certificate's files, one of which may be standard input; secrets never come from the command line itself."""

from __future__ import annotations

from daoflow_core.errors import InvalidInput
from daoflow_core.model.certificates import CertificateMaterial
from daoflow_core.secret import Secret
from daoflow_tui.cli.key_input import STDIN, read_bounded, read_passphrase

LARGEST = 256 * 1024


def certificate_material(
    certificate: str | None, key: str | None, chain: str | None, pfx: str | None, passphrase: str | None
) -> CertificateMaterial:
    """The raw files named on the command line. Raises InvalidInput for none, and for two of one place."""
    if certificate is None and pfx is None:
        raise InvalidInput(
            "No certificate was given.",
            next_step="Name its file with --certificate-file, or a PFX with --pfx-file.",
            field="certificate-file",
        )
    if [certificate, key, chain, pfx, passphrase].count(STDIN) > 1:
        raise InvalidInput(
            "Standard input was named twice.",
            next_step="Name a file for one of them.",
            field="certificate-file",
        )
    return CertificateMaterial(
        certificate=_read(certificate, "certificate file"),
        private_key=_read(key, "private key file"),
        ca_chain=_read(chain, "CA chain file"),
        pfx=_read(pfx, "PFX file"),
        passphrase=None if passphrase is None else read_passphrase(passphrase),
    )


def _read(path: str | None, what: str) -> Secret | None:
    return None if path is None else Secret(read_bounded(path, what, LARGEST, field="certificate-file"))
