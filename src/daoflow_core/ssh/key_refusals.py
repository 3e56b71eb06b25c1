"""Why a private key is not taken, by a stable reason: the sentence and what to do instead."""

from __future__ import annotations

from daoflow_core.errors import KeyRejected, PassphraseRequired, PassphraseWrong

_NEW_KEY = "Make a new one: `ssh-keygen -t ed25519 -f ~/.ssh/daoflow_ed25519`."
_COPY_AGAIN = "Copy the whole file again, byte for byte, or give its path instead of its text."

_REFUSALS: dict[str, tuple[str, str]] = {
    "empty": ("The key is empty.", "Give the private key file, the one without .pub."),
    "too-big": ("The key is over 64 KiB; no SSH key is.", "Give the private key file, the one without .pub."),
    "binary": (
        "This is binary data, not a private key in text form.",
        "For a DER key: `openssl pkey -inform DER -in FILE -out FILE.pem`, then give FILE.pem.",
    ),
    "not-a-key": (
        "This is not a private key.",
        "Give a file that begins with -----BEGIN … PRIVATE KEY-----.",
    ),
    "byte-order-mark": (
        "The key begins with a byte order mark, so SSH could not read it.",
        "Save it again as UTF-8 without a byte order mark.",
    ),
    "leading-blanks": ("Blanks or empty lines stand before or in the margin of the key.", _COPY_AGAIN),
    "surrounding-text": (
        "Other text stands before or behind the key.",
        "Keep only the lines from BEGIN to END.",
    ),
    "newlines-lost": ("The line ends of the key were lost.", _COPY_AGAIN),
    "literal-newlines": (
        "The key holds the two characters \\n where a line should end.",
        "Turn them back: `printf '%b' \"$KEY\" > FILE`, then give FILE.",
    ),
    "truncated": ("The key is cut off: it begins, and its last line is missing.", _COPY_AGAIN),
    "damaged": ("The key is damaged: it has the form of a private key, and can't be read.", _COPY_AGAIN),
    "halves-differ": ("The public and the private part of this key do not belong together.", _COPY_AGAIN),
    "several-keys": (
        "There is more than one key or certificate in it.",
        "Give one file with one private key.",
    ),
    "public-key": ("This is a public key; the private one is needed.", "Give the file without .pub."),
    "certificate": ("This is a certificate, not a private key.", "Give the private key that belongs to it."),
    "putty": (
        "This is a PuTTY key (.ppk).",
        "Turn it into an OpenSSH key: `puttygen FILE.ppk -O private-openssh -o FILE`.",
    ),
    "ssh2": (
        "This is a key of the ssh.com form.",
        "Turn it into an OpenSSH key: `puttygen FILE -O private-openssh -o FILE.openssh`.",
    ),
    "pgp": ("This is a PGP key, not an SSH key.", _NEW_KEY),
    "hardware-key": (
        "This key lives on a security device; its file alone can't log in.",
        "Use a key without a device for this console. " + _NEW_KEY,
    ),
    "type-dsa": ("DSA keys are not safe any more; OpenSSH has dropped them.", _NEW_KEY),
    "type-unsupported": (
        "Keys of this type are not accepted: only Ed25519, ECDSA (P-256, P-384, P-521) and RSA are.",
        _NEW_KEY,
    ),
    "rsa-too-short": ("RSA keys under 2048 bits are not safe.", _NEW_KEY),
    "cipher-unsupported": (
        "The key is encrypted in a way that can't be opened here.",
        "Encrypt it anew with the usual cipher: `ssh-keygen -p -f FILE`.",
    ),
    "bcrypt-missing": (
        "The Python package bcrypt, which opens passphrase-protected OpenSSH keys, is not installed.",
        "Install it beside daoflow-tui: `python -m pip install bcrypt`.",
    ),
}
REASONS = frozenset(_REFUSALS)


def refusal(reason: str) -> KeyRejected:
    """The error for one reason of `REASONS`."""
    message, next_step = _REFUSALS[reason]
    return KeyRejected(message, next_step=next_step, reason=reason)


def passphrase_required() -> PassphraseRequired:
    """The key is protected and no passphrase came with it."""
    return PassphraseRequired(
        "The key is protected by a passphrase.",
        next_step="Give the passphrase too, with `--passphrase-file PATH`; it is used once and not kept.",
        reason="passphrase-required",
    )


def passphrase_wrong() -> PassphraseWrong:
    """The passphrase does not open the key."""
    return PassphraseWrong(
        "The passphrase does not open the key.",
        next_step="Try it by hand: `ssh-keygen -y -f FILE` asks for it and prints the public key.",
        reason="passphrase-wrong",
    )
