"""Why a certificate, its key or its chain can't be taken in, each with what to do."""

from __future__ import annotations

from daoflow_core.errors import CertificateRejected

_PEM = "Give the certificate as PEM: it begins with -----BEGIN CERTIFICATE-----."
_KEY = "Give the private key as unencrypted or passphrase-protected PEM with --private-key-file."
_CHAIN = "Give the issuing certificates, and only those, with --ca-chain-file."
REASONS: dict[str, tuple[str, str]] = {
    "empty": ("There is no certificate in it.", _PEM),
    "too-big": ("It is too large for a certificate.", _PEM),
    "der": (
        "It is binary (DER), not PEM.",
        "Convert it: `openssl x509 -inform der -in FILE -out FILE.pem`.",
    ),
    "request": (
        "It is a signing request, not a certificate.",
        "Give the certificate that the authority made of it.",
    ),
    "key-inside": (
        "There is a private key in the certificate's file.",
        "Keep the certificate alone in it, and give the key with --private-key-file.",
    ),
    "public-key": ("It is a public key, not a certificate.", _PEM),
    "trusted-form": (
        "It is in OpenSSL's own TRUSTED CERTIFICATE form.",
        "Convert it: `openssl x509 -in FILE -out FILE.pem`.",
    ),
    "pkcs7": ("It is a PKCS#7 bundle.", "Convert it: `openssl pkcs7 -print_certs -in FILE -out FILE.pem`."),
    "not-a-certificate": ("It is no certificate.", _PEM),
    "damaged": ("It has the form of a certificate, and can't be read.", "Copy the whole file again."),
    "dates-reversed": ("It ends before it begins.", "Ask the authority for another one."),
    "key-unsupported": ("Its kind of key is not supported.", "Use an RSA, ECDSA or Ed25519 certificate."),
    "key-too-long": ("Its RSA key is longer than 8192 bits.", "Use a key of 2048 to 8192 bits."),
    "no-key": ("It has no private key, so it could not be used.", _KEY),
    "key-empty": ("The private key's file is empty.", _KEY),
    "key-too-big": ("The private key's file is too large.", _KEY),
    "key-not-a-key": ("What was given as the private key is not one.", _KEY),
    "key-damaged": ("The private key can't be read.", _KEY),
    "key-passphrase-required": (
        "The private key is passphrase-protected.",
        "Give its passphrase with --passphrase-file.",
    ),
    "key-passphrase-wrong": ("The passphrase does not open the private key.", "Give the right one."),
    "key-mismatch": (
        "The private key is not the certificate's.",
        "Give the key that the certificate was requested with.",
    ),
    "several-leaves": (
        "There are several certificates, and it can't be told which one is meant.",
        "Keep one in the file, and give its issuers with --ca-chain-file.",
    ),
    "chain-unrelated": ("The chain holds a certificate that issued none of the others.", _CHAIN),
    "chain-too-long": ("The chain is longer than 10 certificates.", _CHAIN),
    "pfx-not-opened": (
        "The PFX can't be opened: it is damaged, or its passphrase is another one.",
        "Give its passphrase with --passphrase-file; `openssl pkcs12 -info -noout -in FILE` tests it.",
    ),
    "pfx-without-certificate": ("The PFX holds no certificate.", "Export it again with its certificate."),
    "pfx-and-pem": ("A PFX holds all parts already.", "Give either --pfx-file or the PEM files."),
}


def refusal(reason: str) -> CertificateRejected:
    """The error for one of the reasons above."""
    message, next_step = REASONS[reason]
    return CertificateRejected(message, next_step=next_step, reason=reason)
