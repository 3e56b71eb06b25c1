"""The import policy, on keys that the real ssh-keygen, openssl and puttygen made."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

from daoflow_core.errors import KeyRejected, PassphraseRequired, PassphraseWrong
from daoflow_core.secret import Secret
from daoflow_core.ssh.key_refusals import REASONS, refusal
from daoflow_core.ssh.private_keys import read_private_key

WORD = "correct horse"
HAS_BCRYPT = importlib.util.find_spec("bcrypt") is not None


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


_MADE: dict[str, bytes] = {}


def make(folder: Path, name: str, *command: str) -> bytes:
    """The bytes of a key made once per run; `{}` in the command is its path."""
    if name not in _MADE:
        path = folder / name
        run(*(part.replace("{}", str(path)) for part in command))
        _MADE[name] = path.read_bytes()
        path.chmod(0o600)
    return _MADE[name]


def keygen(folder: Path, *options: str, word: str = "") -> bytes:
    name = "-".join(options).replace(" ", "") + ("-locked" if word else "")
    return make(folder, name, "ssh-keygen", "-q", *options, "-N", word, "-C", "a comment", "-f", "{}")


def openssl(folder: Path, name: str, *options: str) -> bytes:
    return make(folder, name, "openssl", options[0], "-out", "{}", *options[1:])


def ed25519(folder: Path) -> bytes:
    return keygen(folder, "-t", "ed25519")


def rsa_pem(folder: Path) -> bytes:
    return openssl(folder, "rsa3072.pem", "genrsa", "-traditional", "3072")


GOOD = {
    "ed25519": ("ed25519", 256, ed25519),
    "ecdsa 256": ("ecdsa", 256, lambda f: keygen(f, "-t", "ecdsa", "-b", "256")),
    "ecdsa 384": ("ecdsa", 384, lambda f: keygen(f, "-t", "ecdsa", "-b", "384")),
    "ecdsa 521": ("ecdsa", 521, lambda f: keygen(f, "-t", "ecdsa", "-b", "521")),
    "rsa 3072": ("rsa", 3072, lambda f: keygen(f, "-t", "rsa", "-b", "3072")),
    "rsa 4096": ("rsa", 4096, lambda f: keygen(f, "-t", "rsa", "-b", "4096")),
    "rsa 2048": ("rsa", 2048, lambda f: keygen(f, "-t", "rsa", "-b", "2048")),
    "rsa pem": ("rsa", 3072, rsa_pem),
    "rsa keygen -m PEM": ("rsa", 3072, lambda f: keygen(f, "-t", "rsa", "-b", "3072", "-m", "PEM")),
    "rsa pkcs8": (
        "rsa",
        3072,
        lambda f: openssl(f, "rsa8", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"),
    ),
    "ec pem": (
        "ecdsa",
        256,
        lambda f: openssl(f, "ec", "ecparam", "-name", "prime256v1", "-genkey", "-noout"),
    ),
    "ec pem with parameters": (
        "ecdsa",
        384,
        lambda f: openssl(f, "ecp", "ecparam", "-name", "secp384r1", "-genkey"),
    ),
    "ec pkcs8": (
        "ecdsa",
        521,
        lambda f: openssl(f, "ec8", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"),
    ),
    "ed25519 pkcs8": ("ed25519", 256, lambda f: openssl(f, "ed8", "genpkey", "-algorithm", "ED25519")),
    "line ends of Windows": ("ed25519", 256, lambda f: ed25519(f).replace(b"\n", b"\r\n")),
    "no last line end": ("ed25519", 256, lambda f: ed25519(f).rstrip(b"\n")),
    "empty lines behind": ("ed25519", 256, lambda f: ed25519(f) + b"\n\n"),
}

LOCKED = {
    "pkcs8": lambda f: openssl(
        f, "locked8", "genpkey", "-algorithm", "ED25519", "-aes256", "-pass", f"pass:{WORD}"
    ),
    "pkcs1": lambda f: openssl(
        f, "locked1", "genrsa", "-traditional", "-aes128", "-passout", f"pass:{WORD}", "2048"
    ),
    "ec": lambda f: keygen(f, "-t", "ecdsa", "-m", "PEM", word=WORD),
    "openssh": lambda f: keygen(f, "-t", "ed25519", word=WORD),
    "openssh rsa": lambda f: keygen(f, "-t", "rsa", "-b", "3072", word=WORD),
}


def flipped(data: bytes, needle_after: bytes) -> bytes:
    """An OpenSSH key with one byte of its outer public part changed."""
    import base64

    lines = data.split(b"\n")
    blob = bytearray(base64.b64decode(b"".join(lines[1:-2])))
    blob[blob.index(needle_after) + len(needle_after) + 6] ^= 1
    return lines[0] + b"\n" + base64.encodebytes(bytes(blob)) + lines[-2] + b"\n"


def hardware_key(folder: Path) -> bytes:
    """The container of an sk key: the outer part is what the real one has, its private part needs no reading."""
    import base64

    def text(value: bytes) -> bytes:
        return len(value).to_bytes(4, "big") + value

    public = text(b"sk-ssh-ed25519@openssh.com") + text(bytes(32)) + text(b"ssh:")
    blob = b"openssh-key-v1\0" + text(b"none") + text(b"none") + text(b"") + b"\0\0\0\1" + text(public)
    body = base64.encodebytes(blob + text(bytes(200)))
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + body + b"-----END OPENSSH PRIVATE KEY-----\n"


def putty(folder: Path) -> bytes:
    ed25519(folder)
    source = str(folder / "-t-ed25519")
    return make(folder, "putty.ppk", "puttygen", source, "-O", "private", "-o", "{}")


def certificate(folder: Path) -> bytes:
    key, authority = folder / "-t-ed25519", folder / "-t-ecdsa"
    ed25519(folder)
    keygen(folder, "-t", "ecdsa")
    run("ssh-keygen", "-q", "-s", authority, "-I", "x", "-n", "x", f"{key}.pub")
    return (folder / "-t-ed25519-cert.pub").read_bytes()


def x509(folder: Path) -> bytes:
    return openssl(
        folder,
        "x509",
        "req",
        "-x509",
        "-newkey",
        "ed25519",
        "-nodes",
        "-subj",
        "/CN=x",
        "-keyout",
        "/dev/null",
    )


def public(folder: Path, of: str) -> bytes:
    keygen(folder, "-t", of)
    return (folder / f"-t-{of}.pub").read_bytes()


def pkcs8_der(folder: Path) -> bytes:
    return openssl(folder, "der", "genpkey", "-algorithm", "ED25519", "-outform", "DER")


def public_pem(folder: Path) -> bytes:
    rsa_pem(folder)
    return run("openssl", "pkey", "-in", folder / "rsa3072.pem", "-pubout").encode()


def public_rfc4716(folder: Path) -> bytes:
    ed25519(folder)
    return run("ssh-keygen", "-e", "-f", folder / "-t-ed25519.pub").encode()


def block(label: bytes, dashes: bytes = b"-----") -> bytes:
    begin, end = (dashes + word + label + dashes[::-1] for word in (b"BEGIN ", b"END "))
    return begin + b"\nP2/56wAAAgAA\n" + end + b"\n"


def without_a_line(data: bytes) -> bytes:
    lines = data.split(b"\n")
    return b"\n".join(lines[:3] + lines[4:])


BAD = {
    "nothing": ("empty", lambda f: b""),
    "blanks": ("empty", lambda f: b" \n\t\n"),
    "words": ("not-a-key", lambda f: b"hunter2\n"),
    "another block": ("not-a-key", lambda f: block(b"X9 KEY")),
    "over 64 KiB": ("too-big", lambda f: ed25519(f) + b"\n" * 65536),
    "der": ("binary", pkcs8_der),
    "letters that are no ASCII": ("binary", lambda f: ed25519(f).replace(b"BEGIN", "BÉGIN".encode())),
    "byte order mark": ("byte-order-mark", lambda f: b"\xef\xbb\xbf" + ed25519(f)),
    "empty lines before": ("leading-blanks", lambda f: b"\n\n" + ed25519(f)),
    "indented": ("leading-blanks", lambda f: re.sub(rb"^", b"    ", ed25519(f).rstrip(), flags=re.MULTILINE)),
    "text before": ("surrounding-text", lambda f: b"Bag Attributes\n" + rsa_pem(f)),
    "text behind": ("surrounding-text", lambda f: ed25519(f) + public(f, "ed25519")),
    "one line": ("newlines-lost", lambda f: ed25519(f).replace(b"\n", b"")),
    "spaces for line ends": ("newlines-lost", lambda f: ed25519(f).replace(b"\n", b" ")),
    "backslash n": ("literal-newlines", lambda f: ed25519(f).replace(b"\n", b"\\n")),
    "half of it": ("truncated", lambda f: ed25519(f)[:200]),
    "no last line": ("truncated", lambda f: rsa_pem(f).rsplit(b"\n", 2)[0]),
    "a line missing": ("damaged", lambda f: without_a_line(ed25519(f))),
    "a line of the pem missing": ("damaged", lambda f: without_a_line(rsa_pem(f))),
    "no base64": ("damaged", lambda f: ed25519(f).replace(b"AAAA", b"A!AA", 1)),
    "not openssh inside": (
        "damaged",
        lambda f: ed25519(f).replace(b"b3BlbnNzaC1rZXktdjE", b"b3BlbnNzaC1rZXktdjI", 1),
    ),
    "changed public part": ("halves-differ", lambda f: flipped(ed25519(f), b"ssh-ed25519")),
    "changed public part, ecdsa": (
        "halves-differ",
        lambda f: flipped(keygen(f, "-t", "ecdsa"), b"nistp256\0\0\0\x41\x04"),
    ),
    "two keys": ("several-keys", lambda f: ed25519(f) + keygen(f, "-t", "ecdsa")),
    "key and certificate": ("several-keys", lambda f: ed25519(f) + x509(f)),
    "public key": ("public-key", lambda f: public(f, "ed25519")),
    "public ecdsa key": ("public-key", lambda f: public(f, "ecdsa")),
    "public pem": ("public-key", public_pem),
    "public rfc4716": ("public-key", public_rfc4716),
    "ssh certificate": ("certificate", certificate),
    "x509 certificate": ("certificate", x509),
    "putty": ("putty", putty),
    "ssh.com": ("ssh2", lambda f: block(b"SSH2 ENCRYPTED PRIVATE KEY", dashes=b"---- ")),
    "pgp": ("pgp", lambda f: block(b"PGP PRIVATE KEY BLOCK")),
    "sk": ("hardware-key", hardware_key),
    "dsa": ("type-dsa", lambda f: keygen(f, "-t", "dsa")),
    "dsa pem": ("type-dsa", lambda f: keygen(f, "-t", "dsa", "-m", "PEM")),
    "ed448": ("type-unsupported", lambda f: openssl(f, "ed448", "genpkey", "-algorithm", "ED448")),
    "secp256k1": (
        "type-unsupported",
        lambda f: openssl(f, "k1", "ecparam", "-name", "secp256k1", "-genkey", "-noout"),
    ),
    "x25519": ("type-unsupported", lambda f: openssl(f, "x25519", "genpkey", "-algorithm", "X25519")),
    "rsa 1024": ("rsa-too-short", lambda f: keygen(f, "-t", "rsa", "-b", "1024")),
    "rsa 1024 pem": ("rsa-too-short", lambda f: openssl(f, "rsa1024", "genrsa", "-traditional", "1024")),
}


def test_there_are_as_many_inputs_as_promised() -> None:
    assert len(GOOD) >= 17
    assert len(BAD) >= 28


@pytest.mark.parametrize("name", GOOD)
def test_good_key_is_taken_in_the_form_of_the_inventory(name: str, folder: Path) -> None:
    kind, bits, key = GOOD[name]
    imported = read_private_key(key(folder))
    assert (imported.key_type, imported.bits) == (kind, bits)
    assert_is_whole(imported.private_key.reveal(), imported.fingerprint, imported.public_key, folder)
    assert bool(imported.warnings) == (name == "rsa 2048")


def assert_is_whole(private: bytes, fingerprint: str, public_line: str, folder: Path) -> None:
    """The real ssh-keygen reads what the inventory keeps, and sees the same key in it."""
    assert private.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    path = folder / "imported"
    path.touch(0o600)
    path.write_bytes(private)
    assert run("ssh-keygen", "-y", "-P", "", "-f", path).split()[:2] == public_line.split()
    path.with_suffix(".pub").write_text(public_line)
    assert run("ssh-keygen", "-l", "-f", path.with_suffix(".pub")).split()[1] == fingerprint


@pytest.mark.parametrize("name", BAD)
def test_bad_key_is_refused_with_its_own_reason(name: str, folder: Path) -> None:
    reason, key = BAD[name]
    with pytest.raises(KeyRejected) as caught:
        read_private_key(key(folder))
    assert caught.value.details["reason"] == reason
    assert caught.value.code == "KEY_REJECTED"
    assert caught.value.next_step


@pytest.mark.parametrize("name", LOCKED)
def test_locked_key_asks_for_its_passphrase(name: str, folder: Path) -> None:
    for nothing in (None, Secret(b"")):
        with pytest.raises(PassphraseRequired) as caught:
            read_private_key(LOCKED[name](folder), nothing)
        assert caught.value.code == "KEY_PASSPHRASE_REQUIRED"


@pytest.mark.parametrize("name", LOCKED)
def test_locked_key_opens_with_its_passphrase_only(name: str, folder: Path) -> None:
    if name.startswith("openssh") and not HAS_BCRYPT:
        with pytest.raises(KeyRejected) as caught:
            read_private_key(LOCKED[name](folder), Secret(WORD.encode()))
        assert caught.value.details["reason"] == "bcrypt-missing"
        return
    with pytest.raises(PassphraseWrong) as wrong:
        read_private_key(LOCKED[name](folder), Secret(b"wrong horse"))
    assert wrong.value.code == "KEY_PASSPHRASE_WRONG"
    imported = read_private_key(LOCKED[name](folder), Secret(WORD.encode()))
    assert_is_whole(imported.private_key.reveal(), imported.fingerprint, imported.public_key, folder)


def test_no_wrong_passphrase_of_many_is_taken_for_damage(folder: Path) -> None:
    locked = LOCKED["pkcs1"](folder)
    for number in range(1500):  # one in 256 decrypts to nonsense with a padding that looks right
        with pytest.raises(PassphraseWrong):
            read_private_key(locked, Secret(b"wrong %d" % number))


def test_the_same_key_in_two_forms_has_one_fingerprint(folder: Path) -> None:
    pem = rsa_pem(folder)
    eight = run("openssl", "pkey", "-in", folder / "rsa3072.pem").encode()
    assert read_private_key(pem).fingerprint == read_private_key(eight).fingerprint


def test_needless_passphrase_is_said_not_kept(folder: Path) -> None:
    imported = read_private_key(ed25519(folder), Secret(b"needless"))
    assert imported.warnings == ("The key has no passphrase; the one given was not used.",)
    assert "PRIVATE" not in repr(imported)


def test_the_owner_s_comment_does_not_enter_the_inventory(folder: Path) -> None:
    assert len(read_private_key(ed25519(folder)).public_key.split()) == 2


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_refusal_says_what_and_what_next(reason: str) -> None:
    error = refusal(reason)
    assert error.message.endswith(".")
    assert error.next_step.endswith(".")


def test_putty_refusal_names_the_command_that_helps() -> None:
    assert "puttygen FILE.ppk -O private-openssh" in refusal("putty").next_step
